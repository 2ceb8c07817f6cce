"""Every event and item that the protocol has, and some that it does not have yet."""

import json
from typing import Any

import pytest
from playwright.sync_api import Locator, Route, expect

from .chat import Chat, body

pytestmark = pytest.mark.needs("chromium")

_NOW = "2026-01-01T12:00:00"
_THREAD: dict[str, Any] = {"id": "t", "created_at": _NOW, "items": {"data": []}}
_STREAMING = {
    "threads.create",
    "threads.add_user_message",
    "threads.add_client_tool_output",
    "threads.add_structured_input",
    "threads.retry_after_item",
    "threads.custom_action",
}


def _item(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": kind, "id": kind, "thread_id": "t", "created_at": _NOW} | fields


def _done(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": "thread.item.done", "item": _item(kind, **fields)}


def _said(text: str, *sources: dict[str, Any]) -> dict[str, Any]:
    annotations = [{"type": "annotation", "source": source} for source in sources]
    part = {"type": "output_text", "text": text, "annotations": annotations}
    return _done("assistant_message", content=[part])


class Server:
    """Answers each streaming request of a page with the next of these lists of events."""

    def __init__(self, chat: Chat) -> None:
        """Take the place of the real server on this page."""
        self.requests: list[dict[str, Any]] = []
        self._replies: list[list[dict[str, Any]]] = []
        chat.page.route("**/chatkit", self._serve)

    def will(self, *events: dict[str, Any]) -> None:
        """Answer the next message with its own confirmation and these events."""
        self._replies.append(list(events))

    def _serve(self, route: Route) -> None:
        request = body(route.request)
        if request["type"] not in _STREAMING:
            route.continue_()
            return
        self.requests.append(request)
        events: list[dict[str, Any]] = [{"type": "thread.created", "thread": _THREAD}]
        if content := request["params"].get("input", {}).get("content"):
            user = _item("user_message", content=content, attachments=[])
            events.append({"type": "thread.item.done", "item": user | {"id": "mine"}})
        events += self._replies.pop(0)
        text = "".join(f"data: {json.dumps(event)}\n\n" for event in events)
        route.fulfill(content_type="text/event-stream", body=text)


@pytest.fixture
def server(chat: Chat) -> Server:
    """Lend a server that says what the test wants."""
    return Server(chat)


def _problem(chat: Chat) -> Locator:
    return chat.page.locator(".talk").get_by_role("alert")


def test_sources_are_listed_once(chat: Chat, server: Server) -> None:
    """Annotations become a list; an address that is none stays words."""
    loops = {"type": "url", "title": "Loops", "url": "https://example.com/loops"}
    evil = {"type": "url", "title": "Evil", "url": "javascript:alert(1)"}
    file = {"type": "file", "title": "loops.md", "filename": "loops.md"}
    server.will(_said("See there.", loops, loops, evil, file))
    chat.send("Where?")
    chat.page.get_by_text("3 sources").click()
    sources = chat.page.locator(".sources")
    expect(sources.get_by_role("listitem")).to_have_text(["Loops", "Evil", "loops.md"])
    expect(sources.get_by_role("link")).to_have_count(1)
    expect(sources.get_by_role("link")).to_have_attribute("href", "https://example.com/loops")


def test_unknown_items_and_events_break_nothing(chat: Chat, server: Server) -> None:
    """What a later SDK sends is named or passed over, and the rest goes on."""
    update = {"type": "thread.item.updated", "item_id": "hologram", "update": {"type": "turned"}}
    server.will(_done("hologram"), update, {"type": "thread.sparkled"}, _said("Still here."))
    chat.send("Surprise me")
    expect(chat.answers).to_have_text("Still here.")
    expect(chat.page.get_by_text("Something that this page cannot show.")).to_be_visible()


def test_an_error_without_retry_offers_none(chat: Chat, server: Server) -> None:
    """The message is shown; trying again is offered only where it can help."""
    server.will({"type": "error", "code": "custom", "message": "Not today.", "allow_retry": False})
    chat.send("Please")
    expect(_problem(chat)).to_contain_text("Not today.")
    expect(chat.button("Try again")).to_have_count(0)
    chat.button("Dismiss").click()
    expect(_problem(chat)).to_be_empty()
    server.will({"type": "error", "code": "stream.error", "allow_retry": True})
    chat.send("Please!")
    expect(_problem(chat)).to_contain_text("could not be completed")
    server.will(_said("As you wish."))
    chat.button("Try again").click()
    expect(chat.answers).to_have_text("As you wish.")
    last = server.requests[-1]
    assert last["type"] == "threads.retry_after_item"
    assert last["params"] == {"thread_id": "t", "item_id": "mine"}


def test_notices_are_shown_with_their_markdown(chat: Chat, server: Server) -> None:
    """A notice has its title, its link and a way to take it off."""
    text = "Only 3 left. [More](https://example.com)"
    notice = {"type": "notice", "level": "warning", "title": "Soon", "message": text}
    server.will(notice, _said("Here."))
    chat.send("Go")
    shown = chat.page.locator(".notice")
    expect(shown).to_contain_text("Soon")
    expect(shown.get_by_role("link", name="More")).to_be_visible()
    shown.get_by_role("button", name="Dismiss").click()
    expect(shown).to_have_count(0)


def test_effects_reach_the_page(chat: Chat, server: Server) -> None:
    """A client effect is an event on the chat's element."""
    chat.page.evaluate(
        "document.addEventListener('chat:effect', ({detail}) => { window.effect = detail })"
    )
    server.will({"type": "client_effect", "name": "flash", "data": {"at": 3}}, _said("Done."))
    chat.send("Flash")
    expect(chat.answers).to_have_text("Done.")
    assert chat.page.evaluate("window.effect") == {"name": "flash", "data": {"at": 3}}


def test_a_tool_that_the_page_lacks_is_answered_all_the_same(chat: Chat, server: Server) -> None:
    """A client tool call never hangs: the assistant hears that there is no such tool."""
    call = _done("client_tool_call", status="pending", call_id="c", name="look", arguments={})
    server.will(call)
    server.will(_said("Then without it."))
    chat.send("Look")
    expect(chat.answers).to_have_text("Then without it.")
    sent = server.requests[-1]
    assert sent["type"] == "threads.add_client_tool_output"
    assert "no tool named look" in sent["params"]["result"]["error"]


def test_questions_are_answered_in_a_form(chat: Chat, server: Server) -> None:
    """A structured input becomes a form, its answers go back by question."""
    options = [{"value": "Beginner"}, {"value": "Expert"}]
    choice = {"type": "multiple_choice", "id": "level", "question": "Level?", "options": options}
    inputs = [choice, {"type": "freeform", "id": "goal", "question": "Goal?"}]
    server.will(_done("structured_input", status="pending", inputs=inputs))
    chat.send("Plan")
    chat.page.get_by_role("radio", name="Expert").check()
    chat.page.get_by_role("textbox", name="Goal?").fill("Loops")
    given = [
        choice | {"answer": {"values": ["Expert"], "skipped": False}},
        inputs[1] | {"answer": {"values": ["Loops"], "skipped": False}},
    ]
    answered = _item("structured_input", status="answered", inputs=given)
    server.will({"type": "thread.item.replaced", "item": answered}, _said("Good."))
    chat.button("Answer").click()
    expect(chat.answers).to_have_text("Good.")
    sent = server.requests[-1]
    assert sent["type"] == "threads.add_structured_input"
    assert sent["params"]["input"]["answers"]["level"] == {"values": ["Expert"], "skipped": False}
    expect(chat.page.locator(".questions dd")).to_have_text(["Expert", "Loops"])


def test_widgets_say_their_words_and_run_their_actions(chat: Chat, server: Server) -> None:
    """Texts of a card are shown, its button runs the action, unknown parts show what they hold."""
    button = {"type": "Button", "label": "Order", "onClickAction": {"type": "order", "payload": 7}}
    inside = [{"type": "Title", "value": "Tea"}, {"type": "Spiral", "children": [button]}]
    server.will(_done("widget", widget={"type": "Card", "children": inside}))
    chat.send("Tea?")
    expect(chat.page.locator(".widget")).to_contain_text("Tea")
    server.will(_said("Ordered."))
    chat.button("Order").click()
    expect(chat.answers).to_have_text("Ordered.")
    sent = server.requests[-1]
    assert sent["type"] == "threads.custom_action"
    assert sent["params"]["action"] == {"type": "order", "payload": 7}


def test_an_action_may_be_answered_at_once(chat: Chat, server: Server) -> None:
    """An action that does not stream replaces its widget by the answer."""
    press: dict[str, Any] = {"type": "press", "payload": {}, "streaming": False}
    button = {"type": "Button", "label": "Press", "onClickAction": press}
    server.will(_done("widget", widget={"type": "Card", "children": [button]}))
    chat.send("A button")
    pressed = _item("widget", widget={"type": "Card", "children": [{"type": "Text", "value": "!"}]})

    def answer(route: Route) -> None:
        assert body(route.request)["type"] == "threads.sync_custom_action"
        route.fulfill(json={"updated_item": pressed})

    expect(chat.button("Press")).to_be_visible()
    chat.idle()
    chat.page.route("**/chatkit", answer)
    chat.button("Press").click()
    expect(chat.page.locator(".widget")).to_have_text("!")


def test_work_and_progress_are_shown(chat: Chat, server: Server) -> None:
    """A workflow lists its tasks; progress gives way to the answer."""
    search = {"type": "web_search", "title": "Searched", "queries": ["loops"], "sources": []}
    summary = {"title": "Looked it up"}
    workflow = {"type": "custom", "tasks": [search], "summary": summary, "expanded": True}
    progress = {"type": "progress_update", "text": "Reading …"}
    server.will(progress, _done("workflow", workflow=workflow), _said("Found."))
    chat.send("Search")
    expect(chat.page.get_by_text("Looked it up")).to_be_visible()
    expect(chat.page.locator(".workflow").get_by_text("loops")).to_be_visible()
    expect(chat.page.get_by_text("Reading …")).to_be_hidden()


def test_a_locked_thread_takes_no_message(chat: Chat, server: Server) -> None:
    """The reason stands where the message would be written."""
    locked = _THREAD | {"status": {"type": "locked", "reason": "The exam has begun."}}
    server.will(_said("Bye."), {"type": "thread.updated", "thread": locked})
    chat.send("Last words")
    expect(chat.page.get_by_text("The exam has begun.")).to_be_visible()
    expect(chat.message).to_be_disabled()
