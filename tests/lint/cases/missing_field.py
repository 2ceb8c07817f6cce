from datetime import datetime
from typing import Any

from chatkit import types
from chatkit.types import AssistantMessageItem, ThreadMetadata, UserMessageItem

NOW = datetime(2026, 1, 1)
REST: dict[str, Any] = {}


def make() -> list[Any]:
    return [
        UserMessageItem(id="m", thread_id="t", created_at=NOW, content=[]),  # CKF106
        types.UserMessageItem(id="m", created_at=NOW, content=[], inference_options=None),  # CKF106
        AssistantMessageItem(id="m", thread_id="t", content=[]),  # CKF106
        AssistantMessageItem(id="m", thread_id="t", content=[], created_at=NOW),
        UserMessageItem(id="m", **REST),
        ThreadMetadata(id="t"),  # CKF106
        ThreadMetadata(id="t", created_at=NOW),
    ]


Message = UserMessageItem


def forms(text: str) -> list[Any]:
    return [
        Message(id="m", thread_id="t", created_at=NOW, content=[]),  # CKF106
        AssistantMessageItem(**{"id": "m", "thread_id": "t", "content": []}),  # CKF106
        AssistantMessageItem(**{"id": "m", "thread_id": "t", **REST}),
        ThreadMetadata.model_validate({"id": "t"}),  # CKF106
        ThreadMetadata.model_validate({"id": "t", **REST}),
        ThreadMetadata.model_validate_json(text),
        UserMessageItem.model_construct(id="m"),
        [UserMessageItem.model_validate(row) for row in [REST]],
    ]


class Mine(ThreadMetadata):
    created_at: Any = NOW


def own() -> list[Any]:
    class ThreadMetadata:
        def __init__(self, id: str) -> None:
            self.id = id

    return [Mine(id="t"), ThreadMetadata(id="t")]
