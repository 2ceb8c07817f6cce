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


def _text_of(content: object) -> str:
    if isinstance(content, str):
        return content
    if not isinstance(content, Sequence):
        return ""
    parts = (cast(Mapping[str, object], part) for part in cast(Sequence[object], content))
    return "\n".join(str(part["text"]) for part in parts if part.get("type") == "input_text")
