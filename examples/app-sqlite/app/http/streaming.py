"""Send an answer as it is written, and let go of it however the response ends."""

import logging
from collections.abc import AsyncGenerator
from typing import Final

from fastapi.responses import StreamingResponse
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from ..assistant.failures import failure

logger = logging.getLogger(__name__)

_HEADERS: Final = {
    "Cache-Control": "no-cache",
    "Connection": "keep-alive",
    # nginx would collect the answer and hand it on when it is complete.
    "X-Accel-Buffering": "no",
}


class EventStream(StreamingResponse):
    """Send the events of one answer."""

    def __init__(self, first: bytes, events: AsyncGenerator[bytes, None], request_id: str) -> None:
        """Take the first event and the generator of the others."""
        body = _body(first, events, request_id)
        super().__init__(body, headers=_HEADERS, media_type="text/event-stream")
        self._events = events

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events; servers tell in two ways that the reader has left."""
        try:
            await super().__call__(scope, receive, send)
        except ClientDisconnect:
            logger.info("the reader left")
        finally:
            # A reader who leaves while an event is sent leaves the generator suspended: closed by
            # the garbage collector, later, it would store what was written too late or not at all.
            await self._events.aclose()


async def open_stream(events: AsyncGenerator[bytes, None], request_id: str) -> EventStream | None:
    """Return the response once its first event is there; None for a stream without any.

    What breaks before the first event is raised: no header is sent yet, and a status can tell.
    """
    first = await anext(events, None)
    return None if first is None else EventStream(first, events, request_id)


async def _body(
    first: bytes, events: AsyncGenerator[bytes, None], request_id: str
) -> AsyncGenerator[bytes, None]:
    """Yield the events; what breaks now ends the stream with an `error` event."""
    yield first
    try:
        async for event in events:
            yield event
    except Exception as error:  # noqa: BLE001  whatever it is, the reader is told
        last = failure(error, request_id).model_dump_json(by_alias=True, exclude_none=True)
        yield b"data: " + last.encode() + b"\n\n"
