"""Every item has an id of the store, whatever the provider calls it, and keeps it."""

from datetime import datetime
from typing import Any

import pytest
from agents import (
    GuardrailFunctionOutput,
    RunContextWrapper,
    StopAtTools,
    function_tool,
    output_guardrail,
)
from chatkit.agents import ClientToolCall
from chatkit.types import (
    AssistantMessageContent,
    AssistantMessageItem,
    CustomTask,
    ThreadItemAddedEvent,
    ThreadItemDoneEvent,
    ThreadItemRemovedEvent,
    ThreadItemReplacedEvent,
    ThreadItemUpdatedEvent,
)
from chatkit.types import AssistantMessageContentPartTextDelta as TextDelta

from .chats import Chat, Event, of_type, part
from .scripted import FAKE_ID, Call, say

pytestmark = pytest.mark.anyio


@function_tool
def look_up() -> str:
    """Look something up."""
    return "found"


@function_tool
async def read_page(run: RunContextWrapper[Any]) -> str:
    """Let the client read the page."""
    run.context.client_tool_call = ClientToolCall(name="read_page", arguments={})
    return "asked"


@function_tool
async def plan_work(run: RunContextWrapper[Any]) -> str:
    """Show what is being done."""
    await run.context.add_workflow_task(CustomTask(title="Reading"))
    return "shown"


def ids_of(events: list[Event], kind: str) -> list[str]:
    """Return the ids of the items in the events of one type."""
    return [event["item"]["id"] for event in of_type(events, kind)]


async def test_a_run_of_messages_and_calls_keeps_them_apart(store: Any) -> None:
    """Two messages of one response, a tool call, and one more message: all called the same."""
    chat = Chat(
        store,
        [say("One."), say("Two."), Call("look_up")],
        [say("Three.")],
        agent={"tools": [look_up]},
    )
    events = await chat.ask("Go")
    assert await chat.told() == [
        "user: Go",
        "assistant: One.",
        "assistant: Two.",
        "assistant: Three.",
    ]
    stored = [item.id for item in await chat.items()]
    assert ids_of(events, "thread.item.done") == stored
    assert ids_of(events, "thread.item.added") == stored[1:]
    assert FAKE_ID not in stored
    assert len(set(stored)) == 4


async def test_each_piece_of_text_goes_to_its_message(store: Any) -> None:
    """What an `updated` event adds belongs to the message that is being written."""
    chat = Chat(store, [say("One."), say("Two.")])
    events = await chat.ask("Go")
    texts: dict[str, str] = {}
    for event in of_type(events, "thread.item.updated"):
        texts[event["item_id"]] = texts.get(event["item_id"], "") + event["update"]["delta"]
    assert texts == dict(zip(ids_of(events, "thread.item.added"), ["One.", "Two."], strict=True))


async def test_the_same_real_id_in_two_turns_is_two_items(store: Any) -> None:
    """A provider that counts its ids from 1 in each response overwrites nothing."""
    chat = Chat(store, [say("One.", id="msg_1")], [say("Two.", id="msg_1")])
    await chat.ask("Go")
    await chat.ask("On")
    assert await chat.told() == ["user: Go", "assistant: One.", "user: On", "assistant: Two."]


async def test_client_tool_calls_are_only_ever_done(store: Any) -> None:
    """Two calls in two turns, both without an `added` event, are two items with answers."""
    chat = Chat(
        store,
        [Call("read_page")],
        [Call("read_page")],
        [say("Read twice.")],
        agent={
            "tools": [read_page],
            "tool_use_behavior": StopAtTools(stop_at_tool_names=["read_page"]),
        },
    )
    events = await chat.ask("Read")
    for text in ("first", "second"):
        output = chat.stream(
            "threads.add_client_tool_output", thread_id=chat.thread_id, result={"text": text}
        )
        events += [event async for event in output]
    assert not of_type(events, "error")
    calls = [item for item in await chat.items() if item.type == "client_tool_call"]
    assert [call.output for call in calls] == [{"text": "first"}, {"text": "second"}]
    assert await chat.told() == [
        "user: Read",
        "client_tool_call",
        "client_tool_call",
        "assistant: Read twice.",
    ]
    assert FAKE_ID not in {call.id for call in calls}


async def test_a_guardrail_takes_every_message_back(store: Any) -> None:
    """It has one name for two messages: both go, from the page and from the store."""

    @output_guardrail
    async def never(
        run: RunContextWrapper[Any], agent: Any, output: Any
    ) -> GuardrailFunctionOutput:
        return GuardrailFunctionOutput(output_info=None, tripwire_triggered=True)

    chat = Chat(
        store,
        [say("One."), Call("look_up")],
        [say("Two.")],
        agent={"tools": [look_up], "output_guardrails": [never]},
    )
    events = await chat.ask("Go")
    assert await chat.told() == ["user: Go"]
    removed = {event["item_id"] for event in of_type(events, "thread.item.removed")}
    assert removed >= set(ids_of(events, "thread.item.added"))
    assert events[-1]["type"] == "error"


async def test_a_workflow_goes_on_under_its_own_id(store: Any) -> None:
    """One that the last turn left open is resumed, not begun anew."""
    chat = Chat(
        store,
        [Call("plan_work"), Call("read_page")],
        [Call("plan_work")],
        [say("Done.")],
        agent={
            "tools": [plan_work, read_page],
            "tool_use_behavior": StopAtTools(stop_at_tool_names=["read_page"]),
        },
    )
    await chat.ask("Go")
    (begun,) = [item for item in await chat.items() if item.type == "workflow"]
    stream = chat.stream(
        "threads.add_client_tool_output", thread_id=chat.thread_id, result={"text": "read"}
    )
    events = [event async for event in stream]
    assert not of_type(events, "error")
    (ended,) = [item for item in await chat.items() if item.type == "workflow"]
    assert ended.id == begun.id
    assert len(ended.workflow.tasks) == 2
    assert begun.id in ids_of(events, "thread.item.done")


def message(item_id: str, text: str = "") -> AssistantMessageItem:
    """Return a message as the SDK builds it."""
    content = [AssistantMessageContent(text=text)]
    return AssistantMessageItem(
        id=item_id, thread_id="thr", created_at=datetime(2026, 1, 1), content=content
    )


class Numbered:
    """Issue ids that a test can foretell."""

    def __init__(self) -> None:
        """Begin with 1."""
        self._count = 0

    def generate_id(self, kind: str) -> str:
        """Return the next id."""
        self._count += 1
        return f"{kind}-{self._count}"

    def issued(self, item_id: str) -> bool:
        """Say whether the id is one of these, or one that a tool got."""
        return "-" in item_id


def settled(*events: Any) -> list[Any]:
    """Return what becomes of the events of one run."""
    ids = part("assistant.item_ids").ItemIds(Numbered())
    return [settled for event in events for settled in ids.settle(event)]


def test_a_replacement_is_of_the_newest_item_of_that_name() -> None:
    """The others of that name are other messages."""
    *_, replaced = settled(
        ThreadItemDoneEvent(item=message(FAKE_ID, "One")),
        ThreadItemDoneEvent(item=message(FAKE_ID, "Two")),
        ThreadItemReplacedEvent(item=message(FAKE_ID, "Three")),
    )
    assert (replaced.type, replaced.item.id) == ("thread.item.replaced", "message-2")


def test_a_removal_is_of_all_items_of_that_name() -> None:
    """What is being written goes as well; a name that nobody has is passed on."""
    events = settled(
        ThreadItemDoneEvent(item=message(FAKE_ID)),
        ThreadItemAddedEvent(item=message(FAKE_ID)),
        ThreadItemRemovedEvent(item_id=FAKE_ID),
        ThreadItemRemovedEvent(item_id="elsewhere"),
        ThreadItemDoneEvent(item=message(FAKE_ID)),
    )
    removed = [event.item_id for event in events if event.type == "thread.item.removed"]
    assert removed == ["message-1", "message-2", "elsewhere"]
    assert events[-1].item.id == "message-3"


def test_what_is_only_done_is_an_item_of_its_own() -> None:
    """Also right after one of that name that was written before it."""
    events = settled(
        ThreadItemAddedEvent(item=message(FAKE_ID)),
        ThreadItemDoneEvent(item=message(FAKE_ID, "One")),
        ThreadItemDoneEvent(item=message(FAKE_ID, "Two")),
    )
    assert [event.item.id for event in events] == ["message-1", "message-1", "message-2"]


def test_ids_of_the_store_stay() -> None:
    """A message that a tool streams under an id of its own keeps it, from first to last."""
    update = TextDelta(content_index=0, delta="word")
    events = settled(
        ThreadItemAddedEvent(item=message("own-1")),
        ThreadItemUpdatedEvent(item_id="own-1", update=update),
        ThreadItemDoneEvent(item=message("own-1", "word")),
    )
    assert [getattr(event, "item_id", None) or event.item.id for event in events] == ["own-1"] * 3
