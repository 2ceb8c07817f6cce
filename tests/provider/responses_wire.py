"""The wire format of the Responses API: a reply as its events, or as one object."""

import json
import time
from collections.abc import Iterator
from typing import Any

from .script import BreakOff, Call, Fail, Hold, Say

JSON = dict[str, Any]


class ResponsesWire:
    """Write one reply; `serial` makes its ids as unique as a provider's are."""

    def __init__(self, serial: int, body: JSON) -> None:
        """Take the number of the request and its body."""
        self._id = f"resp_{serial:04}"
        self._serial = serial
        self._model = str(body.get("model"))
        self._number = -1

    def stream(self, parts: tuple[Say | Call, ...]) -> Iterator[bytes | Hold | BreakOff]:
        """Yield the frames of the stream, and what is to happen between them."""
        yield self._event("response.created", response=self._response("in_progress", []))
        output: list[JSON] = []
        for index, part in enumerate(parts):
            item = self._item(part, index)
            empty: JSON = {"content": []} if isinstance(part, Say) else {"arguments": ""}
            begun = {**item, **empty, "status": "in_progress"}
            yield self._event("response.output_item.added", output_index=index, item=begun)
            if isinstance(part, Say):
                yield from self._message(part, index, str(item["id"]))
                if part.cut_short:
                    return
            else:
                place = {"output_index": index, "item_id": item["id"]}
                done = {"arguments": item["arguments"], "name": part.name}
                kind = "response.function_call_arguments"
                yield self._event(f"{kind}.delta", **place, delta=item["arguments"])
                yield self._event(f"{kind}.done", **place, **done)
            yield self._event("response.output_item.done", output_index=index, item=item)
            output.append(item)
        yield self._event("response.completed", response=self._response("completed", output))

    def whole(self, parts: tuple[Say | Call, ...]) -> JSON:
        """Return the reply to a request that did not ask for a stream."""
        output = [self._item(part, index) for index, part in enumerate(parts)]
        return self._response("completed", output)

    def _message(self, part: Say, index: int, item: str) -> Iterator[bytes | Hold | BreakOff]:
        place = {"output_index": index, "item_id": item, "content_index": 0}
        yield self._event("response.content_part.added", **place, part=_text(""))
        for piece in part.pieces:
            if isinstance(piece, str):
                for word in words(piece):
                    yield self._event(
                        "response.output_text.delta", **place, delta=word, logprobs=[]
                    )
            elif isinstance(piece, Fail):
                error = {"code": piece.code, "message": piece.message}
                failed = {**self._response("failed", []), "error": error}
                yield self._event("response.failed", response=failed)
            else:
                yield piece
            if isinstance(piece, Fail | BreakOff):
                return
        yield self._event("response.output_text.done", **place, text=part.text, logprobs=[])
        yield self._event("response.content_part.done", **place, part=_text(part.text))

    def _item(self, part: Say | Call, index: int) -> JSON:
        name = f"{self._serial:04}_{index}"
        if isinstance(part, Say):
            return {
                "type": "message",
                "id": f"msg_{name}",
                "role": "assistant",
                "status": "completed",
                "content": [_text(part.text)],
            }
        return {
            "type": "function_call",
            "id": f"fc_{name}",
            "call_id": f"call_{name}",
            "status": "completed",
            "name": part.name,
            "arguments": json.dumps(dict(part.arguments)),
        }

    def _response(self, status: str, output: list[JSON]) -> JSON:
        usage = {
            "input_tokens": 11,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": 7,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": 18,
        }
        return {
            "id": self._id,
            "object": "response",
            "created_at": int(time.time()),
            "status": status,
            "model": self._model,
            "output": output,
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
            "error": None,
            "incomplete_details": None,
            "instructions": None,
            "metadata": {},
            "temperature": 1.0,
            "top_p": 1.0,
            "usage": usage if status == "completed" else None,
        }

    def _event(self, kind: str, **fields: Any) -> bytes:
        self._number += 1
        event = {"type": kind, "sequence_number": self._number, **fields}
        return f"event: {kind}\ndata: {json.dumps(event)}\n\n".encode()


def words(text: str) -> list[str]:
    """Return `text` in pieces of a word and the blank after it."""
    return [word + " " for word in text.split(" ")[:-1]] + [text.rsplit(" ", maxsplit=1)[-1]]


def _text(text: str) -> JSON:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
