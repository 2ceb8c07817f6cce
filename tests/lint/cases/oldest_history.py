from abc import ABC
from typing import Any

from chatkit.server import ChatKitServer


class Assistant(ChatKitServer[str], ABC):
    async def first(self, thread: Any, context: str) -> Any:
        return await self.store.load_thread_items(thread.id, None, 20, "asc", context)  # CKF302

    async def named(self, thread: Any, context: str) -> Any:
        return await self.store.load_thread_items(  # CKF302
            thread.id, after=None, limit=20, order="asc", context=context
        )

    async def newest(self, thread: Any, context: str) -> Any:
        return await self.store.load_thread_items(thread.id, None, 20, "desc", context)

    async def everything(self, thread: Any, context: str) -> list[Any]:
        found: list[Any] = []
        after: str | None = None
        while True:
            page = await self.store.load_thread_items(thread.id, after, 100, "asc", context)
            found += page.data
            if not page.has_more:
                return found
            after = page.after

    async def behind(self, thread: Any, after: str, context: str) -> Any:
        return await self.store.load_thread_items(thread.id, after, 20, "asc", context)

    async def by_names(self, thread: Any, context: str) -> Any:
        after, order = None, "desc"
        newest = await self.store.load_thread_items(thread.id, after, 20, order, context)
        first_order = "asc"
        oldest = await self.store.load_thread_items(  # CKF302
            thread.id, None, LIMIT, first_order, context
        )
        return newest, oldest

    async def opening(self, thread: Any, context: str) -> Any:
        return await self.store.load_thread_items(thread.id, None, 1, "asc", context)


LIMIT = 30


async def load_history(store: Any, thread: Any, context: str) -> Any:
    return await store.load_thread_items(  # CKF302
        thread.id, None, LIMIT, order="asc", context=context
    )


async def export(store: Any, thread: Any, context: str) -> Any:
    return await store.load_thread_items(thread.id, None, LIMIT, order="asc", context=context)
