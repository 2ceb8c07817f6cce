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
