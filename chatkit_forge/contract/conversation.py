"""A whole conversation through the SDK's own server: it calls the store as no test would."""

import json
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, Final

import pytest
from chatkit.server import ChatKitServer, StreamingResult
from chatkit.store import NotFoundError
from chatkit.types import (
    AssistantMessageContent,
    AssistantMessageItem,
    ThreadItemDoneEvent,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
)

from .harness import Harness, TContext, contract_test
from .scene import Scene

# Two items a turn: more than the 20 that the SDK loads at a time when it retries.
TURNS: Final = 13


class Echo(ChatKitServer[Any]):
    """Answer with one message, and name the thread on its first turn."""

    async def respond(
        self, thread: ThreadMetadata, input_user_message: UserMessageItem | None, context: Any
    ) -> AsyncIterator[ThreadStreamEvent]:
        """Yield the finished answer."""
        thread.title = thread.title or "Named by respond"
        answer = AssistantMessageItem(
            id=self.store.generate_item_id("message", thread, context),
            thread_id=thread.id,
            created_at=datetime.now(),
            content=[AssistantMessageContent(text="answer")],
        )
        yield ThreadItemDoneEvent(item=answer)

    async def ask(self, kind: str, context: Any, **params: object) -> list[Any]:
        """Return the events of a streamed request, or the one answer of another."""
        request = json.dumps({"type": kind, "params": params})
        result = await self.process(request, context)
        if not isinstance(result, StreamingResult):
            return [json.loads(result.json)]
        frames = [frame async for frame in result]
        events = [json.loads(frame.removeprefix(b"data: ")) for frame in frames]
        assert not [event for event in events if event["type"] == "error"]
        return events


def said(text: str) -> dict[str, object]:
    """Return the input of a user's message."""
    content = [{"type": "input_text", "text": text}]
    return {"content": content, "attachments": [], "inference_options": {}}


class Conversation(Harness[TContext]):
    """Hold that the SDK's server works on the store."""

    @contract_test
    async def test_surface_conversation(self, scene: Scene[TContext]) -> None:
        """Begin, continue, list, retry, rename and delete a thread by requests of a client."""
        server, alice = Echo(scene.store), scene.alice
        events = await server.ask("threads.create", alice, input=said("turn 0"))
        thread_id = next(
            each["thread"]["id"] for each in events if each["type"] == "thread.created"
        )
        for turn in range(1, TURNS):
            await server.ask(
                "threads.add_user_message", alice, thread_id=thread_id, input=said(f"turn {turn}")
            )

        listed: list[Any] = []
        after = None
        while True:
            [page] = await server.ask(
                "items.list", alice, thread_id=thread_id, limit=4, order="desc", after=after
            )
            listed += page["data"]
            if not page["has_more"]:
                break
            after = page["after"]
        kinds = [item["type"] for item in listed]
        assert kinds == ["assistant_message", "user_message"] * TURNS
        asked = [item for item in reversed(listed) if item["type"] == "user_message"]
        texts = [item["content"][0]["text"] for item in asked]
        assert texts == [f"turn {turn}" for turn in range(TURNS)]

        await server.ask(
            "threads.retry_after_item", alice, thread_id=thread_id, item_id=asked[0]["id"]
        )
        [thread] = await server.ask("threads.get_by_id", alice, thread_id=thread_id)
        assert thread["title"] == "Named by respond"
        assert [item["type"] for item in thread["items"]["data"]] == kinds[:2][::-1]
        assert thread["items"]["data"][0]["id"] == asked[0]["id"]

        await server.ask("threads.update", alice, thread_id=thread_id, title="Renamed")
        [threads] = await server.ask("threads.list", alice, limit=10)
        assert [each["title"] for each in threads["data"]] == ["Renamed"]
        with pytest.raises(NotFoundError):
            await server.ask("threads.get_by_id", scene.bob, thread_id=thread_id)
        await server.ask("threads.delete", alice, thread_id=thread_id)
        [threads] = await server.ask("threads.list", alice, limit=10)
        assert threads["data"] == []
