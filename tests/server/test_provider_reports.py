"""What is reported of a turn, and what a stop leaves behind."""

import asyncio
import logging

import pytest

from tests.provider.script import BreakOff, Call, Hold, Say

from .provider_events import ASSISTANT, thread_of
from .provider_talk import Event, Talk


def test_the_tokens_of_the_whole_run_are_reported(talk: Talk) -> None:
    """Both requests of the run count."""
    talk.stand_in.will(Say("Let me look."), Call("look_up", {"word": "loop"}))
    talk.stand_in.will(Say("It means something."))
    thread = thread_of(talk.say("What is a loop?"))
    talk.run(talk.server.aclose())
    (report,) = talk.reports
    assert (report.request_id, report.thread_id) == ("req-1", thread)
    assert (report.outcome, report.input_tokens, report.output_tokens) == ("completed", 22, 14)
    assert report.seconds > 0


def test_a_failed_turn_is_reported_as_one(talk: Talk) -> None:
    """Its tokens are unknown: the provider tells them at the end."""
    talk.stand_in.will(Say("Half of", BreakOff()))
    talk.say("What is a loop?")
    talk.run(talk.server.aclose())
    (report,) = talk.reports
    assert (report.outcome, report.input_tokens) == ("failed", None)


def test_no_text_is_logged(talk: Talk, caplog: pytest.LogCaptureFixture) -> None:
    """One line tells of the turn; neither question nor answer is in the log."""
    talk.stand_in.will(Say("A secret answer."))
    with caplog.at_level(logging.INFO):
        talk.say("A secret question.")
    lines = [record.getMessage() for record in caplog.records]
    assert sum("turn completed" in line and "req-1" in line for line in lines) == 1
    assert not any("secret" in line for line in lines)


def test_a_stop_keeps_what_was_written(talk: Talk) -> None:
    """A reader that goes away in the middle of a message finds it when it comes back."""
    hold = Hold()
    talk.stand_in.will(Say("Half of", hold, " it."))

    async def read_until_held() -> list[Event]:
        seen: list[Event] = []
        stream = talk.stream(talk.request("What is a loop?"))
        async for event in stream:
            seen.append(event)
            if event.get("update", {}).get("delta", "").endswith("of"):
                break
        await asyncio.to_thread(hold.reached.wait)
        await stream.aclose()
        return seen

    thread = thread_of(talk.run(read_until_held()))
    talk.run(talk.server.aclose())
    kept = [item for item in talk.stored(thread) if item.type == ASSISTANT]
    assert [item.content[0].text for item in kept] == ["Half of"]
    assert [report.outcome for report in talk.reports] == ["cancelled"]
