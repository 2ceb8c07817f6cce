"""What the stand-in was asked, the same whichever API asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

_INSTRUCTING = ("system", "developer")


class Line(NamedTuple):
    """Hold one entry of the conversation as the provider received it."""

    role: str
    text: str


@dataclass(frozen=True)
class Recorded:
    """Hold one request: its path below /v1, its headers in lower case and its body."""

    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]

    @property
    def instructions(self) -> str:
        """Return what the agent's instructions had become."""
        if self.path == "/responses":
            return str(self.body.get("instructions") or "")
        return "\n".join(
            line.text for line in self._lines() if line.role in ("system", "developer")
        )

    @property
    def conversation(self) -> list[Line]:
        """Return the conversation in its order, the instructions left out."""
        return [line for line in self._lines() if line.role not in _INSTRUCTING]

    def _lines(self) -> list[Line]:
        if self.path == "/responses":
            given = self.body["input"]
            items = [{"role": "user", "content": given}] if isinstance(given, str) else given
            return [_responses_line(item) for item in items]
        return [line for message in self.body["messages"] for line in _chat_lines(message)]


def _responses_line(item: Mapping[str, Any]) -> Line:
    match item.get("type", "message"):
        case "function_call":
            return Line("call", str(item["name"]))
        case "function_call_output":
            return Line("tool", str(item["output"]))
        case _:
            return Line(str(item["role"]), _text(item["content"]))


def _chat_lines(message: Mapping[str, Any]) -> list[Line]:
    lines = [
        Line("call", str(call["function"]["name"])) for call in message.get("tool_calls") or ()
    ]
    text = _text(message.get("content"))
    return [Line(str(message["role"]), text), *lines] if text or not lines else lines


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(str(part.get("text", f"[{part['type']}]")) for part in content or ())
