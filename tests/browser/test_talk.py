"""Send, stream, stop, try again, reload."""

import pytest
from playwright.sync_api import expect

from ..provider.script import BreakOff, Hold, Refuse, Say
from ..provider.stand_in import StandIn
from .chat import Browsers, Chat, body

pytestmark = pytest.mark.needs("chromium")


def test_an_answer_appears_while_it_is_written(chat: Chat, model: StandIn) -> None:
    """The first words are there before the last ones exist."""
    hold = Hold()
    model.will(Say("The first half, ", hold, "and the second."))
    chat.send("Tell me")
    expect(chat.answers).to_have_text("The first half,")
    expect(chat.mine).to_have_text("Tell me")
    expect(chat.button("Stop answering")).to_be_visible()
    hold.release()
    expect(chat.answers).to_have_text("The first half, and the second.")
    expect(chat.button("Send message")).to_be_visible()


def test_stop_keeps_what_was_written(chat: Chat, model: StandIn) -> None:
    """After a stop the beginning of the answer stays, on the screen and on the server."""
    hold = Hold()
    model.will(Say("Kept so far ", hold, "and never written."))
    chat.send("Tell me")
    expect(chat.answers).to_have_text("Kept so far")
    chat.button("Stop answering").click()
    chat.idle()
    expect(chat.answers).to_have_text("Kept so far")
    expect(chat.alert).to_have_count(0)
    expect(chat.items).to_have_count(2)
    _reload_until_stored(chat)
    expect(chat.answers).to_have_text("Kept so far")


def _reload_until_stored(chat: Chat) -> None:
    """Reload until the server has noticed the stop; the browser cannot tell when it does."""
    for _ in range(20):
        chat.page.reload()
        expect(chat.mine).to_have_text("Tell me")
        if chat.answers.count():
            return


def test_a_conversation_goes_on_after_a_stop(chat: Chat, model: StandIn) -> None:
    """The next question is answered below what was stopped."""
    hold = Hold()
    model.will(Say("Half ", hold, "whole"))
    chat.send("First")
    expect(chat.answers).to_have_text("Half")
    chat.message.press("Escape")
    chat.idle()
    model.will(Say("Second answer."))
    chat.ask("Second", "Second answer.")
    expect(chat.answers).to_have_text(["Half", "Second answer."])


def test_a_question_stopped_before_the_first_word_can_be_answered(
    chat: Chat, model: StandIn
) -> None:
    """When there is nothing to answer again, the question itself offers it."""
    hold = Hold()
    model.will(Say(hold, "Never."))
    chat.send("Wait")
    expect(chat.page.locator(".item-user_message")).not_to_have_attribute("data-item", "pending-1")
    assert hold.reached.wait(60)  # else the stop may come before the model has been asked
    chat.button("Stop answering").click()
    model.will(Say("Here you are."))
    chat.button("Get an answer").click()
    expect(chat.answers).to_have_text("Here you are.")
    expect(chat.button("Get an answer")).to_be_hidden()


def test_reload_finds_the_history(answered: Chat) -> None:
    """The conversation that was open is open again, with its title and its items."""
    answered.page.reload()
    expect(answered.mine).to_have_text("Why is it?")
    expect(answered.answers).to_have_text("Because of the loop.")
    expect(answered.page.get_by_role("heading", name="Why is it?")).to_be_visible()


def test_ids_on_the_screen_are_the_stored_ones(answered: Chat) -> None:
    """What the stream called an item is what the history calls it."""
    ids = "items => items.map(item => item.dataset.item)"
    streamed = answered.items.evaluate_all(ids)
    answered.page.reload()
    expect(answered.items).to_have_count(2)
    assert answered.items.evaluate_all(ids) == streamed


def test_answer_again_replaces_the_answer(answered: Chat, model: StandIn) -> None:
    """The old answer is gone for good when a new one is asked for."""
    model.will(Say("For another reason."))
    answered.button("Answer again").click()
    expect(answered.answers).to_have_text("For another reason.")
    answered.idle()
    answered.page.reload()
    expect(answered.answers).to_have_text("For another reason.")
    expect(answered.mine).to_have_text("Why is it?")


def test_an_error_can_be_tried_again(chat: Chat, model: StandIn) -> None:
    """A failed answer says so in words, and the same message is answered at the second try."""
    model.refuse(Refuse(429, "rate_limit_exceeded", headers={"x-should-retry": "false"}))
    chat.send("Is anybody there?")
    expect(chat.alert).to_be_visible()
    model.will(Say("Yes."))
    chat.button("Try again").click()
    expect(chat.answers).to_have_text("Yes.")
    expect(chat.mine).to_have_count(1)
    expect(chat.alert).to_have_count(0)


def test_an_answer_that_breaks_off_can_be_tried_again(chat: Chat, model: StandIn) -> None:
    """When the provider goes away in the middle, the user is told and may try again."""
    model.will(Say("This is not ", BreakOff()))
    chat.send("Go on")
    expect(chat.alert).to_be_visible()
    model.will(Say("This is whole."))
    chat.button("Try again").click()
    expect(chat.answers).to_have_text("This is whole.")


def test_a_message_that_was_not_taken_comes_back(chat: Chat, model: StandIn) -> None:
    """Without a network the text returns to its field, and goes out once there is one again."""
    chat.page.context.set_offline(True)
    chat.message.fill("Do not lose me")
    chat.message.press("Enter")
    expect(chat.alert).to_contain_text("cannot be reached")
    expect(chat.message).to_have_value("Do not lose me")
    expect(chat.mine).to_have_count(0)
    chat.page.context.set_offline(False)
    model.will(Say("You were not lost."))
    chat.button("Try again").click()
    expect(chat.answers).to_have_text("You were not lost.")
    expect(chat.message).to_have_value("")


def test_feedback_is_sent(answered: Chat) -> None:
    """A thumb is pressed, stays pressed and reaches the server."""
    with answered.page.expect_response("**/chatkit") as response:
        answered.button("Good answer").click()
    assert response.value.ok
    sent = body(response.value.request)
    assert (sent["type"], sent["params"]["kind"]) == ("items.feedback", "positive")
    assert sent["params"]["item_ids"] == [
        answered.page.locator(".item-assistant_message").get_attribute("data-item")
    ]
    expect(answered.button("Good answer")).to_have_attribute("aria-pressed", "true")


def test_two_visitors_do_not_see_each_other(browsers: Browsers, model: StandIn) -> None:
    """Another browser neither lists the first one's conversation nor opens it by its id."""
    first, second = browsers.visitor().open(), browsers.visitor().open()
    model.will(Say("Only for you."))
    first.ask("A secret", "Only for you.")
    expect(first.threads()).to_have_count(1)
    second.page.evaluate("entries => Object.assign(localStorage, entries)", _storage(first))
    with second.page.expect_response(lambda response: response.status == 404):
        second.page.reload()
    expect(second.items).to_have_count(0)
    expect(second.threads()).to_have_count(0)


def _storage(chat: Chat) -> object:
    return chat.page.evaluate("({...localStorage})")
