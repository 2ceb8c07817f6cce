"""The wire format of Chat Completions: a reply as its chunks, or as one object."""

import json
import time
from collections.abc import Iterator
from typing import Any

from .responses_wire import words
from .script import BreakOff, Call, Fail, Hold, Say

JSON = dict[str, Any]
_USAGE: JSON = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}


class ChatWire:
    """Write one reply: at most one message, then calls; this API knows no more."""

    def __init__(self, serial: int, body: JSON) -> None:
        """Take the number of the request and its body."""
        self._serial = serial
        self._common: JSON = {
            "id": f"chatcmpl-{serial:04}",
            "created": int(time.time()),
            "model": str(body.get("model")),
        }
        options: JSON = body.get("stream_options") or {}
        self._counts = bool(options.get("include_usage"))

    def stream(self, parts: tuple[Say | Call, ...]) -> Iterator[bytes | Hold | BreakOff]:
        """Yield the frames of the stream, and what is to happen between them."""
        said, calls = _split(parts)
        yield self._chunk({"role": "assistant", "content": ""})
        for piece in said.pieces if said else ():
            if isinstance(piece, str):
                for word in words(piece):
                    yield self._chunk({"content": word})
            elif isinstance(piece, Fail):
                error = {"code": piece.code, "message": piece.message, "type": piece.code}
                yield _frame({"error": error})
            else:
                yield piece
        if said and said.cut_short:
            return
        for index, call in enumerate(calls):
            made = self._call(call, index)
            function: JSON = made["function"]
            begun = {**made, "index": index, "function": {**function, "arguments": ""}}
            yield self._chunk({"tool_calls": [begun]})
            rest: JSON = {"index": index, "function": {"arguments": function["arguments"]}}
            yield self._chunk({"tool_calls": [rest]})
        yield self._chunk({}, finish="tool_calls" if calls else "stop")
        if self._counts:
            chunk: JSON = {"object": "chat.completion.chunk", "choices": [], "usage": _USAGE}
            yield _frame({**self._common, **chunk})
        yield b"data: [DONE]\n\n"

    def whole(self, parts: tuple[Say | Call, ...]) -> JSON:
        """Return the reply to a request that did not ask for a stream."""
        said, calls = _split(parts)
        message: JSON = {"role": "assistant", "content": said.text if said else None}
        if calls:
            message["tool_calls"] = [self._call(call, index) for index, call in enumerate(calls)]
        finish = "tool_calls" if calls else "stop"
        choice = {"index": 0, "message": message, "finish_reason": finish, "logprobs": None}
        return {**self._common, "object": "chat.completion", "choices": [choice], "usage": _USAGE}

    def _call(self, call: Call, index: int) -> JSON:
        return {
            "id": f"call_{self._serial:04}_{index}",
            "type": "function",
            "function": {"name": call.name, "arguments": json.dumps(dict(call.arguments))},
        }

    def _chunk(self, delta: JSON, finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        return _frame({**self._common, "object": "chat.completion.chunk", "choices": [choice]})


def _split(parts: tuple[Say | Call, ...]) -> tuple[Say | None, list[Call]]:
    said = [part for part in parts if isinstance(part, Say)]
    if len(said) > 1:
        raise ValueError("Chat Completions send one message a request: call a tool between two")
    return (said[0] if said else None), [part for part in parts if isinstance(part, Call)]


def _frame(chunk: JSON) -> bytes:
    return f"data: {json.dumps(chunk)}\n\n".encode()
