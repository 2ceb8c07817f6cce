"""Long conversations: loaded from the end, further back as the reader goes."""

import json
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from ..provider.script import Say
from ..provider.stand_in import StandIn
from .chat import Browsers, Chat, body

pytestmark = pytest.mark.needs("chromium")

_TURNS = 60  # 120 items


def _post(chat: Chat, kind: str, params: dict[str, Any]) -> str:
    """Send a request as this visitor, without the page, and return the answer's text."""
    answer = chat.page.context.request.post("/chatkit", data={"type": kind, "params": params})
    assert answer.ok
    return answer.text()


def _message(text: str) -> dict[str, Any]:
    content = [{"type": "input_text", "text": text}]
    return {"content": content, "attachments": [], "inference_options": {}}


@pytest.fixture
def long(browsers: Browsers, model: StandIn) -> Chat:
    """Open a conversation of 120 items."""
    chat = browsers.visitor()
    model.otherwise = (Say("Answer."),)
    created = _post(chat, "threads.create", {"input": _message("Question 1")})
    thread = json.loads(created.split("\n", 1)[0].removeprefix("data: "))["thread"]["id"]
    for turn in range(2, _TURNS + 1):
        params = {"thread_id": thread, "input": _message(f"Question {turn}")}
        _post(chat, "threads.add_user_message", params)
    model.otherwise = None
    chat.open()
    chat.threads().get_by_role("button").first.click()
    return chat


def test_all_of_120_items_are_found_from_the_end(long: Chat) -> None:
    """The newest items come first; scrolling up loads each older one once, in order."""
    expect(long.mine.last).to_have_text(f"Question {_TURNS}")
    assert long.items.count() < _TURNS * 2
    area = long.page.get_by_role("group", name="Conversation")
    while long.button("Load earlier messages").is_visible():
        shown = long.items.count()
        first = long.items.first.get_attribute("data-item")
        area.hover()
        long.page.mouse.wheel(0, -100_000)
        expect(long.items.first).not_to_have_attribute("data-item", first or "")
        assert long.items.count() > shown
    questions = [f"Question {turn}" for turn in range(1, _TURNS + 1)]
    assert long.mine.all_text_contents() == questions
    expect(long.items).to_have_count(_TURNS * 2)


def test_the_lines_on_the_screen_stay_where_they_are(long: Chat) -> None:
    """Older items are put in above without moving what is being read."""
    area = long.page.get_by_role("group", name="Conversation")
    expect(long.mine.last).to_have_text(f"Question {_TURNS}")
    top = long.items.first
    identity = top.get_attribute("data-item")
    # Just far enough up to be no longer at the end, and with the first item in sight.
    area.evaluate("area => { area.scrollTop = 60 }")
    same = long.page.locator(f'[data-item="{identity}"]')
    before = same.bounding_box()
    expect(long.items.first).not_to_have_attribute("data-item", identity or "")
    after = same.bounding_box()
    assert before is not None
    assert after is not None
    assert abs(before["y"] - after["y"]) < 60


def test_a_new_message_leads_to_the_end(long: Chat, model: StandIn) -> None:
    """Whoever reads further up sees the own message when it is sent; the way back is a button."""
    area = long.page.get_by_role("group", name="Conversation")
    expect(long.mine.last).to_be_in_viewport()
    area.evaluate("area => { area.scrollTop = area.scrollHeight / 3 }")
    expect(long.mine.last).not_to_be_in_viewport()
    long.button("Go to the latest message").click()
    expect(long.mine.last).to_be_in_viewport()
    area.evaluate("area => { area.scrollTop = area.scrollHeight / 3 }")
    model.will(Say("The end."))
    long.ask("One more", "The end.")
    expect(long.mine.last).to_be_in_viewport()


def test_an_empty_page_is_not_the_end(answered: Chat) -> None:
    """A page of hidden items comes empty with `has_more`: the page after it is asked for."""
    asked: list[str | None] = []

    def serve(route: Route) -> None:
        request = body(route.request)
        if request["type"] != "items.list":
            route.continue_()
            return
        asked.append(request["params"].get("after"))
        assert request["params"]["order"] == "desc"
        if len(asked) < 3:
            page: dict[str, Any] = {"data": [], "has_more": True, "after": f"hidden-{len(asked)}"}
            route.fulfill(json=page)
            return
        item = {
            "type": "assistant_message",
            "id": "old",
            "thread_id": "any",
            "created_at": "2026-01-01T00:00:00",
            "content": [{"type": "output_text", "text": "Found behind hidden items."}],
        }
        route.fulfill(json={"data": [item], "has_more": False})

    answered.page.route("**/chatkit", serve)
    answered.page.reload()
    expect(answered.answers).to_have_text("Found behind hidden items.")
    assert asked == [None, "hidden-1", "hidden-2"]
    expect(answered.button("Load earlier messages")).to_be_hidden()
