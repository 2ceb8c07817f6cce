"""How the demo model uses the search, so that it can be tried without a key."""

import json
import re
from collections.abc import AsyncIterator
from typing import Final
from uuid import uuid4

from agents import Tool, TResponseInputItem
from agents.items import TResponseStreamEvent
from openai.types.responses import (
    ResponseFunctionCallArgumentsDeltaEvent,
    ResponseFunctionCallArgumentsDoneEvent,
    ResponseFunctionToolCall,
)

from ..assistant.demo_input import outputs_in, questions_in

_TOOL: Final = "search_content"
_SHOWN: Final = 3
# The first line of a passage: its number, and the title to show.
_TITLE = re.compile(r"^\[(\d+)\] (.+)$", re.MULTILINE)


def search_for(
    given: str | list[TResponseInputItem], tools: list[Tool]
) -> ResponseFunctionToolCall | None:
    """Return the search for the user's last question; None when it was made, or cannot be."""
    questions = questions_in(given)
    if not questions or outputs_in(given) or all(tool.name != _TOOL for tool in tools):
        return None
    arguments = {"queries": [questions[-1]], "search_scope": "full_book"}
    return ResponseFunctionToolCall(
        id=f"fc_demo_{uuid4().hex}",
        call_id=f"call_demo_{uuid4().hex}",
        type="function_call",
        name=_TOOL,
        arguments=json.dumps({**arguments, "chapter": None, "lesson": None}),
        status="completed",
    )


async def call_events(call: ResponseFunctionToolCall) -> AsyncIterator[TResponseStreamEvent]:
    """Yield what stands between the beginning and the end of the call: its arguments."""
    item_id = call.id or call.call_id
    yield ResponseFunctionCallArgumentsDeltaEvent(
        type="response.function_call_arguments.delta",
        item_id=item_id,
        output_index=0,
        delta=call.arguments,
        sequence_number=0,
    )
    # Validated, not constructed: openai's versions disagree on whether `name` is a field of it.
    yield ResponseFunctionCallArgumentsDoneEvent.model_validate(
        {
            "type": "response.function_call_arguments.done",
            "item_id": item_id,
            "output_index": 0,
            "arguments": call.arguments,
            "name": call.name,
            "sequence_number": 0,
        }
    )


def found_in(given: str | list[TResponseInputItem]) -> str:
    """Return a paragraph on what the search found, with citations; empty when none was made."""
    outputs = outputs_in(given)
    if not outputs:
        return ""
    titles = {number: title for output in outputs for number, title in _TITLE.findall(output)}
    if not titles:
        return "I searched the lessons and found nothing.\n\n"
    lines = [f"- {title} [{number}]" for number, title in list(titles.items())[:_SHOWN]]
    return "I searched the lessons, and this comes closest:\n\n" + "\n".join(lines) + "\n\n"
