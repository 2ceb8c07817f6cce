"""A model for a first look: it answers from a script, without a key and without a network."""

from collections.abc import AsyncIterator

from agents import (
    AgentOutputSchemaBase,
    Handoff,
    Model,
    ModelResponse,
    ModelSettings,
    ModelTracing,
    Tool,
    TResponseInputItem,
    Usage,
)
from agents.items import TResponseStreamEvent
from openai.types.responses import ResponsePromptParam
from typing_extensions import override

from .demo_events import message, message_events, whole_stream
from .demo_input import questions_in
from .demo_script import answer
from .page_note import read_note


class DemoModel(Model):
    """Answer from a script, word by word; the same input gets the same answer."""

    def __init__(self, word_delay: float) -> None:
        """Wait `word_delay` seconds before each word, so that a stop button can be tried."""
        self._word_delay = word_delay

    @override
    async def get_response(
        self,
        system_instructions: str | None,
        input: str | list[TResponseInputItem],
        model_settings: ModelSettings,
        tools: list[Tool],
        output_schema: AgentOutputSchemaBase | None,
        handoffs: list[Handoff],
        tracing: ModelTracing,
        *,
        previous_response_id: str | None,
        conversation_id: str | None,
        prompt: ResponsePromptParam | None,
    ) -> ModelResponse:
        """Return the whole answer at once."""
        item = message(_answer(system_instructions, input))
        return ModelResponse(output=[item], usage=Usage(requests=1), response_id=None)

    @override
    async def stream_response(
        self,
        system_instructions: str | None,
        input: str | list[TResponseInputItem],
        model_settings: ModelSettings,
        tools: list[Tool],
        output_schema: AgentOutputSchemaBase | None,
        handoffs: list[Handoff],
        tracing: ModelTracing,
        *,
        previous_response_id: str | None,
        conversation_id: str | None,
        prompt: ResponsePromptParam | None,
    ) -> AsyncIterator[TResponseStreamEvent]:
        """Yield the events that a provider sends."""
        text = _answer(system_instructions, input)
        item = message(text)
        empty = item.model_copy(update={"content": [], "status": "in_progress"})
        words = message_events(item, text, self._word_delay)
        async for event in whole_stream(empty, words, item):
            yield event


def _answer(instructions: str | None, given: str | list[TResponseInputItem]) -> str:
    return answer(questions_in(given), read_note(instructions))
