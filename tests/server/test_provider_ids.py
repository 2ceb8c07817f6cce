"""Ids are unique and those of the store, whatever the provider sends."""

from typing import Any

import pytest

from tests.provider.script import Call, Say

from .provider_events import ASSISTANT, TOOL_CALL, done, errors, thread_of, told
from .provider_talk import FAKE_ID, Talk


def test_two_messages_around_a_tool_call(talk: Talk) -> None:
    """Two messages of one run are two items: in the stream, in the store and for a client."""
    talk.stand_in.will(Say("Let me look."), Call("look_up", {"word": "loop"}))
    talk.stand_in.will(Say("It means something."))
    events = talk.say("What is a loop?")
    assert errors(events) == []
    said = done(events)
    assert list(said.values()) == ["Let me look.", "It means something."]
    assert FAKE_ID not in said
    assert told(events) == said
    assert {one.id: one.content[0].text for one in _answers(talk, thread_of(events))} == said


def test_ids_of_the_next_turn_are_new(talk: Talk) -> None:
    """A second turn overwrites nothing of the first."""
    talk.stand_in.will(Say("One."))
    talk.stand_in.will(Say("Two."))
    first = talk.say("Count.")
    second = talk.say("Go on.", thread_of(first))
    stored = talk.stored(thread_of(first))
    assert [item.type for item in stored] == ["user_message", ASSISTANT] * 2
    assert [item.id for item in stored if item.type == ASSISTANT] == [*done(first), *done(second)]
    assert len({item.id for item in stored}) == 4


def test_calls_of_the_browser_are_items_of_their_own(talk: Talk) -> None:
    """A client's tool call is only ever done, never added; two of them do not become one."""
    for where in ("left", "right"):
        talk.stand_in.will(Call("ask_browser", {"question": where}))
    talk.stand_in.will(Say("Thank you."))
    first = talk.say("Where is the cursor?")
    thread = thread_of(first)
    second = talk.answer_tool(thread, {"x": 1})
    third = talk.answer_tool(thread, {"x": 2})
    calls = [*done(first, TOOL_CALL), *done(second, TOOL_CALL)]
    assert len(set(calls)) == 2
    assert FAKE_ID not in calls
    assert [item.id for item in talk.stored(thread) if item.type == TOOL_CALL] == calls
    assert list(done(third).values()) == ["Thank you."]
    lines = talk.stand_in.requests[-1].conversation
    assert [line.text for line in lines if line.role == "tool"] == ['{"x": 1}', '{"x": 2}']


@pytest.mark.parametrize("talk", ["responses"], indirect=True)
def test_two_messages_of_one_response(talk: Talk) -> None:
    """The Responses API may send two messages at once, and both are kept."""
    talk.stand_in.will(Say("First part."), Say("Second part."))
    events = talk.say("Tell me.")
    assert list(done(events).values()) == ["First part.", "Second part."]
    assert told(events) == done(events)
    assert [one.id for one in _answers(talk, thread_of(events))] == list(done(events))


def _answers(talk: Talk, thread_id: str) -> list[Any]:
    return [item for item in talk.stored(thread_id) if item.type == ASSISTANT]
