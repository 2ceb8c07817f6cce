"""What the chat tells about the page, and what it leaves alone."""

import pytest
from playwright.sync_api import expect

from ..provider.script import Say
from ..provider.stand_in import StandIn
from .chat import Browsers, Chat, body

pytestmark = pytest.mark.needs("chromium")

_SELECTED = "() => document.getSelection().toString()"


def _select_in_answer(chat: Chat) -> str:
    """Select a word of the answer with the mouse and return it."""
    chat.answers.locator("p").dblclick(position={"x": 20, "y": 12})
    return str(chat.page.evaluate(_SELECTED)).strip()


def _select_on_page(chat: Chat) -> str:
    """Select a word of the lesson with the mouse and return it."""
    chat.page.locator("article:not([hidden]) p").nth(1).dblclick(position={"x": 70, "y": 12})
    return str(chat.page.evaluate(_SELECTED)).strip()


def test_chapter_and_lesson_are_sent(browsers: Browsers, model: StandIn) -> None:
    """Each request carries the chapter and the lesson of the page's URL."""
    chat = browsers.visitor().open("/?chapter=4&lesson=functions")
    model.will(Say("A function."))
    sent = chat.send("What is this?")
    expect(chat.answers).to_have_text("A function.")
    assert sent["type"] == "threads.create"
    assert sent["metadata"]["page_context"] == {"current_chapter": 4, "current_lesson": "functions"}
    assert "selected_text" not in sent["metadata"]


def test_another_lesson_is_told_without_being_reloaded(chat: Chat, model: StandIn) -> None:
    """A page that changes its address by script, as Docusaurus does, is asked anew."""
    chat.page.evaluate("history.pushState(null, '', '/?chapter=9&lesson=classes')")
    model.will(Say("Classes."))
    sent = chat.send("Where am I?")
    expect(chat.answers).to_have_text("Classes.")
    assert sent["metadata"]["page_context"] == {"current_chapter": 9, "current_lesson": "classes"}


def test_a_selection_on_the_page_is_sent(chat: Chat, model: StandIn) -> None:
    """The selected words are shown, sent, and reach the model."""
    word = _select_on_page(chat)
    assert word
    expect(chat.page.locator(".selection")).to_contain_text(word)
    model.will(Say("It means that."))
    sent = chat.send("What does this mean?")
    expect(chat.answers).to_have_text("It means that.")
    assert sent["metadata"]["selected_text"] == word
    asked = model.requests[-1]
    assert word in asked.instructions + "".join(line.text for line in asked.conversation)


def test_a_long_selection_is_cut(chat: Chat, model: StandIn) -> None:
    """A whole lesson fits into the line that shows it, and is sent up to what the server takes."""
    chat.page.evaluate(
        """() => {
          const lesson = document.querySelector("article:not([hidden])");
          lesson.append("word ".repeat(2000));
          document.getSelection().selectAllChildren(lesson);
        }"""
    )
    expect(chat.page.locator(".selection")).to_be_visible()
    composer = chat.page.get_by_role("form", name="Write a message")
    assert composer.evaluate("form => form.scrollWidth <= form.clientWidth")
    expect(chat.button("Send message")).to_be_in_viewport(ratio=1)
    model.will(Say("That was much."))
    sent = chat.send("All of this?")
    expect(chat.answers).to_have_text("That was much.")
    assert len(sent["metadata"]["selected_text"]) == 4000


def test_a_selection_is_not_cut_through_a_character(chat: Chat, model: StandIn) -> None:
    """An emoji is two units of JavaScript's; half of one is no text, and the server refuses it."""
    chat.page.evaluate(
        """() => {
          const lesson = document.querySelector("article:not([hidden])");
          lesson.replaceChildren("w\\ud83d" + "🙂".repeat(4000));
          document.getSelection().selectAllChildren(lesson);
          history.pushState(null, "", `/?chapter=9&lesson=l${"🙂".repeat(200)}`);
        }"""
    )
    expect(chat.page.locator(".selection")).to_be_visible()
    model.will(Say("Cheerful."))
    sent = chat.send("What is this?")
    expect(chat.answers).to_have_text("Cheerful.")
    assert sent["metadata"]["selected_text"] == "w\ufffd" + "🙂" * 3998
    assert sent["metadata"]["page_context"]["current_lesson"] == "l" + "🙂" * 199


def test_a_selection_can_be_kept_back(chat: Chat, model: StandIn) -> None:
    """The reader can take the selection out of the message."""
    _select_on_page(chat)
    chat.button("Do not send the selected text").click()
    expect(chat.page.locator(".selection")).to_be_hidden()
    model.will(Say("Fine."))
    sent = chat.send("Something else")
    expect(chat.answers).to_have_text("Fine.")
    assert "selected_text" not in sent["metadata"]


def test_selections_inside_the_chat_are_left_alone(answered: Chat, model: StandIn) -> None:
    """Words selected in an answer are not sent, and stay selected while the next one comes."""
    answered.message.fill("And then?")
    word = _select_in_answer(answered)
    assert word == "Because"
    expect(answered.page.locator(".selection")).to_be_hidden()
    model.will(Say("Then it ends."))
    with answered.page.expect_request("**/chatkit") as sent:
        answered.button("Send message").click()
    expect(answered.answers.last).to_have_text("Then it ends.")
    assert "selected_text" not in body(sent.value)["metadata"]
    assert str(answered.page.evaluate(_SELECTED)).strip() == word


def test_selecting_in_the_chat_keeps_the_selection_of_the_page(
    answered: Chat, model: StandIn
) -> None:
    """What was selected on the page is still meant after the reader selects in an answer."""
    word = _select_on_page(answered)
    _select_in_answer(answered)
    model.will(Say("This."))
    sent = answered.send("What is this?")
    expect(answered.answers.last).to_have_text("This.")
    assert sent["metadata"]["selected_text"] == word


def test_selecting_in_the_field_keeps_the_selection_of_the_page(chat: Chat, model: StandIn) -> None:
    """What was selected on the page is still meant after the reader edits the question."""
    word = _select_on_page(chat)
    chat.message.click()
    chat.message.fill("What is this?")
    chat.message.select_text()
    model.will(Say("This."))
    sent = chat.send("And this?")
    expect(chat.answers).to_have_text("This.")
    assert sent["metadata"]["selected_text"] == word
