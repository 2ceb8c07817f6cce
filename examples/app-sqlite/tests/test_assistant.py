"""The agent, its model, and what is said and logged when an answer fails."""

import asyncio
import logging

import pytest
from agents import (
    Agent,
    MaxTurnsExceeded,
    ModelBehaviorError,
    RunContextWrapper,
    Usage,
    UserError,
)
from chatkit.errors import CustomStreamError
from chatkit.store import NotFoundError
from openai import APIStatusError
from pydantic import SecretStr

from app.assistant.agent import build_agent
from app.assistant.agent_context import AssistantContext
from app.assistant.demo_model import DemoModel
from app.assistant.failures import failure
from app.assistant.model import make_model, make_title_model
from app.assistant.turns import TurnReport, announce, report_turn
from app.config import settings
from app.stores.errors import StoreUnavailable


@pytest.fixture(autouse=True)
def without_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the keys of this machine out of the tests."""
    monkeypatch.setattr(settings, "openai_api_key", None)
    monkeypatch.setattr(settings, "openai_base_url", None)
    monkeypatch.setattr(settings, "title_model", None)


def refused(status: int, code: str | None = None) -> APIStatusError:
    """Return an error of the provider, without the HTTP response that it comes with."""
    error = APIStatusError.__new__(APIStatusError, "What is a loop? sk-secret")
    error.status_code, error.code = status, code
    return error


@pytest.mark.parametrize("key", [None, SecretStr("")])
def test_without_a_key_the_demo_model_answers(
    key: SecretStr | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A first look needs neither key nor network; a variable set to nothing is no key."""
    monkeypatch.setattr(settings, "openai_api_key", key)
    monkeypatch.setattr(settings, "title_model", settings.model)
    assert isinstance(make_model(), DemoModel)
    assert make_title_model() is None


def test_with_a_key_the_model_of_the_settings_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The key alone switches the demo off."""
    monkeypatch.setattr(settings, "openai_api_key", SecretStr("sk-test"))
    assert not isinstance(make_model(), DemoModel)
    assert make_title_model() is None
    monkeypatch.setattr(settings, "title_model", settings.model)
    assert make_title_model() is not None


def test_the_instructions_are_the_file_and_the_page() -> None:
    """The page comes last, and a request without one leaves the file as it is."""

    async def instructions(context: AssistantContext) -> str:
        agent: Agent[AssistantContext] = build_agent()
        return await agent.get_system_prompt(RunContextWrapper(context)) or ""

    nowhere = AssistantContext.model_construct()
    somewhere = AssistantContext.model_construct(
        page_context={"current_chapter": 3, "current_lesson": "loops"}, selected_text="for i in"
    )
    plain, paged = asyncio.run(instructions(nowhere)), asyncio.run(instructions(somewhere))
    assert plain
    assert paged.startswith(plain)
    assert '"current_lesson": "loops", "selected_text": "for i in"' in paged[len(plain) :]


@pytest.mark.parametrize(
    ("error", "allow_retry", "word"),
    [
        (refused(429), True, "busy"),
        (refused(429, "insufficient_quota"), False, "allowance"),
        (refused(500), True, "reached"),
        (refused(401, "invalid_api_key"), False, "set up"),
        (refused(400, "context_length_exceeded"), False, "too long"),
        (ModelBehaviorError("What is a loop? sk-secret"), True, "broke off"),
        (MaxTurnsExceeded("What is a loop? sk-secret"), True, "end"),
        (UserError("What is a loop? sk-secret"), False, "set up"),
        (StoreUnavailable("What is a loop? sk-secret"), True, "conversations"),
        (NotFoundError("What is a loop? sk-secret"), False, "exist"),
        (RuntimeError("What is a loop? sk-secret"), True, "wrong"),
    ],
)
def test_a_failure_is_told_and_logged(
    error: Exception, allow_retry: bool, word: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The user reads a sentence; the log has the request, the class, and no text of anybody's."""
    with caplog.at_level(logging.INFO):
        event = failure(error, "req-1")
    assert event.allow_retry is allow_retry
    assert event.message is not None
    assert word in event.message
    assert "req-1" in caplog.text
    assert type(error).__name__ in caplog.text
    for shown in (caplog.text, event.message):
        assert "sk-secret" not in shown
        assert "What is a loop?" not in shown


def test_a_message_of_our_own_is_passed_on() -> None:
    """A tool may end the turn with words of its own."""
    event = failure(CustomStreamError("Closed on Sundays.", allow_retry=False), "req-1")
    assert (event.message, event.allow_retry) == ("Closed on Sundays.", False)


def test_a_turn_is_one_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """It tells which request and thread, how long, and how many tokens."""
    usage = Usage(requests=1, input_tokens=11, output_tokens=7, total_tokens=18)
    with caplog.at_level(logging.INFO):
        report = report_turn("req-1", "thr_1", "completed", 1.5, usage)
    assert (report.input_tokens, report.output_tokens) == (11, 7)
    (line,) = caplog.messages
    assert all(part in line for part in ("completed", "req-1", "thr_1", "1.500", "=11", "=7"))


def test_unknown_tokens_are_none() -> None:
    """No number is better than a wrong one."""
    assert report_turn("req-1", "thr_1", "failed", 0.1, Usage()).input_tokens is None
    assert report_turn("req-1", "thr_1", "failed", 0.1, None).output_tokens is None


def test_a_hook_that_raises_breaks_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """Its error is in the log, and goes no further."""
    seen: list[TurnReport] = []

    async def hook(report: TurnReport) -> None:
        seen.append(report)
        raise RuntimeError("no analytics today")

    report = report_turn("req-1", "thr_1", "completed", 0.1, None)
    asyncio.run(announce(report, hook))
    asyncio.run(announce(report, None))
    assert seen == [report]
    assert "no analytics today" in caplog.text
