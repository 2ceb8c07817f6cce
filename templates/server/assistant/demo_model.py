"""A model for a first look: it answers from a script, without a key and without a network."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from time import time
from typing import Literal, cast
from uuid import uuid4

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
from openai.types.responses import (
    Response,
    ResponseCompletedEvent,
    ResponseContentPartAddedEvent,
    ResponseContentPartDoneEvent,
    ResponseCreatedEvent,
    ResponseOutputItemAddedEvent,
    ResponseOutputItemDoneEvent,
    ResponseOutputMessage,
    ResponseOutputText,
    ResponsePromptParam,
    ResponseTextDeltaEvent,
    ResponseTextDoneEvent,
)
from typing_extensions import override

from .demo_script import answer
from .page_note import read_note

# A word and the white space after it, so that the words put together are the text again.
_WORDS = re.compile(r"\s*\S+\s*")


class DemoModel(Model):
    """Answer from a script, word by word; the same question gets the same answer."""

    def __init__(self, word_delay: float) -> None:
        """Wait `word_delay` seconds between words, so that a stop button can be tried."""
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
        message = _message(answer(_questions(input), read_note(system_instructions)))
        return ModelResponse(output=[message], usage=Usage(requests=1), response_id=None)

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
        """Yield the events that a provider sends for one message."""
        message = _message(answer(_questions(input), read_note(system_instructions)))
        # The events are numbered at the end: the order in which they are yielded is their number.
        number = 0
        async for event in self._events(message):
            event.sequence_number = number
            number += 1
            yield event

    async def _events(self, message: ResponseOutputMessage) -> AsyncIterator[TResponseStreamEvent]:
        text = cast(ResponseOutputText, message.content[0])
        response = _response([], "in_progress")
        empty = message.model_copy(update={"content": [], "status": "in_progress"})
        yield ResponseCreatedEvent(type="response.created", response=response, sequence_number=0)
        yield ResponseOutputItemAddedEvent(
            type="response.output_item.added", item=empty, output_index=0, sequence_number=0
        )
        yield ResponseContentPartAddedEvent(
            type="response.content_part.added",
            item_id=message.id,
            output_index=0,
            content_index=0,
            part=ResponseOutputText(type="output_text", text="", annotations=[]),
            sequence_number=0,
        )
        for word in cast(list[str], _WORDS.findall(text.text)):
            await asyncio.sleep(self._word_delay)
            yield ResponseTextDeltaEvent(
                type="response.output_text.delta",
                item_id=message.id,
                output_index=0,
                content_index=0,
                delta=word,
                logprobs=[],
                sequence_number=0,
            )
        yield ResponseTextDoneEvent(
            type="response.output_text.done",
            item_id=message.id,
            output_index=0,
            content_index=0,
            text=text.text,
            logprobs=[],
            sequence_number=0,
        )
        yield ResponseContentPartDoneEvent(
            type="response.content_part.done",
            item_id=message.id,
            output_index=0,
            content_index=0,
            part=text,
            sequence_number=0,
        )
        yield ResponseOutputItemDoneEvent(
            type="response.output_item.done", item=message, output_index=0, sequence_number=0
        )
        done = response.model_copy(update={"output": [message], "status": "completed"})
        yield ResponseCompletedEvent(type="response.completed", response=done, sequence_number=0)


def _message(text: str) -> ResponseOutputMessage:
    return ResponseOutputMessage(
        id=f"msg_demo_{uuid4().hex}",
        type="message",
        role="assistant",
        status="completed",
        content=[ResponseOutputText(type="output_text", text=text, annotations=[])],
    )


def _response(
    output: list[ResponseOutputMessage], status: Literal["in_progress", "completed"]
) -> Response:
    return Response(
        id=f"resp_demo_{uuid4().hex}",
        created_at=time(),
        model="demo",
        object="response",
        output=[*output],
        parallel_tool_calls=False,
        tool_choice="auto",
        tools=[],
        status=status,
    )


def _questions(input: str | list[TResponseInputItem]) -> list[str]:
    if isinstance(input, str):
        return [input]
    texts = (
        _text_of(cast(Mapping[str, object], item).get("content"))
        for item in input
        if cast(Mapping[str, object], item).get("role") == "user"
    )
    return [text for text in texts if text]


def _text_of(content: object) -> str:
    if isinstance(content, str):
        return content
    if not isinstance(content, Sequence):
        return ""
    parts = (cast(Mapping[str, object], part) for part in cast(Sequence[object], content))
    return "\n".join(str(part["text"]) for part in parts if part.get("type") == "input_text")
