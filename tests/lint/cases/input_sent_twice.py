from abc import ABC
from typing import Any

from chatkit.server import ChatKitServer
from chatkit.types import UserMessageItem


class Assistant(ChatKitServer[str], ABC):
    async def appended(self, thread: Any, input_user_message: Any, context: str) -> list[Any]:
        page = await self.store.load_thread_items(thread.id, None, 20, "desc", context)
        items = list(reversed(page.data))
        items.append(input_user_message)  # CKF303
        return items

    async def added(self, thread: Any, message: UserMessageItem, context: str) -> list[Any]:
        page = await self.store.load_thread_items(thread.id, None, 20, "desc", context)
        return page.data + [message]  # CKF303

    async def spread(self, thread: Any, message: UserMessageItem, context: str) -> list[Any]:
        page = await self.store.load_thread_items(thread.id, None, 20, "desc", context)
        return [*page.data, message]  # CKF303

    async def replaced(self, thread: Any, message: UserMessageItem, context: str) -> list[Any]:
        page = await self.store.load_thread_items(thread.id, None, 20, "desc", context)
        items = [item for item in page.data if item.id != message.id]
        items.append(message)
        return items

    async def alone(self, input_user_message: Any) -> list[Any]:
        items: list[Any] = []
        items.append(input_user_message)
        return items
