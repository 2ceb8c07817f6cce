import json
import logging
import pickle
from abc import ABC
from chatkit.store import NotFoundError, Store
from chatkit.types import AssistantMessageItem, EndOfTurnItem, InferenceOptions, ThreadItem, ThreadMetadata, UserMessageItem, WidgetItem
from pydantic import Field, TypeAdapter
from typing import Annotated, Any, Callable
from functools import singledispatch

ITEMS: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)


class Texts(Store[str], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def add_thread_item(self, thread_id: str, item: Any, context: str) -> None:
        role = "user" if item.type == "user_message" else "assistant"
        await self.db.upsert(context, thread_id, item.id, role, item.content[0].text)  # CKF208

    async def load_item(self, thread_id: str, item_id: str, context: str) -> ThreadItem:
        row = await self.db.row(context, item_id)
        if row is None:
            raise NotFoundError(f"Item {item_id} not found")
        if row["role"] == "user":
            return UserMessageItem(  # CKF208
                id=row["id"],
                thread_id=thread_id,
                created_at=row["at"],
                content=[],
                inference_options=InferenceOptions(),
            )
        return AssistantMessageItem(
            id=row["id"], thread_id=thread_id, created_at=row["at"], content=[]
        )


class Json(Store[str], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        await self.db.upsert(context, thread_id, item.id, ITEMS.dump_json(item))

    async def load_item(self, thread_id: str, item_id: str, context: str) -> ThreadItem:
        row = await self.db.row(context, item_id)
        if row is None:
            raise NotFoundError(f"Item {item_id} not found")
        return ITEMS.validate_json(row["data"])


class Search(Store[str], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def add_thread_item(self, thread_id: str, item: Any, context: str) -> None:
        """The text beside the whole, for a search."""
        await self.db.upsert(context, item.id, item.model_dump_json(), item.content[0].text)


Ctx = dict[str, Any]
log = logging.getLogger(__name__)
SHOWN = ("user_message", "assistant_message")
Messages = Annotated[UserMessageItem | AssistantMessageItem, Field(discriminator="type")]  # CKF208
MESSAGES: TypeAdapter[Any] = TypeAdapter(Messages)
ALL: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)


class Leaves(Store[Ctx], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        if item.type not in SHOWN:  # CKF208
            log.debug("not kept: %s", item.type)
            return
        await self.db.upsert(context["user"], thread_id, item.id, item.model_dump_json())

    async def save_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        if isinstance(item, (WidgetItem, EndOfTurnItem)):  # CKF208
            raise ValueError("widgets are not stored")
        await self.db.upsert(context["user"], thread_id, item.id, item.model_dump_json())

    async def load_item(self, thread_id: str, item_id: str, context: Ctx) -> ThreadItem:
        row = await self.db.row(context["user"], thread_id, item_id)
        if row is None:
            raise NotFoundError(f"Item {item_id} not found")
        return MESSAGES.validate_json(row["body"])


class Only(Store[Ctx], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        async with self.db.begin() as tx:
            if isinstance(item, UserMessageItem | AssistantMessageItem):  # CKF208
                await tx.upsert(context["user"], thread_id, item.id, item.model_dump_json())

    async def save_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        match item:  # CKF208
            case UserMessageItem() | AssistantMessageItem():
                await self.db.upsert(context["user"], thread_id, item.id, item.model_dump_json())
            case _:
                log.info("skipped %s", item.id)


class Fields(Store[Ctx], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        body = item.model_dump_json(include={"id", "type", "content"})  # CKF208
        await self.db.upsert(context["user"], thread_id, item.id, body)

    async def save_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        body = item.model_dump_json(exclude={"thread_id", "created_at"})
        await self.db.upsert(context["user"], thread_id, item.id, item.created_at, body)


class Whole(Store[Ctx], ABC):
    """Some types get something more; all are stored."""

    def __init__(self, db: Any) -> None:
        self.db = db

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        if item.thread_id != thread_id:
            raise ValueError("another thread's")
        text = ""
        if isinstance(item, UserMessageItem):
            text = " ".join(part.text for part in item.content)
        await self.db.upsert(context["user"], thread_id, item.id, item.model_dump_json(), text)
        if item.type == "user_message":
            await self.db.touch(context["user"], thread_id)

    async def save_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        if isinstance(item, WidgetItem):
            await self.db.upsert(context["user"], thread_id, item.id, item.model_dump_json(), "widget")
        else:
            await self.db.upsert(context["user"], thread_id, item.id, item.model_dump_json())

    async def load_item(self, thread_id: str, item_id: str, context: Ctx) -> ThreadItem:
        row = await self.db.row(context["user"], thread_id, item_id)
        if row is None:
            raise NotFoundError(f"Item {item_id} not found")
        return ALL.validate_json(row["body"])


def to_turn(item: ThreadItem) -> dict[str, str]:
    text = ""
    if isinstance(item, UserMessageItem | AssistantMessageItem):
        text = "".join(part.text for part in item.content)  # CKF208
    return {"id": item.id, "kind": item.type, "text": text}


def preview(item: ThreadItem) -> str:
    return item.content[0].text if isinstance(item, AssistantMessageItem) else ""


def packed(item: ThreadItem) -> bytes:
    return pickle.dumps(item)


class Turns(Store[Ctx], ABC):
    """What a helper makes of an item is all that is stored."""

    def __init__(self, db: Any) -> None:
        self.db = db

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        await self.db.upsert(context["user"], thread_id, json.dumps(to_turn(item)))


class Previews(Store[Ctx], ABC):
    """A helper makes the whole, another one what is searched."""

    def __init__(self, db: Any) -> None:
        self.db = db

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        await self.db.upsert(context["user"], thread_id, packed(item), preview(item=item))


def row_of(thing: ThreadMetadata | ThreadItem) -> tuple[str, str]:
    return thing.id, thing.model_dump_json(exclude={"items"})


class SharedRows(Store[Ctx], ABC):
    """One helper for threads and items: items have no field of this name."""

    def __init__(self, db: Any) -> None:
        self.db = db

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        await self.db.upsert(context["user"], thread_id, *row_of(item))


def by_name(item: ThreadItem) -> dict[str, Any]:
    return {name: getattr(item, name) for name in type(item).model_fields}


def by_case(item: ThreadItem) -> bytes:
    match item:
        case UserMessageItem() as said:
            return b"u" + pickle.dumps(said)
        case other:
            return b"o" + pickle.dumps(other)


@singledispatch
def by_type(item: ThreadItem) -> bytes:
    raise TypeError(type(item))


@by_type.register
def _(item: UserMessageItem) -> bytes:
    return pickle.dumps(item)


def by_slots(item: ThreadItem) -> dict[str, Any]:
    return item.__dict__


def by_hand(item: ThreadItem) -> dict[str, Any]:
    row: dict[str, Any] = {"id": item.id, "type": item.type}
    if isinstance(item, UserMessageItem):
        row |= {
            "content": list(map(vars, item.content)),
            "attachments": list(map(vars, item.attachments)),
            "quoted_text": item.quoted_text,
            "inference_options": vars(item.inference_options),
        }
    return row | rest_of(item.id)


class ByName(Store[Ctx], ABC):
    """Helpers that make all of an item in ways of their own, beside one for a preview."""

    def __init__(self, db: Any) -> None:
        self.db = db

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        await self.db.upsert(context["user"], thread_id, by_name(item), preview(item))

    async def save_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        await self.db.upsert(context["user"], thread_id, by_case(item), preview(item))


class ByType(Store[Ctx], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        await self.db.upsert(context["user"], thread_id, by_type(item), preview(item))

    async def save_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        await self.db.upsert(context["user"], thread_id, by_slots(item), preview(item))


class ByHand(Store[Ctx], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        await self.db.upsert(context["user"], thread_id, by_hand(item), preview(item))

    async def save_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        kept = item or None
        await self.db.upsert(context["user"], thread_id, kept, preview(item))


class Handed(Store[Ctx], ABC):
    """What packs the item is no method: it is handed in."""

    def __init__(self, db: Any, pack: Callable[[ThreadItem], bytes]) -> None:
        self.db = db
        self.pack = pack

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        text = item.content[0].text if isinstance(item, AssistantMessageItem) else ""
        await self.db.upsert(context["user"], thread_id, self.pack(item), text)


class Asked(Store[Ctx], ABC):
    """A test whether there is an item keeps nothing of it."""

    def __init__(self, db: Any) -> None:
        self.db = db

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        if item and isinstance(item, AssistantMessageItem):
            await self.db.upsert(context["user"], thread_id, item.id, item.content[0].text)  # CKF208


class Hooks(Store[Ctx], ABC):
    """What packs an item is written in what derives from this."""

    def __init__(self, db: Any) -> None:
        self.db = db

    def _packed(self, item: ThreadItem) -> bytes:
        raise NotImplementedError

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        text = item.content[0].text if isinstance(item, AssistantMessageItem) else ""
        await self.db.upsert(context["user"], thread_id, self._packed(item), text)
