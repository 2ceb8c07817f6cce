"""A new visitor's first requests: one after the other, for the first answer says who they are."""

import pytest
from playwright.sync_api import Route, expect

from ..provider.script import Say
from ..provider.stand_in import StandIn
from .chat import Browsers, Chat

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture
def held() -> list[Route]:
    """Collect the requests that go no further; only the first one is held back."""
    return []


@pytest.fixture
def newcomer(browsers: Browsers, held: list[Route]) -> Chat:
    """Open the lesson for a visitor who asks before the list of threads is there."""
    chat = browsers.visitor()

    def hold(route: Route) -> None:
        held.append(route)
        if len(held) > 1:
            route.continue_()

    chat.page.route("**/chatkit", hold)
    with chat.page.expect_request("**/chatkit"):
        chat.open()
    chat.message.fill("Who am I?")
    chat.message.press("Enter")
    expect(chat.mine).to_have_text("Who am I?")
    # What the page has sent before this is known when this has been answered.
    chat.page.evaluate("async () => { await fetch('/healthz'); }")
    return chat


def test_a_first_question_waits_for_the_first_answer(
    newcomer: Chat, held: list[Route], model: StandIn
) -> None:
    """The list of threads brings the cookie; the question is asked by the same visitor."""
    assert len(held) == 1
    model.will(Say("A visitor."))
    held[0].continue_()
    expect(newcomer.answers).to_have_text("A visitor.")
    newcomer.idle()
    newcomer.page.reload()
    expect(newcomer.answers).to_have_text("A visitor.")


def test_a_first_request_that_fails_holds_nothing_up(
    newcomer: Chat, held: list[Route], model: StandIn
) -> None:
    """Then the question is the first, and nothing is lost."""
    model.will(Say("A visitor."))
    held[0].abort()
    expect(newcomer.answers).to_have_text("A visitor.")
    newcomer.idle()
    newcomer.page.reload()
    expect(newcomer.answers).to_have_text("A visitor.")


def test_a_first_request_that_is_refused_holds_nothing_up(
    newcomer: Chat, held: list[Route], model: StandIn
) -> None:
    """A refusal brings no cookie: the question goes on, as the first."""
    model.will(Say("A visitor."))
    held[0].fulfill(status=503, json={"error": {"code": "x", "message": "Later."}})
    expect(newcomer.answers).to_have_text("A visitor.")
