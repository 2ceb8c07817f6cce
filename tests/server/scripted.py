"""A model that plays a script inside the test's own event loop, so that a test can hold it."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from agents import Model, ModelResponse, TResponseInputItem, Usage
from agents.items import TResponseStreamEvent
from openai.types.responses import (
    Response,
    ResponseCompletedEvent,
    ResponseFunctionToolCall,
    ResponseOutputItem,
    ResponseOutputItemAddedEvent,
    ResponseOutputItemDoneEvent,
    ResponseOutputMessage,
    ResponseOutputText,
    ResponseReasoningItem,
    ResponseTextDeltaEvent,
)
from typing_extensions import override

# What every item is called behind Chat Completions and LiteLLM.
FAKE_ID = "__fake_id__"


class Hold:
    """Stop here until the test lets go."""

    def __init__(self) -> None:
        """Begin held."""
        self.reached = asyncio.Event()
        self.go = asyncio.Event()


@dataclass
class Say:
    """Stream a message in pieces; a Hold waits there, an error is raised there."""

    pieces: tuple[str | Hold | Exception, ...]
    id: str = FAKE_ID

    @property
    def text(self) -> str:
        """Return the message's text."""
        return "".join(piece for piece in self.pieces if isinstance(piece, str))


@dataclass
class Call:
    """Call a tool."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict[str, Any])
    id: str = FAKE_ID


@dataclass
class Think:
    """Reason, without telling what."""

    id: str = FAKE_ID


Part = Say | Call | Think


def say(*pieces: str | Hold | Exception, id: str = FAKE_ID) -> Say:
    """Return a message made of the pieces."""
    return Say(pieces, id)


class Script(Model):
    """Play one list of parts each time the model is asked."""

    def __init__(self, *answers: Sequence[Part]) -> None:
        """Take the answers in the order they are asked for."""
        self.answers = [list(answer) for answer in answers]
        self.heard: list[list[TResponseInputItem]] = []
        # Set as soon as a stream is given up.
        self.closed = asyncio.Event()

    @override
    async def get_response(self, *asked: Any, **more: Any) -> ModelResponse:
        """Return an answer as a whole."""
        self.heard.append([])
        parts = self.answers.pop(0)
        for part in parts:
            if isinstance(part, Say):
                await _play(part)
        return ModelResponse([_whole(part) for part in parts], Usage(), None)

    @override
    async def stream_response(
        self, system_instructions: str | None, input: Any, *asked: Any, **more: Any
    ) -> AsyncIterator[TResponseStreamEvent]:
        """Stream an answer."""
        self.heard.append(list(input))
        try:
            async for event in _stream(self.answers.pop(0)):
                yield event
        finally:
            self.closed.set()


async def _stream(parts: Sequence[Part]) -> AsyncIterator[TResponseStreamEvent]:
    at: Any = {"output_index": 0, "sequence_number": 0}
    for part in parts:
        item = _whole(part)
        begun = item.model_copy(update={"content": []}) if isinstance(part, Say) else item
        yield ResponseOutputItemAddedEvent(type="response.output_item.added", item=begun, **at)
        for piece in part.pieces if isinstance(part, Say) else ():
            if isinstance(piece, str):
                yield ResponseTextDeltaEvent(
                    type="response.output_text.delta",
                    item_id=part.id,
                    content_index=0,
                    delta=piece,
                    logprobs=[],
                    **at,
                )
            else:
                await _pause(piece)
        yield ResponseOutputItemDoneEvent(type="response.output_item.done", item=item, **at)
    response = Response(
        id="response",
        created_at=0,
        model="script",
        object="response",
        output=[_whole(part) for part in parts],
        parallel_tool_calls=False,
        tool_choice="auto",
        tools=[],
    )
    yield ResponseCompletedEvent(type="response.completed", response=response, sequence_number=0)


async def _play(part: Say) -> None:
    for piece in part.pieces:
        if not isinstance(piece, str):
            await _pause(piece)


async def _pause(piece: Hold | Exception) -> None:
    if isinstance(piece, Exception):
        raise piece
    piece.reached.set()
    await piece.go.wait()


def _whole(part: Part) -> ResponseOutputItem:
    match part:
        case Call():
            return ResponseFunctionToolCall(
                id=part.id,
                call_id=f"call_{uuid4().hex}",
                type="function_call",
                name=part.name,
                arguments=json.dumps(part.arguments),
            )
        case Think():
            return ResponseReasoningItem(id=part.id, type="reasoning", summary=[])
        case Say():
            text = ResponseOutputText(type="output_text", text=part.text, annotations=[])
            return ResponseOutputMessage(
                id=part.id, type="message", role="assistant", status="completed", content=[text]
            )
