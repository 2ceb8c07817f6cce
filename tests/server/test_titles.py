"""A title comes with the first turn, costs no time, and never undoes a rename."""

import logging
from typing import Any

import pytest
from agents import RunContextWrapper, function_tool
from chatkit.types import FileAttachment

from .chats import Chat, context, of_type, part
from .scripted import Call, Hold, Script, say

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Hello", "Hello"),
        ("  Two\n\n lines\t here ", "Two lines here"),
        ("\x00\x07Bell", "Bell"),
        ("", None),
        (" \n ", None),
        ("word " * 20, "word " * 11 + "word…"),
        ("x" * 100, "x" * 59 + "…"),
        ("x" * 60, "x" * 60),
        ("漢" * 80, "漢" * 59 + "…"),
        ("one, " * 20, "one, " * 11 + "one…"),
    ],
)
def test_a_title_is_one_line_cut_at_a_word(text: str, title: str | None) -> None:
    """It has at most 60 characters, and no blank or comma before the mark of the cut."""
    found = part("assistant.titles").cut_title(text)
    assert found == title
    assert len(found or "") <= 60


async def test_the_first_turn_names_the_thread(store: Any) -> None:
    """It is named before the answer begins, once, and where it began is written down."""
    chat = Chat(store, [say("Fine.")], [say("Really.")])
    page = {"current_chapter": 3, "current_lesson": "loops"}
    chat.context = context(page_context=page, session_id="s-1")
    kinds = [event["type"] for event in await chat.ask("How are you?")]
    assert kinds.count("thread.updated") == 1
    assert kinds.index("thread.updated") < kinds.index("thread.item.added")
    chat.context = context(page_context={**page, "current_chapter": 9}, session_id="s-2")
    assert not of_type(await chat.ask("And now?"), "thread.updated")
    thread = await chat.thread()
    assert thread.title == "How are you?"
    assert thread.metadata == {"session_id": "s-1", "page_context": page}


async def test_what_is_written_down_is_not_for_the_client(store: Any) -> None:
    """No event shows the thread's metadata."""
    chat = Chat(store, [say("Fine.")])
    chat.context = context(session_id="s-secret")
    assert "s-secret" not in str(await chat.ask("How are you?"))


async def test_a_first_turn_without_a_title_leaves_it_to_the_second(store: Any) -> None:
    """A message that says nothing names nothing; the next one does not say where it began."""
    chat = Chat(store, [say("Yes?")], [say("Oh.")])
    await chat.ask(" ")
    assert (await chat.thread()).title is None
    chat.context = context(session_id="too-late")
    await chat.ask("Hello")
    thread = await chat.thread()
    assert (thread.title, thread.metadata) == ("Hello", {})


async def test_a_file_without_a_word_names_the_thread(store: Any) -> None:
    """It is named for the file."""
    file = FileAttachment(id="atc_1", name="report.pdf", mime_type="application/pdf")
    await store.save_attachment(file, context())
    chat = Chat(store, [say("Read.")])
    await chat.ask("", attachments=["atc_1"])
    assert (await chat.thread()).title == "report.pdf"


async def test_a_rename_before_the_first_event_stays(
    store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread is loaded again before it gets a title, and no model is asked for another."""
    chat = Chat(store, [say("Fine.")], title_model=Script([say("A Greeting")]))
    add = store.add_thread_item

    async def add_and_rename(thread_id: str, item: Any, context: Any) -> None:
        await add(thread_id, item, context=context)
        if item.type == "user_message":
            await chat.send("threads.update", thread_id=thread_id, title="Mine")

    monkeypatch.setattr(store, "add_thread_item", add_and_rename)
    await chat.ask("Hello")
    await chat.server.aclose()
    assert (await chat.thread()).title == "Mine"


async def test_a_rename_stays_though_a_tool_changes_the_thread(store: Any) -> None:
    """The SDK saves the whole thread that it loaded at the start; the tool's change is kept."""

    @function_tool
    async def take_note(run: RunContextWrapper[Any]) -> str:
        """Rename the thread as somebody else, and write into it."""
        await chat.send("threads.update", thread_id=chat.thread_id, title="Mine")
        run.context.thread.metadata["note"] = "taken"
        return "taken"

    chat = Chat(store, [Call("take_note")], [say("Done.")], agent={"tools": [take_note]})
    chat.context = context(session_id="s-1")
    events = await chat.ask("Hello")
    thread = await chat.thread()
    assert thread.title == "Mine"
    assert thread.metadata == {"session_id": "s-1", "note": "taken"}
    assert of_type(events, "thread.updated")[-1]["thread"]["title"] == "Mine"


async def test_a_tool_may_rename_and_remove(store: Any) -> None:
    """What the tool itself has changed counts more than what is stored."""

    @function_tool
    def tidy(run: RunContextWrapper[Any]) -> str:
        """Rename the thread, and take something out of it."""
        run.context.thread.title = "Tidy"
        del run.context.thread.metadata["session_id"]
        return "tidied"

    chat = Chat(store, [Call("tidy")], [say("Done.")], agent={"tools": [tidy]})
    chat.context = context(session_id="s-1")
    await chat.ask("Hello")
    thread = await chat.thread()
    assert (thread.title, thread.metadata) == ("Tidy", {})


async def test_a_thread_deleted_during_its_answer_stays_deleted(store: Any) -> None:
    """Also when a tool writes into it then."""

    @function_tool
    async def take_note(run: RunContextWrapper[Any]) -> str:
        """Write into a thread that is being deleted."""
        await chat.send("threads.delete", thread_id=chat.thread_id)
        run.context.thread.metadata["note"] = "taken"
        return "taken"

    chat = Chat(store, [Call("take_note")], [say("Done.")], agent={"tools": [take_note]})
    events = await chat.ask("Hello")
    assert len(of_type(events, "error")) == 1
    assert (await store.load_threads(10, None, "desc", chat.context)).data == []


async def test_a_change_at_the_very_end_is_caught_up_with(store: Any) -> None:
    """The SDK looks at the thread once more when the last event is through."""

    @function_tool
    async def take_note(run: RunContextWrapper[Any]) -> str:
        """Rename the thread as somebody else, and write into it."""
        await chat.send("threads.update", thread_id=chat.thread_id, title="Mine")
        run.context.thread.metadata["note"] = "taken"
        return "taken"

    chat = Chat(
        store,
        [Call("take_note")],
        agent={"tools": [take_note], "tool_use_behavior": "stop_on_first_tool"},
    )
    await chat.ask("Hello")
    thread = await chat.thread()
    assert (thread.title, thread.metadata) == ("Mine", {"note": "taken"})


async def test_a_models_title_never_delays_the_stream(store: Any) -> None:
    """The answer is through while the title is still thought about; then it is stored."""
    held = Hold()
    chat = Chat(store, [say("Fine.")], title_model=Script([say(held, '"A Greeting"')]))
    events = await chat.ask("How are you?")
    assert events[-1]["type"] == "thread.item.done"
    assert (await chat.thread()).title == "How are you?"
    await held.reached.wait()
    held.go.set()
    await chat.server.aclose()
    assert (await chat.thread()).title == "A Greeting"


async def test_a_models_title_reaches_a_stream_that_goes_on(store: Any) -> None:
    """The page shows it without a reload, and nothing else of the thread."""
    held = Hold()
    chat = Chat(store, [say("Fi", held, "ne.")], title_model=Script([say("A Greeting")]))
    chat.context = context(session_id="s-secret")
    titles: list[str] = []
    async for event in chat.say("How are you?"):
        assert "s-secret" not in str(event)
        if event["type"] == "thread.updated":
            titles.append(event["thread"]["title"])
        if titles == ["How are you?", "A Greeting"]:
            held.go.set()
    assert titles == ["How are you?", "A Greeting"]


async def test_a_models_title_does_not_replace_one_set_meanwhile(store: Any) -> None:
    """The user's comes first, also when it was given after the stream."""
    held = Hold()
    chat = Chat(store, [say("Fine.")], title_model=Script([say(held, "A Greeting")]))
    await chat.ask("How are you?")
    await chat.send("threads.update", thread_id=chat.thread_id, title="Mine")
    held.go.set()
    await chat.server.aclose()
    assert (await chat.thread()).title == "Mine"


async def test_a_title_model_that_fails_costs_only_its_title(
    store: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """The first words stay; the log says why, without the message."""
    chat = Chat(
        store, [say("Fine.")], title_model=Script([say(RuntimeError("no titles for How are you?"))])
    )
    with caplog.at_level(logging.INFO):
        events = await chat.ask("How are you?")
        await chat.server.aclose()
    assert not of_type(events, "error")
    assert (await chat.thread()).title == "How are you?"
    assert "RuntimeError" in caplog.text
    assert chat.thread_id in caplog.text
    assert "How are you?" not in caplog.text


async def test_a_deleted_thread_does_not_come_back(
    store: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """A title that comes too late saves nothing."""
    held = Hold()
    chat = Chat(store, [say("Fine.")], title_model=Script([say(held, "A Greeting")]))
    await chat.ask("How are you?")
    await chat.send("threads.delete", thread_id=chat.thread_id)
    held.go.set()
    await chat.server.aclose()
    assert (await store.load_threads(10, None, "desc", chat.context)).data == []
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
