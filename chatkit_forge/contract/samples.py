"""One rich sample for each item type of the SDK, and short ones where the type does not matter."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, get_args

from chatkit.types import (
    AssistantMessageContent,
    AssistantMessageItem,
    Attachment,
    ThreadItem,
)
from pydantic import TypeAdapter

ITEM: Final[TypeAdapter[ThreadItem]] = TypeAdapter(ThreadItem)
ATTACHMENT: Final[TypeAdapter[Attachment]] = TypeAdapter(Attachment)

NOON: Final = datetime(2026, 3, 14, 12, 0, 0, 123456, tzinfo=UTC)

NESTED: Final[Mapping[str, Any]] = {
    "null": None,
    "true": True,
    "numbers": [0, -1, 1.5, 1e-9, 2**53 + 1],
    "list": [[], [{}], [[1, [2]]]],
    "text": "naïve, 東京 🎌 \u202e",
    "": {"empty key": ""},
}
URL_SOURCE: Final[Mapping[str, Any]] = {
    "type": "url",
    "title": "A page",
    "url": "https://example.org/?q=1&r=%20",
    "attribution": "Example",
    "timestamp": "2026-01-01",
    "group": "web",
    "description": None,
}
FILE_SOURCE: Final[Mapping[str, Any]] = {
    "type": "file",
    "title": "A file",
    "filename": "büro plan.pdf",
}
ENTITY_SOURCE: Final[Mapping[str, Any]] = {
    "type": "entity",
    "id": "ent_1",
    "title": "A person",
    "icon": "user",
    "label": "Person",
    "inline_label": "P",
    "interactive": True,
    "data": NESTED,
}
FILE: Final[Mapping[str, Any]] = {
    "type": "file",
    "id": "atc_file",
    "name": "büro plan.pdf",
    "mime_type": "application/pdf",
    "thread_id": "somewhere",
    "metadata": NESTED,
    "upload_descriptor": {
        "url": "https://example.org/upload?token=a%2Fb",
        "method": "PUT",
        "headers": {"x-token": "ü"},
    },
}
IMAGE: Final[Mapping[str, Any]] = {
    "type": "image",
    "id": "atc_image",
    "name": "photo.png",
    "mime_type": "image/png",
    "preview_url": "https://example.org/p.png",
    "metadata": {},
}
TASKS: Final[list[Mapping[str, Any]]] = [
    {
        "type": "custom",
        "title": "Look",
        "icon": "search",
        "content": "c",
        "status_indicator": "none",
    },
    {
        "type": "web_search",
        "title": None,
        "title_query": "q",
        "queries": ["a", "b"],
        "sources": [URL_SOURCE],
        "status_indicator": "loading",
    },
    {"type": "thought", "title": "Hm", "content": "so", "status_indicator": "complete"},
    {"type": "file", "sources": [FILE_SOURCE]},
    {"type": "image", "title": "Drawing"},
]

# The fields beside id, thread_id and created_at; every optional one is filled somewhere.
SAMPLES: Final[Mapping[str, Mapping[str, Any]]] = {
    "user_message": {
        "content": [
            {"type": "input_text", "text": "Hello\r\n\tthere"},
            {
                "type": "input_tag",
                "id": "tag_1",
                "text": "@ada",
                "data": NESTED,
                "group": "people",
                "interactive": True,
            },
        ],
        "attachments": [FILE, IMAGE],
        "quoted_text": "they said",
        "inference_options": {"tool_choice": {"id": "search"}, "model": "large"},
    },
    "assistant_message": {
        "content": [
            {
                "text": "See these.",
                "annotations": [
                    {"source": URL_SOURCE, "index": 3},
                    {"source": FILE_SOURCE, "index": 0},
                    {"source": ENTITY_SOURCE, "index": None},
                ],
            },
            {"text": "", "annotations": []},
        ]
    },
    "client_tool_call": {
        "status": "completed",
        "call_id": "call_1",
        "name": "move",
        "arguments": NESTED,
        "output": [NESTED, None],
    },
    "widget": {
        "widget": {
            "type": "Card",
            "key": "card",
            "size": "md",
            "status": {"text": "Ready", "icon": "check"},
            "children": [
                {"type": "Text", "value": "Hi", "streaming": True},
                {
                    "type": "Button",
                    "label": "Go",
                    # The SDK's own serializer of widgets drops nulls, nested ones too.
                    "onClickAction": {"type": "go", "payload": {"list": [[1, [2]]], "": {}}},
                },
                {
                    "type": "Chart",
                    "data": [{"x": "a", "y": 1, "z": 2.5}],
                    "series": [{"type": "bar", "dataKey": "y", "label": "Y"}],
                    "xAxis": {"dataKey": "x"},
                },
            ],
        },
        "copy_text": "Hi",
    },
    "generated_image": {"image": {"id": "img_1", "url": "data:image/png;base64,AAAA"}},
    "structured_input": {
        "status": "answered",
        "inputs": [
            {
                "type": "multiple_choice",
                "id": "size",
                "question": "Which?",
                "options": [{"value": "S"}, {"value": "L"}],
                "multiple": True,
                "answer": {"values": ["S", "L"], "skipped": False},
            },
            {"type": "freeform", "id": "why", "question": "Why?", "description": "Freely"},
        ],
    },
    "workflow": {
        "workflow": {
            "type": "reasoning",
            "tasks": TASKS,
            "summary": {"title": "Done", "icon": "check"},
            "expanded": True,
        }
    },
    "task": {"task": TASKS[1]},
    "hidden_context_item": {"content": {"any": NESTED}},
    "sdk_hidden_context": {"content": "<hidden>"},
    "end_of_turn": {},
}


def item_types() -> tuple[str, ...]:
    """Return the `type` of every member of the installed SDK's ThreadItem union."""
    union = get_args(ThreadItem)[0]
    return tuple(get_args(member.model_fields["type"].annotation)[0] for member in get_args(union))


def sample(kind: str, item_id: str, thread_id: str, created_at: datetime = NOON) -> ThreadItem:
    """Return the rich item of this type."""
    fields = {"type": kind, "id": item_id, "thread_id": thread_id, "created_at": created_at}
    return ITEM.validate_python(fields | dict(SAMPLES[kind]))


def message(
    item_id: str, thread_id: str, created_at: datetime = NOON, text: str = "hello"
) -> AssistantMessageItem:
    """Return a short message."""
    return AssistantMessageItem(
        id=item_id,
        thread_id=thread_id,
        created_at=created_at,
        content=[AssistantMessageContent(text=text)],
    )


def attachment(attachment_id: str, thread_id: str | None = None, **fields: object) -> Attachment:
    """Return a file's record with metadata."""
    return ATTACHMENT.validate_python(
        {**FILE, "id": attachment_id, "thread_id": thread_id} | fields
    )


def seconds(count: float) -> datetime:
    """Return the instant so many seconds after `NOON`."""
    return NOON + timedelta(seconds=count)
