from datetime import datetime
from typing import Any

from chatkit.types import (
    AssistantMessageContent,
    ClientToolCallItem,
    InferenceOptions,
    ThreadMetadata,
    UserMessageItem,
    UserMessageTextContent,
)

NOW = datetime(2026, 1, 1)


def make(kind: Any) -> list[Any]:
    return [
        UserMessageTextContent(type="text", text="hi"),  # CKF107
        UserMessageTextContent(type="input_text", text="text"),
        UserMessageTextContent(type=kind, text="hi"),
        AssistantMessageContent(type="input_text", text="hi"),  # CKF107
        ThreadMetadata(id="t", created_at=NOW, status="active"),  # CKF107
        ThreadMetadata(id="t", created_at=NOW, title="active"),
        ClientToolCallItem(
            id="c",
            thread_id="t",
            created_at=NOW,
            status="done",  # CKF107
            call_id="1",
            name="n",
            arguments={},
        ),
        UserMessageItem(
            id="m",
            thread_id="t",
            created_at=NOW,
            content=[{"type": "text", "text": "hi"}],  # CKF107
            inference_options=InferenceOptions(),
        ),
        {"type": "text", "status": "active", "content": [{"type": "text"}]},
    ]


KIND = "text"
FINE = "input_text"


class Row:
    status: str = "active"
    archived: bool = False


def forms(row: Row, texts: list[str], user: bool) -> list[Any]:
    part = {"type": "text", "text": texts[0]}
    parts = [{"type": "text", "text": text} for text in texts]  # CKF107
    row.status = "closed"
    return [
        UserMessageTextContent(type=KIND, text="hi"),  # CKF107
        UserMessageTextContent(type=FINE, text="hi"),
        ThreadMetadata(id="t", created_at=NOW, status="closed" if row.archived else "active"),  # CKF107 CKF107
        ThreadMetadata(id="t", created_at=NOW, status=row.status or "active"),  # CKF107
        ThreadMetadata(id="t", created_at=NOW, status={"type": "archived"}),  # CKF107
        ThreadMetadata(id="t", created_at=NOW, status={"type": "locked", "reason": "x"}),
        ThreadMetadata(id="t", created_at=NOW, status=row.status),
        UserMessageItem(
            id="m", thread_id="t", created_at=NOW, content=parts, inference_options=InferenceOptions()
        ),
        AssistantMessageContent(type="output_text" if user else "text", text="x"),  # CKF107
        part,
    ]


def assigned(thread: ThreadMetadata, other: Any) -> None:
    thread.status = "locked"  # CKF107
    thread.title = "locked"
    other.status = "locked"


async def loaded(store: Any) -> None:
    thread = await store.load_thread("t", {})
    thread.status = "closed"  # CKF107


def openai(client: Any) -> None:
    client.responses.create(input=[{"role": "user", "content": [{"type": "text"}]}], status="active")


def formatted(kind: str, name: str) -> list[Any]:
    return [
        UserMessageTextContent(type=f"input_{kind}", text="hi"),
        ThreadMetadata(id="t", created_at=NOW, status=f"{name}"),  # CKF107
    ]


def locked(thread: ThreadMetadata) -> ThreadMetadata:
    return thread.model_copy(update={"status": "locked"})  # CKF107


def renamed(thread: ThreadMetadata) -> ThreadMetadata:
    return thread.model_copy(update={"title": "locked", "metadata": {"status": "locked"}})
