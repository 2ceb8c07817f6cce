"""What the server promises: nothing is lost, nothing is mixed up, and every stream ends well.

The agent and the store are real; the model reads its answers from a script. All of it stands in
one file, which runs in any project's folder of tests.
"""

import asyncio
import json
import os
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import pytest
from agents import (
    Agent,
    Model,
    ModelResponse,
    TResponseInputItem,
    Usage,
    function_tool,
    set_tracing_disabled,
)
from agents.items import TResponseStreamEvent
from app.assistant.agent_context import AssistantContext
from app.assistant.detached import StreamInterruptedError
from app.assistant.failures import failure
from app.assistant.feedback import load_feedback
from app.assistant.page import PageState, request_context
from app.assistant.turns import TurnReport
from app.context import RequestContext
from app.server import AssistantServer
from app.stores.sqlite import SqliteStore
from chatkit.actions import Action
from chatkit.server import StreamingResult
from chatkit.store import NotFoundError
from chatkit.types import (
    AssistantMessageItem,
    NoticeEvent,
    ThreadItem,
    ThreadStreamEvent,
    UserMessageItem,
    WidgetItem,
)
from openai.types.responses import (
    Response,
    ResponseCompletedEvent,
    ResponseFunctionToolCall,
    ResponseOutputItemAddedEvent,
    ResponseOutputItemDoneEvent,
    ResponseOutputMessage,
    ResponseOutputText,
    ResponseTextDeltaEvent,
)
from typing_extensions import override

pytestmark = pytest.mark.anyio
# Nothing leaves the machine that the tests run on.
set_tracing_disabled(True)

# What every item is called behind Chat Completions and LiteLLM.
NO_ID = "__fake_id__"
# Where the script wants the agent's tool to be called.
CALL = "call the tool"
Event = dict[str, Any]


class Script(Model):
    """Play one entry each time the model is asked: messages, calls of the tool, or an error.

    An error comes after the first words of an answer. It waits until `go` is set, as titles do.
    """

    def __init__(self, *entries: list[str] | Exception) -> None:
        """Take the entries."""
        self.entries = list(entries)
        self.go = asyncio.Event()
        self.heard: list[list[TResponseInputItem]] = []

    @override
    async def get_response(self, *asked: Any, **more: Any) -> ModelResponse:
        """Return an entry as a whole; titles are asked for in this way."""
        await self.go.wait()
        entry = self.entries.pop(0)
        if isinstance(entry, Exception):
            raise entry
        return ModelResponse([_item(text) for text in entry], Usage(), None)

    @override
    async def stream_response(
        self, system_instructions: str | None, input: Any, *asked: Any, **more: Any
    ) -> AsyncIterator[TResponseStreamEvent]:
        """Stream an entry word by word."""
        self.heard.append(list(input))
        entry = self.entries.pop(0)
        texts = ["I will now"] if isinstance(entry, Exception) else entry
        items = [_item(text) for text in texts]
        at: Any = {"output_index": 0, "sequence_number": 0}
        for item, text in zip(items, texts, strict=True):
            begun = item.model_copy(update={"content": []})
            yield ResponseOutputItemAddedEvent(type="response.output_item.added", item=begun, **at)
            for word in text.split() if isinstance(item, ResponseOutputMessage) else ():
                yield ResponseTextDeltaEvent(
                    type="response.output_text.delta",
                    item_id=NO_ID,
                    content_index=0,
                    delta=f"{word} ",
                    logprobs=[],
                    **at,
                )
            if isinstance(entry, Exception):
                await self.go.wait()
                raise entry
            yield ResponseOutputItemDoneEvent(type="response.output_item.done", item=item, **at)
        response = Response(
            id="response",
            created_at=0,
            model="script",
            object="response",
            output=[*items],
            parallel_tool_calls=False,
            tool_choice="auto",
            tools=[],
        )
        yield ResponseCompletedEvent(
            type="response.completed", response=response, sequence_number=0
        )


def _item(text: str) -> ResponseOutputMessage | ResponseFunctionToolCall:
    if text == CALL:
        return ResponseFunctionToolCall(
            id=NO_ID, call_id=uuid4().hex, type="function_call", name="look_up", arguments="{}"
        )
    part = ResponseOutputText(type="output_text", text=text, annotations=[])
    return ResponseOutputMessage(
        id=NO_ID, type="message", role="assistant", status="completed", content=[part]
    )


@function_tool
def look_up() -> str:
    """Look something up."""
    return "found"


@pytest.fixture
def anyio_backend() -> str:
    """Run the tests on asyncio, as the server does."""
    return "asyncio"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncGenerator[SqliteStore]:
    """Open the project's store where tests may write."""
    # {% if backend == "memory" %}
    opened = SqliteStore()
    # {% elif backend == "sqlite" %}
    opened = SqliteStore(f"sqlite:///{tmp_path / 'chatkit.db'}")
    # {% else %}
    # {% if backend == "postgres" %}
    url = os.environ.get("TEST_POSTGRES_URL")
    # {% elif backend == "mysql" %}
    url = os.environ.get("TEST_MYSQL_URL")
    # {% elif backend == "mongodb" %}
    url = os.environ.get("TEST_MONGODB_URL")
    # {% else %}
    url = os.environ.get("TEST_DATABASE_URL")
    # {% endif %}
    if not url:
        # A variable of its own: tests write, and DATABASE_URL may be production's.
        pytest.fail("Set the variable above to a database for tests", pytrace=False)
    opened = SqliteStore(url)
    # {% endif %}
    await opened.connect()
    yield opened
    await opened.close()


@pytest.fixture
def context() -> RequestContext:
    """Return the context of a request by somebody new."""
    page = PageState({"current_chapter": 3, "current_lesson": "loops"}, session_id="session")
    return request_context(f"user-{uuid4().hex}", "request", page)


class Chat:
    """Send requests as the browser does, in one thread."""

    def __init__(self, server: AssistantServer, context: RequestContext) -> None:
        """Begin without a thread."""
        self.server = server
        self.context = context
        self.thread_id = ""

    async def send(self, request_type: str, **params: Any) -> None:
        """Send a request that has a plain answer."""
        request = {"type": request_type, "params": params}
        await self.server.process(json.dumps(request), self.context)

    async def stream(self, request_type: str, **params: Any) -> AsyncGenerator[Event]:
        """Yield the events that answer a request."""
        request = {"type": request_type, "params": params}
        result = await self.server.process(json.dumps(request), self.context)
        assert isinstance(result, StreamingResult)
        try:
            async for chunk in result.json_events:
                yield json.loads(chunk.removeprefix(b"data: "))
        finally:
            await result.json_events.aclose()

    async def say(self, text: str) -> AsyncGenerator[Event]:
        """Yield the events that answer a message."""
        content = [{"type": "input_text", "text": text}]
        message: Event = {"content": content, "attachments": [], "inference_options": {}}
        if self.thread_id:
            sent = self.stream("threads.add_user_message", input=message, thread_id=self.thread_id)
        else:
            sent = self.stream("threads.create", input=message)
        try:
            async for event in sent:
                if event["type"] == "thread.created":
                    self.thread_id = event["thread"]["id"]
                yield event
        finally:
            await sent.aclose()

    async def ask(self, text: str) -> list[Event]:
        """Return the events that answer a message."""
        return [event async for event in self.say(text)]

    async def items(self) -> list[ThreadItem]:
        """Return what is stored, oldest first."""
        page = await self.server.store.load_thread_items(
            self.thread_id, None, 100, "asc", self.context
        )
        return page.data


def chat(store: SqliteStore, model: Script, context: RequestContext, **more: Any) -> Chat:
    """Return a chat with an agent that answers by the script."""
    agent = Agent[AssistantContext](name="Assistant", model=model, tools=[look_up])
    return Chat(AssistantServer(agent, store, **more), context)


def texts(items: list[ThreadItem]) -> list[str]:
    """Return the texts of the messages among the items."""
    return [
        "".join(part.text for part in item.content).strip()
        for item in items
        if isinstance(item, UserMessageItem | AssistantMessageItem)
    ]


def of_type(events: list[Event], kind: str) -> list[Event]:
    """Return the events of one type."""
    return [event for event in events if event["type"] == kind]


async def test_nothing_overwrites_anything(store: SqliteStore, context: RequestContext) -> None:
    """Two messages around a tool call, in two turns, all under one name: all are kept."""
    script = Script(["First.", CALL], ["Second."], ["Third.", CALL], ["Fourth."])
    talk = chat(store, script, context)
    events = await talk.ask("One") + await talk.ask("Two")
    assert texts(await talk.items()) == ["One", "First.", "Second.", "Two", "Third.", "Fourth."]
    streamed = [event["item"]["id"] for event in of_type(events, "thread.item.done")]
    assert streamed == [item.id for item in await talk.items()]
    written = [event["item"]["id"] for event in of_type(events, "thread.item.added")]
    assert len(set(written)) == 4


async def test_the_model_hears_the_newest_whole_turns_once(
    store: SqliteStore, context: RequestContext
) -> None:
    """A long thread does not make the model blind to the present, or deaf to the question."""
    script = Script(["A"], ["B"], ["C"])
    talk = chat(store, script, context, history_limit=4)
    for question in ("1", "2", "3"):
        await talk.ask(question)
    heard = [cast("Event", item) for item in script.heard[-1]]
    said = [(item["role"], item["content"]) for item in heard]
    assert said == [("user", "2"), ("assistant", "B"), ("user", "3")]


async def test_a_thread_knows_its_title_and_where_it_began(
    store: SqliteStore, context: RequestContext
) -> None:
    """The title comes from the first message, the rest from the page."""
    talk = chat(store, Script(["Yes."]), context)
    events = await talk.ask("Is this on?")
    thread = await store.load_thread(talk.thread_id, context)
    assert thread.title == "Is this on?"
    assert thread.metadata["session_id"] == "session"
    assert thread.metadata["page_context"]["current_lesson"] == "loops"
    assert [event["thread"]["title"] for event in of_type(events, "thread.updated")] == [
        "Is this on?"
    ]


async def test_a_rename_during_the_answer_stays(
    store: SqliteStore, context: RequestContext
) -> None:
    """A model's title, too, comes second to the user's."""
    titles = Script(["Proposed"])
    talk = chat(store, Script(["A long answer."]), context, title_model=titles)
    async for event in talk.say("Hello"):
        if event["type"] == "thread.updated" and not titles.go.is_set():
            await talk.send("threads.update", thread_id=talk.thread_id, title="Mine")
            titles.go.set()
    await talk.server.aclose()
    assert (await store.load_thread(talk.thread_id, context)).title == "Mine"


async def test_a_reader_who_leaves_keeps_what_was_written(
    store: SqliteStore, context: RequestContext
) -> None:
    """The text is there after a reload, and the next turn works."""
    talk = chat(store, Script(RuntimeError("never raised"), ["Fine."]), context)
    stream = talk.say("Count")
    async for event in stream:
        if event["type"] == "thread.item.updated" and event["update"]["delta"] == "now ":
            break
    await stream.aclose()
    assert texts(await talk.items()) == ["Count", "I will now"]
    await talk.ask("And?")
    assert texts(await talk.items()) == ["Count", "I will now", "And?", "Fine."]


async def test_a_server_that_stops_ends_its_answers(
    store: SqliteStore, context: RequestContext
) -> None:
    """The reader is told so, and finds after the restart what was written."""
    talk = chat(store, Script(RuntimeError("never raised"), ["Fine."]), context)
    stream = talk.say("Count")
    async for event in stream:
        if event["type"] == "thread.item.updated" and event["update"]["delta"] == "now ":
            break
    talk.server.interrupt()
    with pytest.raises(StreamInterruptedError) as told:
        await anext(stream)
    assert failure(told.value, "req-1").allow_retry
    assert texts(await talk.items()) == ["Count", "I will now"]
    await talk.ask("And?")
    assert texts(await talk.items()) == ["Count", "I will now", "And?", "Fine."]


async def test_a_failing_provider_is_an_event(store: SqliteStore, context: RequestContext) -> None:
    """The user reads that it failed, keeps the beginning, and can try again."""
    script = Script(RuntimeError("the provider's own words"), ["Better."])
    talk = chat(store, script, context)
    last: Event = {}
    async for event in talk.say("Go"):
        last = event
        if event["type"] == "thread.item.updated":
            script.go.set()
    assert last["type"] == "error"
    assert last["allow_retry"] is True
    assert "own words" not in last["message"]
    asked, begun = await talk.items()
    assert texts([begun])[0].startswith("I")
    again = talk.stream("threads.retry_after_item", thread_id=talk.thread_id, item_id=asked.id)
    assert [event["type"] async for event in again][-1] == "thread.item.done"
    assert texts(await talk.items()) == ["Go", "Better."]


async def test_feedback_can_be_read_later(store: SqliteStore, context: RequestContext) -> None:
    """The last one counts; the model is not told of it."""
    script = Script(["Answer."], ["More."])
    talk = chat(store, script, context)
    await talk.ask("Question")
    answer = (await talk.items())[-1]
    for kind in ("positive", "negative"):
        await talk.send("items.feedback", thread_id=talk.thread_id, item_ids=[answer.id], kind=kind)
    assert await load_feedback(store, talk.thread_id, context) == {answer.id: "negative"}
    await talk.ask("Go on")
    assert "negative" not in json.dumps(script.heard[-1])


async def test_actions_find_their_handlers(store: SqliteStore, context: RequestContext) -> None:
    """A handler's events are streamed; an action without a handler is an error event."""
    talk = chat(store, Script(["Hello."]), context)
    await talk.ask("Hello")

    async def greet(
        turn: AssistantContext, action: Action[str, Any], sender: WidgetItem | None
    ) -> AsyncIterator[ThreadStreamEvent]:
        yield NoticeEvent(level="info", message=f"Hello, {action.payload}")

    talk.server.actions["greet"] = greet
    for kind, answer in (("greet", "Hello, Ada"), ("unknown", "does not know that action")):
        action = {"type": kind, "payload": "Ada"}
        stream = talk.stream("threads.custom_action", thread_id=talk.thread_id, action=action)
        assert answer in [event async for event in stream][-1]["message"]


async def test_nobody_speaks_in_the_thread_of_another(
    store: SqliteStore, context: RequestContext
) -> None:
    """A thread of somebody else's is one that does not exist."""
    talk = chat(store, Script(["Hello."]), context)
    await talk.ask("Hello")
    talk.context = request_context(f"user-{uuid4().hex}", "request", PageState())
    with pytest.raises(NotFoundError):
        await talk.ask("Let me in")


async def test_each_turn_is_reported_and_a_broken_report_harms_nobody(
    store: SqliteStore, context: RequestContext
) -> None:
    """The hook comes after the stream, and what it raises stays in the log."""
    reports: list[TurnReport] = []

    async def remember(report: TurnReport) -> None:
        reports.append(report)
        raise RuntimeError("the hook is broken")

    talk = chat(store, Script(["Hello."]), context, on_event=remember)
    events = await talk.ask("Hello")
    await talk.server.aclose()
    assert not of_type(events, "error")
    assert [(report.thread_id, report.outcome) for report in reports] == [
        (talk.thread_id, "completed")
    ]
