"""A provider that fails: the user is told, what was written is kept, the log has the details."""

import logging
import socket

import pytest

from tests.provider.script import BreakOff, Call, Fail, Hold, Refuse, Say, Silence

from .provider_events import ASSISTANT, done, errors, thread_of, told
from .provider_talk import Talk


@pytest.mark.parametrize("end", [BreakOff(), Fail(), Fail("rate_limit_exceeded")], ids=repr)
def test_an_answer_that_breaks_off_is_kept(talk: Talk, end: BreakOff | Fail) -> None:
    """Its words stay in the stream and in the store, and an error says that more was to come."""
    talk.stand_in.will(Say("Half of the", end))
    events = talk.say("What is a loop?")
    (error,) = errors(events)
    assert error["allow_retry"] is True
    assert list(told(events).values()) == ["Half of the"]
    assert done(events) == told(events)
    kept = {item.id: item.content[0].text for item in talk.stored(thread_of(events))[1:]}
    assert kept == done(events)


def test_a_second_message_that_breaks_off(talk: Talk) -> None:
    """The first message of the run is untouched."""
    talk.stand_in.will(Say("Let me look."), Call("look_up", {"word": "loop"}))
    talk.stand_in.will(Say("It means", BreakOff()))
    events = talk.say("What is a loop?")
    assert len(errors(events)) == 1
    assert list(done(events).values()) == ["Let me look.", "It means"]
    kept = [item for item in talk.stored(thread_of(events)) if item.type == ASSISTANT]
    assert [item.id for item in kept] == list(done(events))


def test_an_answer_without_a_word(talk: Talk) -> None:
    """Some servers fail behind a status of 200: nothing comes, in good order."""
    talk.stand_in.refuse(Silence())
    events = talk.say("What is a loop?")
    (error,) = errors(events)
    assert error["allow_retry"] is True
    assert "broke off" in error["message"]
    assert talk.reports[-1].outcome == "failed"


def test_the_conversation_goes_on_after_a_failure(talk: Talk) -> None:
    """The next turn sends what was kept, and its message once."""
    talk.stand_in.will(Say("Half of the", BreakOff()))
    talk.stand_in.will(Say("Whole."))
    thread = thread_of(talk.say("First?"))
    assert errors(talk.say("Second?", thread)) == []
    texts = [line.text for line in talk.stand_in.requests[-1].conversation]
    assert texts == ["First?", "Half of the", "Second?"]


@pytest.mark.parametrize(
    ("refusal", "allow_retry", "word"),
    [
        (Refuse(429), True, "busy"),
        (Refuse(429, "insufficient_quota"), False, "allowance"),
        (Refuse(500), True, "reached"),
        (Refuse(503), True, "reached"),
        (Refuse(400), False, "set up"),
        (Refuse(400, "context_length_exceeded"), False, "too long"),
        (Refuse(400, "content_filter"), False, "help"),
        (Refuse(401, "invalid_api_key"), False, "set up"),
        (Refuse(403), False, "set up"),
        (Refuse(404, "model_not_found"), False, "set up"),
    ],
    ids=lambda value: f"{value.status}-{value.code}" if isinstance(value, Refuse) else "",
)
def test_a_refusal(
    talk: Talk,
    refusal: Refuse,
    allow_retry: bool,
    word: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whether trying again may help is said right; what the provider wrote is not repeated."""
    said = Refuse(refusal.status, refusal.code, "sk-secret: no What is a loop?", refusal.headers)
    talk.stand_in.refuse(said)
    with caplog.at_level(logging.INFO):
        events = talk.say("What is a loop?")
    (error,) = errors(events)
    assert error["allow_retry"] is allow_retry
    assert word in error["message"]
    assert "sk-secret" not in error["message"]
    ours = [r.getMessage() for r in caplog.records if r.name.startswith("generated_")]
    assert any("req-1" in line and str(refusal.status) in line for line in ours)
    assert not any("sk-secret" in line or "What is a loop?" in line for line in ours)
    assert [item.type for item in talk.stored(thread_of(events))] == ["user_message"]


def test_a_request_is_sent_again(talk: Talk) -> None:
    """What passes quickly is never seen by the user."""
    talk.restart(provider_retries=1)
    talk.stand_in.refuse(Refuse(429, headers={"retry-after": "0"}))
    talk.stand_in.will(Say("Hello."))
    events = talk.say("Good morning.")
    assert errors(events) == []
    assert list(done(events).values()) == ["Hello."]
    assert len(talk.stand_in.requests) == 2


def test_a_provider_that_falls_silent(talk: Talk) -> None:
    """The answer is given up after the time that the settings allow, and kept so far."""
    talk.restart(provider_timeout=0.2)
    talk.stand_in.will(Say("Half of", Hold(), " it."))
    events = talk.say("What is a loop?")
    (error,) = errors(events)
    assert error["allow_retry"] is True
    assert "too long" in error["message"]
    assert list(done(events).values()) == ["Half of"]


def test_a_provider_that_is_not_there(talk: Talk) -> None:
    """Nobody listens: that is worth another try."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
    talk.restart(openai_base_url=nobody)
    (error,) = errors(talk.say("Good morning."))
    assert error["allow_retry"] is True
    assert "reached" in error["message"]


def test_an_agent_that_does_not_end(talk: Talk) -> None:
    """A model that calls tools for ever is stopped."""
    talk.stand_in.otherwise = (Call("look_up", {"word": "loop"}),)
    (error,) = errors(talk.say("What is a loop?"))
    assert error["allow_retry"] is True
    assert "end" in error["message"]
