"""Answers in which there is nothing."""

from agents import RunResultStreaming
from openai.types.responses import (
    ResponseOutputItem,
    ResponseOutputMessage,
    ResponseOutputRefusal,
    ResponseReasoningItem,
)


def is_silent(run: RunResultStreaming) -> bool:
    """Say whether the model's last response holds neither a word nor a call.

    A server that fails may still end its stream in good order: the Agents SDK takes that for an
    answer, and the user would see nothing.
    """
    last = run.raw_responses[-1:]
    return not any(_says_something(item) for response in last for item in response.output)


def _says_something(item: ResponseOutputItem) -> bool:
    match item:
        case ResponseOutputMessage(content=parts):
            return any(isinstance(part, ResponseOutputRefusal) or part.text for part in parts)
        case _:
            return not isinstance(item, ResponseReasoningItem)
