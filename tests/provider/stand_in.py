"""The stand-in itself: a real HTTP server on a free port of this machine."""

import asyncio
import json
import socket
from collections import deque
from collections.abc import Awaitable, Callable, Generator, Iterator
from contextlib import contextmanager
from threading import Lock, Thread
from typing import Any

import uvicorn

from .chat_wire import ChatWire
from .recorded import Recorded
from .responses_wire import ResponsesWire
from .script import BreakOff, Call, Hold, Refuse, Reply, Say, Silence

_WIRES = {"/responses": ResponsesWire, "/chat/completions": ChatWire}
_JSON = (b"content-type", b"application/json")
_SSE = (b"content-type", b"text/event-stream")

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class StandIn:
    """Answer what the test told it to, in that order; keep what it was asked."""

    def __init__(self, port: int) -> None:
        """Begin with nothing to say."""
        self.base_url = f"http://127.0.0.1:{port}/v1"
        # What is said when nothing was told; without it such a request is an error.
        self.otherwise: Reply | None = None
        self._told: deque[Reply] = deque()
        self._requests: list[Recorded] = []
        self._holds: list[Hold] = []
        self._lock = Lock()

    def will(self, *parts: Say | Call) -> None:
        """Answer the next request that is not answered yet with these."""
        held = [part.pieces for part in parts if isinstance(part, Say)]
        with self._lock:
            self._told.append(parts)
            self._holds += [piece for pieces in held for piece in pieces if isinstance(piece, Hold)]

    def refuse(self, refusal: Refuse | Silence) -> None:
        """Refuse the next request that is not answered yet, or say nothing to it."""
        with self._lock:
            self._told.append(refusal)

    @property
    def requests(self) -> list[Recorded]:
        """Return the requests so far, the oldest first."""
        with self._lock:
            return list(self._requests)

    @property
    def left(self) -> int:
        """Return how many replies nobody asked for yet."""
        with self._lock:
            return len(self._told)

    def forget(self) -> int:
        """Drop the replies that nobody asked for, and return how many there were."""
        with self._lock:
            left = len(self._told)
            self._told.clear()
            return left

    def let_go(self) -> None:
        """Release whatever is still held."""
        with self._lock:
            for hold in self._holds:
                hold.release()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one request; this is the ASGI application."""
        path = str(scope["path"]).removeprefix("/v1")
        body = json.loads(await _read(receive) or b"{}")
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        with self._lock:
            self._requests.append(Recorded(path, headers, body))
            serial = len(self._requests)
            reply = self._told.popleft() if self._told else self.otherwise
        if reply is None or path not in _WIRES:
            reply = Refuse(501, message=f"request {serial}, {path}: nothing was told to answer it")
        if isinstance(reply, Refuse):
            error = {"message": reply.message, "type": "stand_in", "code": reply.code}
            extra = [(name.encode(), value.encode()) for name, value in reply.headers.items()]
            await _whole(send, reply.status, {"error": error}, extra)
            return
        if isinstance(reply, Silence):
            await _stream(send, iter(()))
            return
        wire = _WIRES[path](serial, body)
        if body.get("stream"):
            await _stream(send, wire.stream(reply))
        else:
            await _whole(send, 200, wire.whole(reply), [])


@contextmanager
def standing_in() -> Generator[StandIn]:
    """Run a stand-in in a thread of its own until the block ends."""
    # Bound and listening before the server starts: who connects early waits in the queue.
    with socket.create_server(("127.0.0.1", 0)) as listening:
        stand_in = StandIn(listening.getsockname()[1])
        config = uvicorn.Config(stand_in, lifespan="off", log_config=None, access_log=False)
        # A connection that a test left open must not hold up the end.
        config.timeout_graceful_shutdown = 1
        server = uvicorn.Server(config)
        thread = Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            yield stand_in
        finally:
            stand_in.let_go()
            server.should_exit = True
            thread.join()


async def _read(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


async def _whole(send: Send, status: int, body: Any, extra: list[tuple[bytes, bytes]]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [_JSON, *extra]})
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})


async def _stream(send: Send, frames: Iterator[bytes | Hold | BreakOff]) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [_SSE]})
    for frame in frames:
        if isinstance(frame, BreakOff):
            # uvicorn closes a connection whose body is not complete when the application returns.
            return
        if isinstance(frame, Hold):
            await asyncio.to_thread(frame.wait)
        else:
            await send({"type": "http.response.body", "body": frame, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
