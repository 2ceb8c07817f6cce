"""What the demo model takes from a model's input: the questions of the user."""

from collections.abc import Mapping, Sequence
from typing import Final, cast

from agents import TResponseInputItem

# The SDK's own notes come as messages of the user too; these are how they begin.
_NOTES: Final = (
    "The user is referring to this in particular",
    "# User-provided context for @-mentions",
    "Hidden context for the agent",
    "A message was displayed to the user",
    "The following ",
    "A structured input request",
)


def questions_in(given: str | list[TResponseInputItem]) -> list[str]:
    """Return what the user has written so far, the oldest first."""
    if isinstance(given, str):
        return [given]
    items = (cast(Mapping[str, object], item) for item in given)
    texts = (_text_of(item.get("content")) for item in items if item.get("role") == "user")
    return [text for text in texts if text and not text.startswith(_NOTES)]


# {% if rag %}
def outputs_in(given: str | list[TResponseInputItem]) -> list[str]:
    """Return what the tools answered since the user's last message, the oldest first."""
    outputs: list[str] = []
    for item in [] if isinstance(given, str) else given:
        entry = cast(Mapping[str, object], item)
        if entry.get("role") == "user":
            outputs.clear()
        elif entry.get("type") == "function_call_output":
            outputs.append(str(entry["output"]))
    return outputs


# {% endif %}
def _text_of(content: object) -> str:
    if isinstance(content, str):
        return content
    if not isinstance(content, Sequence):
        return ""
    parts = (cast(Mapping[str, object], part) for part in cast(Sequence[object], content))
    return "\n".join(str(part["text"]) for part in parts if part.get("type") == "input_text")
