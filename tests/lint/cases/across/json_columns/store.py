from abc import ABC
from typing import Any

from chatkit.store import Store

from .repo import Conversations


class Threads(Store[dict[str, Any]], ABC):
    def __init__(self, conversations: Conversations) -> None:
        self.conversations = conversations

    async def pin(self, thread_id: str, context: dict[str, Any]) -> None:
        await self.conversations.pin(context["user_id"], thread_id)

    async def unpin(self, thread_id: str, context: dict[str, Any]) -> None:
        await self.conversations.unpin(context["user_id"], thread_id)
