"""The events by which a provider streams an answer; the demo model sends the same."""

import asyncio
import re
from collections.abc import AsyncIterator
from itertools import count
from time import time
from uuid import uuid4

from agents.items import TResponseStreamEvent
from openai.types.responses import (
    Response,
    ResponseCompletedEvent,
    ResponseContentPartAddedEvent,
    ResponseContentPartDoneEvent,
    ResponseCreatedEvent,
    ResponseOutputItem,
    ResponseOutputItemAddedEvent,
    ResponseOutputItemDoneEvent,
    ResponseOutputMessage,
    ResponseOutputText,
    ResponseTextDeltaEvent,
    ResponseTextDoneEvent,
)

# A word with the white space around it: put together, the pieces are the text again.
_WORD = re.compile(r"\s*\S+\s*")


def message(text: str) -> ResponseOutputMessage:
    """Return a complete message with an id of its own."""
    return ResponseOutputMessage(
        id=f"msg_demo_{uuid4().hex}",
        type="message",
        role="assistant",
        status="completed",
        content=[_part(text)],
    )


async def message_events(
    item: ResponseOutputMessage, text: str, word_delay: float
) -> AsyncIterator[TResponseStreamEvent]:
    """Yield what stands between the beginning and the end of a message: its words.

    There are `word_delay` seconds before each of them.
    """
    yield ResponseContentPartAddedEvent(
        type="response.content_part.added",
        item_id=item.id,
        output_index=0,
        content_index=0,
        part=_part(""),
        sequence_number=0,
    )
    for word in _WORD.finditer(text):
        await asyncio.sleep(word_delay)
        yield ResponseTextDeltaEvent(
            type="response.output_text.delta",
            item_id=item.id,
            output_index=0,
            content_index=0,
            delta=word[0],
            logprobs=[],
            sequence_number=0,
        )
    yield ResponseTextDoneEvent(
        type="response.output_text.done",
        item_id=item.id,
        output_index=0,
        content_index=0,
        text=text,
        logprobs=[],
        sequence_number=0,
    )
    yield ResponseContentPartDoneEvent(
        type="response.content_part.done",
        item_id=item.id,
        output_index=0,
        content_index=0,
        part=_part(text),
        sequence_number=0,
    )


async def whole_stream(
    empty: ResponseOutputItem,
    between: AsyncIterator[TResponseStreamEvent],
    item: ResponseOutputItem,
) -> AsyncIterator[TResponseStreamEvent]:
    """Yield the stream of a response with one item, from `empty` to `item`, numbered."""
    response = Response(
        id=f"resp_demo_{uuid4().hex}",
        created_at=time(),
        model="demo",
        object="response",
        output=[],
        parallel_tool_calls=False,
        tool_choice="auto",
        tools=[],
        status="in_progress",
    )
    number = count()
    yield ResponseCreatedEvent(
        type="response.created", response=response, sequence_number=next(number)
    )
    yield ResponseOutputItemAddedEvent(
        type="response.output_item.added",
        item=empty,
        output_index=0,
        sequence_number=next(number),
    )
    async for event in between:
        event.sequence_number = next(number)
        yield event
    yield ResponseOutputItemDoneEvent(
        type="response.output_item.done", item=item, output_index=0, sequence_number=next(number)
    )
    yield ResponseCompletedEvent(
        type="response.completed",
        response=response.model_copy(update={"output": [item], "status": "completed"}),
        sequence_number=next(number),
    )


def _part(text: str) -> ResponseOutputText:
    return ResponseOutputText(type="output_text", text=text, annotations=[])
