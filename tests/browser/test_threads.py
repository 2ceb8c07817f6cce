"""The list of conversations: open, rename, delete."""

import re

import pytest
from playwright.sync_api import expect

from ..provider.script import Hold, Say
from ..provider.stand_in import StandIn
from .chat import Chat, body

pytestmark = pytest.mark.needs("chromium")


def test_a_conversation_is_listed_by_its_title(answered: Chat) -> None:
    """The first question names the conversation, in the bar and in the list."""
    expect(answered.threads()).to_have_count(1)
    expect(answered.threads()).to_contain_text("Why is it?")
    answered.page.keyboard.press("Escape")
    expect(answered.page.get_by_role("navigation", name="Conversations")).to_be_hidden()


def test_rename(answered: Chat) -> None:
    """A new title is shown at once and is still there after a reload."""
    answered.threads()
    answered.button("Rename “Why is it?”").click()
    title = answered.page.get_by_role("textbox", name="New title")
    expect(title).to_be_focused()
    with answered.page.expect_response("**/chatkit") as response:
        title.fill("About loops")
        title.press("Enter")
    assert body(response.value.request)["type"] == "threads.update"
    expect(answered.button("Rename “About loops”")).to_be_focused()
    answered.page.reload()
    expect(answered.page.get_by_role("heading", name="About loops")).to_be_visible()
    expect(answered.threads()).to_contain_text("About loops")


def test_escape_leaves_the_title_alone(answered: Chat) -> None:
    """Escape ends renaming, without a request and without closing the list."""
    answered.threads()
    answered.button("Rename “Why is it?”").click()
    title = answered.page.get_by_role("textbox", name="New title")
    title.fill("Something else")
    title.press("Escape")
    expect(title).to_have_count(0)
    expect(answered.button("Rename “Why is it?”")).to_be_focused()


def test_delete_asks_first(answered: Chat) -> None:
    """Escape keeps the conversation; saying yes deletes it for good."""
    answered.threads()
    delete = answered.button("Delete “Why is it?”")
    delete.click()
    dialog = answered.page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Keep")).to_be_focused()
    answered.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(answered.threads()).to_have_count(1)
    delete.click()
    dialog.get_by_role("button", name="Delete").click()
    expect(answered.threads()).to_have_count(0)
    expect(answered.items).to_have_count(0)
    answered.page.reload()
    expect(answered.message).to_be_visible()
    expect(answered.items).to_have_count(0)
    expect(answered.threads()).to_have_count(0)


def test_two_conversations_stay_apart(answered: Chat, model: StandIn) -> None:
    """A new conversation begins empty, and the old one opens with what it had."""
    answered.button("New conversation").click()
    expect(answered.items).to_have_count(0)
    model.will(Say("This is another one."))
    answered.ask("And this?", "This is another one.")
    expect(answered.threads()).to_have_count(2)
    answered.button(re.compile("^Why is it")).click()
    expect(answered.answers).to_have_text("Because of the loop.")
    expect(answered.message).to_be_focused()


def test_an_answer_goes_on_while_another_conversation_is_open(
    answered: Chat, model: StandIn
) -> None:
    """Going elsewhere does not stop an answer, and does not mix it into what is open."""
    answered.button("New conversation").click()
    hold = Hold()
    model.will(Say("Slowly, ", hold, "but surely."))
    answered.send("Take your time")
    expect(answered.answers).to_have_text("Slowly,")
    answered.threads()
    answered.button(re.compile("^Why is it")).click()
    expect(answered.answers).to_have_text("Because of the loop.")
    expect(answered.button("Send message")).to_be_visible()
    hold.release()
    answered.threads()
    answered.button(re.compile("^Take your time")).click()
    expect(answered.answers).to_have_text("Slowly, but surely.")
