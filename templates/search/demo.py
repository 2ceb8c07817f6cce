"""The demo model's way with the search: it asks for the question's words, and quotes one passage.

A real model words its own queries, chooses the scope and decides what to use.
"""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from time import time
from typing import Final, cast
from uuid import uuid4

from agents import Tool, TResponseInputItem
from agents.items import TResponseStreamEvent
from openai.types.responses import (
    Response,
    ResponseCompletedEvent,
    ResponseFunctionToolCall,
    ResponseOutputItemAddedEvent,
    ResponseOutputItemDoneEvent,
)

_LENGTH: Final = 400


def search_call(
    input: str | list[TResponseInputItem], tools: Sequence[Tool], question: str
) -> ResponseFunctionToolCall | None:
    """Return the call that searches for the question, None when its answer is already there."""
    if (
        _output(input) is not None
        or not question
        or not any(tool.name == "search_content" for tool in tools)
    ):
        return None
    return ResponseFunctionToolCall(
        type="function_call",
        id=f"fc_demo_{uuid4().hex}",
        call_id=f"call_demo_{uuid4().hex}",
        name="search_content",
        arguments=json.dumps({"queries": [question], "search_scope": "full_book"}),
        status="completed",
    )


async def call_events(call: ResponseFunctionToolCall) -> AsyncIterator[TResponseStreamEvent]:
    """Yield the events that a provider sends for one tool call."""
    yield ResponseOutputItemAddedEvent(
        type="response.output_item.added", item=call, output_index=0, sequence_number=0
    )
    yield ResponseOutputItemDoneEvent(
        type="response.output_item.done", item=call, output_index=0, sequence_number=0
    )
    response = Response(
        id=f"resp_demo_{uuid4().hex}",
        created_at=time(),
        model="demo",
        object="response",
        output=[call],
        parallel_tool_calls=False,
        tool_choice="auto",
        tools=[],
        status="completed",
    )
    yield ResponseCompletedEvent(type="response.completed", response=response, sequence_number=0)


def quotation(input: str | list[TResponseInputItem]) -> str | None:
    """Return the best passage of the search just made, cited; None when there was no search."""
    output = _output(input)
    if output is None:
        return None
    before, mark, found = output.partition("\n\n[1] ")
    if not mark:
        return f"I looked into the lessons. {before}"
    title, _, passage = found.partition("\n")
    # The first line is the headings above the passage; the next passage begins with its number.
    text = passage.partition("\n")[2].partition("\n\n[")[0].strip()
    short = text if len(text) <= _LENGTH else text[:_LENGTH].rstrip() + " …"
    quoted = "\n".join(f"> {line}" for line in short.splitlines())
    return f"The lessons say, in *{title}*:\n\n{quoted}\n\nThat is what fits your words best [1]."


def _output(input: str | list[TResponseInputItem]) -> str | None:
    """Return what the search said, when it is the last thing that happened."""
    if isinstance(input, str) or not input:
        return None
    items = cast(list[Mapping[str, object]], input)
    last = items[-1]
    searches = {item.get("call_id") for item in items if item.get("name") == "search_content"}
    found = last.get("type") == "function_call_output" and last.get("call_id") in searches
    return str(last.get("output")) if found else None
