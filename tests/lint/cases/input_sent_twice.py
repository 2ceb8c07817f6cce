from abc import ABC
from typing import Any

from chatkit.agents import simple_to_agent_input
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

    async def _history(self, thread: Any, context: str) -> list[Any]:
        page = await self.store.load_thread_items(thread.id, None, 20, "desc", context)
        return list(reversed(page.data))

    async def _earlier(self, thread: Any, context: str) -> list[Any]:
        page = await self.store.load_thread_items(thread.id, None, 20, "desc", context)
        return list(reversed(page.data[1:]))

    async def helped(self, thread: Any, message: UserMessageItem, context: str) -> list[Any]:
        items = await self._history(thread, context)
        items.append(message)  # CKF303
        return items

    async def by_text(self, thread: Any, message: UserMessageItem, context: str) -> list[Any]:
        messages = await self._history(thread, context)
        text = "".join(part.text for part in message.content)
        messages.append({"role": "user", "content": text})  # CKF303
        return messages

    async def converted(self, thread: Any, message: UserMessageItem, context: str) -> list[Any]:
        items = await simple_to_agent_input(await self._history(thread, context))
        newest = await simple_to_agent_input(message)
        return items + newest  # CKF303

    async def earlier(self, thread: Any, message: UserMessageItem, context: str) -> list[Any]:
        items = await self._earlier(thread, context)
        items.append(message)
        return items

    async def looked_up(
        self, thread: Any, message: UserMessageItem, context: str, search: Any
    ) -> list[Any]:
        items = await self._history(thread, context)
        found = await search(message.content)
        items.append({"role": "developer", "content": found})
        return items
