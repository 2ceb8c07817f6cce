"""What the provider is sent: the conversation once, in its order."""

import pytest

from tests.provider.recorded import Line
from tests.provider.script import BreakOff, Call, Say

from .provider_events import errors, thread_of
from .provider_talk import Talk


def test_the_first_message_is_sent_once(talk: Talk) -> None:
    """The SDK has stored the message already; the history must not repeat it."""
    talk.stand_in.will(Say("Hello."))
    talk.say("Good morning.")
    (request,) = talk.stand_in.requests
    assert request.conversation == [Line("user", "Good morning.")]
    assert request.path == ("/responses" if talk.api == "responses" else "/chat/completions")
    assert request.body["model"] == talk.settings.model.removeprefix("openai/")


def test_the_second_turn_carries_the_first(talk: Talk) -> None:
    """The SDK's own converter raises here for Chat Completions and LiteLLM."""
    talk.stand_in.will(Say("Hello."))
    talk.stand_in.will(Say("Fine."))
    thread = thread_of(talk.say("Good morning."))
    assert errors(talk.say("How are you?", thread)) == []
    assert talk.stand_in.requests[1].conversation == [
        Line("user", "Good morning."),
        Line("assistant", "Hello."),
        Line("user", "How are you?"),
    ]


def test_the_output_of_a_tool_follows_its_call(talk: Talk) -> None:
    """Within a run the provider sees the call and what came of it."""
    talk.stand_in.will(Say("Let me look."), Call("look_up", {"word": "loop"}))
    talk.stand_in.will(Say("It means something."))
    talk.say("What is a loop?")
    lines = talk.stand_in.requests[1].conversation
    assert lines[0] == Line("user", "What is a loop?")
    assert Line("assistant", "Let me look.") in lines
    assert lines[-2:] == [Line("call", "look_up"), Line("tool", "loop means something")]


def test_the_instructions_are_those_of_the_file(talk: Talk) -> None:
    """Neither the history nor the user comes before the instructions."""
    talk.stand_in.will(Say("Hello."))
    talk.say("Good morning.")
    (request,) = talk.stand_in.requests
    assert request.instructions.startswith("You are the assistant of a book.")


@pytest.mark.parametrize("limit", [2, 3])
def test_a_long_thread_is_cut_at_whole_turns(talk: Talk, limit: int) -> None:
    """The newest turns are sent, and none of them without its question."""
    talk.restart(history_limit=limit)
    for answer in ("One.", "Two.", "Three."):
        talk.stand_in.will(Say(answer))
    thread = thread_of(talk.say("First?"))
    talk.say("Second?", thread)
    talk.say("Third?", thread)
    lines = talk.stand_in.requests[-1].conversation
    assert lines[-1] == Line("user", "Third?")
    assert lines[0].role == "user"
    assert Line("user", "First?") not in lines


def test_a_retry_sends_the_question_once(talk: Talk) -> None:
    """What came of the first try is neither sent nor kept."""
    talk.stand_in.will(Say("Half of the", BreakOff()))
    talk.stand_in.will(Say("The whole answer."))
    thread = thread_of(talk.say("What is a loop?"))
    question = talk.stored(thread)[0].id
    again = {"thread_id": thread, "item_id": question}
    events = talk.send({"type": "threads.retry_after_item", "params": again})
    assert errors(events) == []
    assert talk.stand_in.requests[-1].conversation == [Line("user", "What is a loop?")]
    kept = [item.content[0].text for item in talk.stored(thread)]
    assert kept == ["What is a loop?", "The whole answer."]
