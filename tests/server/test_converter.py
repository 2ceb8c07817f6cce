"""The model's input out of every type of item, for both of OpenAI's APIs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast, get_args

import pytest
from agents.models.chatcmpl_converter import Converter
from chatkit.types import (
    AssistantMessageContent,
    AssistantMessageItem,
    ClientToolCallItem,
    CustomTask,
    EndOfTurnItem,
    FileAttachment,
    GeneratedImage,
    GeneratedImageItem,
    HiddenContextItem,
    InferenceOptions,
    SDKHiddenContextItem,
    SearchTask,
    StructuredInputAnswer,
    StructuredInputFreeform,
    StructuredInputItem,
    TaskItem,
    ThoughtTask,
    ThreadItem,
    UserMessageItem,
    UserMessageTagContent,
    UserMessageTextContent,
    WidgetItem,
    Workflow,
    WorkflowItem,
)
from openai.types.responses import (
    ResponseInputImageParam,
    ResponseInputItemParam,
    ResponseInputTextParam,
)
from pydantic import TypeAdapter

from .chats import context, part

pytestmark = pytest.mark.anyio
BASE: dict[str, Any] = {"id": "i", "thread_id": "t", "created_at": datetime(2026, 1, 1)}
WIDGET = {"type": "Card", "children": [{"type": "Text", "value": "Rain"}]}
NOTE = FileAttachment(id="a", name="note.txt", mime_type="text/plain")


def user(*content: Any, **fields: Any) -> UserMessageItem:
    """Return a user's message."""
    return UserMessageItem(
        content=[*content], inference_options=InferenceOptions(), **fields, **BASE
    )


def tag(**data: Any) -> UserMessageTagContent:
    """Return a mention of Ada."""
    return UserMessageTagContent(id="person-1", text="Ada", data=data)


def image(url: str) -> GeneratedImageItem:
    """Return an image that is found there."""
    return GeneratedImageItem(image=GeneratedImage(id="g", url=url), **BASE)


# Each with what the model must be able to read of it; nothing for what is not its business.
ITEMS: dict[str, tuple[Any, Sequence[str]]] = {
    "text": (user(UserMessageTextContent(text="Hello")), ["Hello"]),
    "tag": (user(tag(born=1815)), ["@Ada", "person-1", "1815"]),
    "file": (user(UserMessageTextContent(text="See"), attachments=[NOTE]), ["See", "note.txt"]),
    "quote": (user(UserMessageTextContent(text="Why?"), quoted_text="the sea"), ["the sea"]),
    "answer": (
        AssistantMessageItem(
            content=[AssistantMessageContent(text="One"), AssistantMessageContent(text="Two")],
            **BASE,
        ),
        ["One\nTwo"],
    ),
    "no answer": (AssistantMessageItem(content=[], **BASE), []),
    "completed call": (
        ClientToolCallItem(
            call_id="c", name="read", arguments={"a": 1}, status="completed", output={"b": 2},
            **BASE,
        ),
        ["read", "a", "b"],
    ),
    "pending call": (ClientToolCallItem(call_id="c", name="read", arguments={}, **BASE), []),
    "widget": (WidgetItem.model_validate({**BASE, "widget": WIDGET}), ["Rain"]),
    "public image": (image("https://example.com/a.png"), ["https://example.com/a.png"]),
    "inline image": (image("data:image/png;base64,AA=="), ["base64,AA=="]),
    "private image": (image("http://localhost/a.png"), ["An image was generated"]),
    "no image": (GeneratedImageItem(image=None, **BASE), []),
    "structured": (
        StructuredInputItem(
            status="answered",
            inputs=[
                StructuredInputFreeform(
                    id="q", question="Where?", answer=StructuredInputAnswer(values=["Rome"])
                )
            ],
            **BASE,
        ),
        ["Where?", "Rome"],
    ),
    "workflow": (
        WorkflowItem(
            workflow=Workflow(
                type="custom", tasks=[CustomTask(title="Reading"), ThoughtTask(content="hm")]
            ),
            **BASE,
        ),
        ["Reading"],
    ),
    "task": (TaskItem(task=CustomTask(title="Sorting"), **BASE), ["Sorting"]),
    "search task": (TaskItem(task=SearchTask(queries=["q"]), **BASE), []),
    "hidden text": (HiddenContextItem(content="be brief", **BASE), ["be brief"]),
    "hidden data": (HiddenContextItem(content={"age": 7, "at": {1, 2}}, **BASE), ["age", "{1, 2}"]),
    "sdk's hidden text": (SDKHiddenContextItem(content="stopped", **BASE), ["stopped"]),
    "end of turn": (EndOfTurnItem(**BASE), []),
}  # fmt: skip


async def converted(item: Any, read: Any = None) -> list[Any]:
    """Return the model's input for the item, followed by another message."""
    converter = part("assistant.converter").AssistantConverter(context(), read)
    return await converter.to_agent_input([item, user(UserMessageTextContent(text="Next"))])


def test_no_type_of_item_is_missing_here() -> None:
    """A new version of the SDK may bring another one."""
    known: set[object] = {type(item) for item, _ in ITEMS.values()}
    assert known == set(get_args(get_args(ThreadItem)[0]))


@pytest.mark.parametrize("name", ITEMS)
async def test_every_item_is_input_for_both_apis(name: str) -> None:
    """Each is what Responses declares, and each is translated for Chat Completions."""
    item, readable = ITEMS[name]
    *found, following = await converted(item)
    TypeAdapter(list[ResponseInputItemParam]).validate_python([*found, following])
    told = str(Converter.items_to_messages([*found, following]))
    assert all(text in told or repr(text)[1:-1] in told for text in readable)
    assert bool(found) == bool(readable)


async def test_an_answer_is_a_plain_string() -> None:
    """Parts of type `output_text` are refused for every Chat Completions model."""
    answer, *_ = await converted(ITEMS["answer"][0])
    assert answer["content"] == "One\nTwo"


async def as_text(attachment: Any, asked_by: Any) -> ResponseInputTextParam:
    """Read an attachment as words, and tell who asked."""
    text = f"{attachment.name} of {asked_by['user_id']}"
    return ResponseInputTextParam(type="input_text", text=text)


async def as_picture(attachment: Any, asked_by: Any) -> ResponseInputImageParam:
    """Read an attachment as a picture."""
    return ResponseInputImageParam(type="input_image", image_url=attachment.name, detail="auto")


async def test_the_reader_shows_attachments_to_the_model() -> None:
    """It is told who asks; a file without a word has no empty text beside it."""
    empty = user(UserMessageTextContent(text=""), attachments=[NOTE])
    message, *_ = await converted(empty, as_text)
    assert message["content"] == "note.txt of anna"


async def test_words_alone_are_a_plain_string() -> None:
    """Servers like OpenAI's may know no parts; with a picture beside them there is no other way."""
    words, *_ = await converted(ITEMS["file"][0], as_text)
    assert words["content"] == "See\nnote.txt of anna"
    pictured, *_ = await converted(ITEMS["file"][0], as_picture)
    assert [part["type"] for part in pictured["content"]] == ["input_text", "input_image"]


async def test_an_empty_message_stays_one() -> None:
    """It is answered all the same."""
    message, *_ = await converted(user(UserMessageTextContent(text="")))
    assert message["content"] == ""


async def test_a_quotation_is_known_for_the_whole_conversation() -> None:
    """The SDK's converter drops it as soon as another message follows."""
    found = await converted(ITEMS["quote"][0])
    assert "the sea" in str(cast("list[object]", found[:-1]))
