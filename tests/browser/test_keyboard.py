"""The chat without a mouse, and as a screen reader hears it."""

import re

import pytest
from playwright.sync_api import Route, expect

from ..provider.script import Hold, Say
from ..provider.stand_in import StandIn
from .chat import Browsers, Chat

pytestmark = pytest.mark.needs("chromium")


def _tab_to(chat: Chat, name: str | re.Pattern[str], key: str = "Tab") -> None:
    """Press Tab until the named button has the focus."""
    wanted = chat.button(name).first
    for _ in range(40):
        chat.page.keyboard.press(key)
        if wanted.evaluate("button => button.getRootNode().activeElement === button"):
            return
    pytest.fail(f"the keyboard does not reach {name}")


def test_a_whole_visit_by_keyboard(chat: Chat, model: StandIn) -> None:
    """Ask, rate, rename and delete: everything is reached by Tab and done by Enter."""
    keys = chat.page.keyboard
    model.will(Say("By keyboard."))
    chat.message.focus()
    keys.type("Without a mouse")
    keys.press("Shift+Enter")
    keys.type("in two lines")
    keys.press("Enter")
    expect(chat.answers).to_have_text("By keyboard.")
    expect(chat.mine).to_have_text("Without a mouse\nin two lines")
    expect(chat.message).to_be_focused()
    _tab_to(chat, "Good answer", "Shift+Tab")
    keys.press("Enter")
    expect(chat.button("Good answer")).to_have_attribute("aria-pressed", "true")
    _tab_to(chat, "Conversations", "Shift+Tab")
    keys.press("Enter")
    expect(chat.button(re.compile("^Without a mouse"))).to_be_focused()
    _tab_to(chat, re.compile("^Rename"))
    keys.press("Enter")
    keys.type("Renamed")
    keys.press("Enter")
    expect(chat.button("Rename “Renamed”")).to_be_focused()
    _tab_to(chat, "Delete “Renamed”")
    keys.press("Enter")
    keys.press("Tab")
    expect(chat.button("Delete")).to_be_focused()
    keys.press("Enter")
    expect(chat.threads()).to_have_count(0)
    expect(chat.items).to_have_count(0)
    keys.press("Escape")
    expect(chat.button("Conversations")).to_be_focused()


def test_the_focus_can_be_seen(chat: Chat) -> None:
    """Whatever the keyboard reaches has a visible outline."""
    chat.page.keyboard.press("Tab")
    for _ in range(12):
        chat.page.keyboard.press("Tab")
        outline = chat.page.evaluate(
            "(() => { let at = document.activeElement;"
            " while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;"
            " const frame = at.closest('.composer') && at.matches('textarea')"
            "   ? getComputedStyle(at.closest('.composer')).borderTopColor : null;"
            " return frame ?? getComputedStyle(at).outlineStyle; })()"
        )
        assert outline != "none"


def test_an_answer_is_read_once_and_whole(chat: Chat, model: StandIn) -> None:
    """The live region says that an answer comes, then all of it; no token on its way."""
    spoken = chat.page.locator(".panel > [role=status]")
    hold = Hold()
    model.will(Say("The **first** half ", hold, "and the second."))
    chat.send("Read to me")
    expect(chat.answers).to_contain_text("The first half")
    expect(spoken).to_have_text("The assistant is answering.")
    expect(chat.page.get_by_role("log")).to_have_attribute("aria-live", "off")
    hold.release()
    expect(spoken).to_have_text("The assistant: The first half and the second.")


def test_a_stop_is_heard(chat: Chat, model: StandIn) -> None:
    """Escape in the field stops the answer, says so and keeps the focus."""
    model.will(Say("Some words ", Hold(), "and more"))
    chat.send("Stop soon")
    expect(chat.answers).to_have_text("Some words")
    chat.message.press("Escape")
    expect(chat.page.locator(".panel > [role=status]")).to_have_text("Stopped.")
    expect(chat.message).to_be_focused()


def test_reduced_motion_is_respected(browsers: Browsers, model: StandIn) -> None:
    """Nothing moves for whoever asked the system for that, while an answer is waited for."""
    for asked, moves in (("reduce", False), ("no-preference", True)):
        chat = browsers.visitor(reduced_motion=asked).open()
        held = _held_questions(chat)
        model.will(Say("Calm."))
        chat.send("Hush")
        progress = chat.page.locator(".progress")
        expect(progress).to_be_visible()
        name = progress.evaluate("each => getComputedStyle(each).animationName")
        assert (name != "none") is moves
        held[0].continue_()
        expect(chat.answers).to_have_text("Calm.")
        expect(progress).to_be_hidden()


def _held_questions(chat: Chat) -> list[Route]:
    """Keep questions back, so that no answer can have begun; let everything else through."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        if "threads.create" in (route.request.post_data or ""):
            held.append(route)
        else:
            route.continue_()

    chat.page.route("**/chatkit", hold)
    return held
