from typing import Any

import chatkit.types as kit
from chatkit.server import ThreadItem as Item
from chatkit.types import Attachment, ThreadItem, UserMessageContent
from pydantic import TypeAdapter

ITEMS: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)


def make(data: dict[str, Any]) -> list[Any]:
    return [
        ThreadItem(**data),  # CKF104
        Item(**data),  # CKF104
        kit.Attachment(id="a"),  # CKF104
        Attachment.model_validate(data),  # CKF104
        UserMessageContent(text="x"),  # CKF104
        ITEMS.validate_python(data),
        isinstance(data, kit.Thread),
    ]


class Local:
    class Attachment: ...


def own() -> object:
    return Local.Attachment()


Row = ThreadItem
Kept = kit.ThreadItem


def aliased(rows: list[dict[str, Any]], raw: str) -> list[Any]:
    cls = Attachment
    return [
        Row(**rows[0]),  # CKF104
        Kept.model_validate_json(raw),  # CKF104
        cls(id="a"),  # CKF104
        list(map(ThreadItem, rows)),  # CKF104
        [*map(ThreadItem.model_validate, rows)],  # CKF104
        TypeAdapter(kit.ThreadItem).validate_json(raw),
        kit.Page[ThreadItem](data=[]),
    ]


def shadowed(Attachment: type[Any], rows: list[Any]) -> Any:
    return Attachment(rows=rows)
