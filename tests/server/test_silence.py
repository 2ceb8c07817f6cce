"""What counts as an answer of the model's, and what as none."""

from dataclasses import dataclass
from typing import Any

import pytest
from agents import ModelResponse, Usage
from openai.types.responses import (
    ResponseFunctionToolCall,
    ResponseOutputItem,
    ResponseOutputMessage,
    ResponseOutputRefusal,
    ResponseOutputText,
    ResponseReasoningItem,
)

from .chats import part


@dataclass
class Run:
    """Hold what is_silent() looks at."""

    raw_responses: list[ModelResponse]


def message(*content: Any) -> ResponseOutputMessage:
    """Return a message of the model's."""
    return ResponseOutputMessage(
        id="m", content=[*content], role="assistant", status="completed", type="message"
    )


def text(words: str) -> ResponseOutputText:
    """Return words of a message."""
    return ResponseOutputText(annotations=[], text=words, type="output_text")


CALL = ResponseFunctionToolCall(arguments="{}", call_id="c", name="save", type="function_call")
THOUGHT = ResponseReasoningItem(id="r", summary=[], type="reasoning")
REFUSAL = ResponseOutputRefusal(refusal="No.", type="refusal")


@pytest.mark.parametrize(
    ("output", "silent"),
    [
        ([], True),
        ([THOUGHT], True),
        ([message(text(""))], True),
        ([message(text("Yes."))], False),
        ([message(REFUSAL)], False),
        # A tool may end the run with nothing to show, or wait for somebody's approval.
        ([CALL], False),
        ([THOUGHT, CALL], False),
    ],
)
def test_an_answer_holds_a_word_or_a_call(output: list[ResponseOutputItem], silent: bool) -> None:
    """The last response counts: before it tools were asked, and answered."""
    spoken = ModelResponse([message(text("Let me see.")), CALL], Usage(), None)
    run = Run([spoken, ModelResponse(output, Usage(), None)])
    assert part("assistant.silence").is_silent(run) is silent
