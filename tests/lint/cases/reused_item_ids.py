from abc import ABC
from collections.abc import AsyncIterator
from typing import Any

from chatkit.agents import stream_agent_response
from chatkit.server import ChatKitServer


class Assistant(ChatKitServer[str], ABC):
    async def first_sight(self, context: Any, result: Any) -> AsyncIterator[Any]:
        ids: dict[str, str] = {}
        async for event in stream_agent_response(context, result):
            if event.item.id not in ids:  # CKF304
                ids[event.item.id] = context.generate_id("message")
            event.item.id = ids[event.item.id]
            yield event

    async def by_default(self, context: Any, result: Any) -> AsyncIterator[Any]:
        ids: dict[str, str] = {}
        async for event in stream_agent_response(context, result):
            event.item.id = ids.setdefault(event.item.id, context.generate_id("message"))  # CKF304
            yield event

    async def per_item(self, context: Any, result: Any) -> AsyncIterator[Any]:
        ids: dict[str, str] = {}
        async for event in stream_agent_response(context, result):
            if event.type == "thread.item.added":
                ids[event.item.id] = context.generate_id("message")
            elif event.type == "thread.item.done" and event.item.id not in ids:
                ids[event.item.id] = context.generate_id("message")
            if event.type == "thread.item.done":
                event.item.id = ids.pop(event.item.id)
            yield event

    def elsewhere(self, ids: dict[str, str], user_id: str) -> str:
        return ids.setdefault(user_id, "x")
