from abc import ABC
from typing import Any

from chatkit.store import NotFoundError, Store
from chatkit.types import Page, ThreadMetadata


class Wrong(Store[str], ABC):
    def __init__(self) -> None:
        self.threads: dict[str, dict[str, ThreadMetadata]] = {}

    async def load_thread(self, thread_id: str, context: str) -> ThreadMetadata:
        return self.threads[context][thread_id]  # CKF206

    async def load_item(self, thread_id: str, item_id: str, context: str) -> Any:
        found = await self.find(context, item_id)
        if not found:
            raise ValueError("no such item")  # CKF206
        return found

    async def load_attachment(self, attachment_id: str, context: str) -> Any:
        found = await self.find(context, attachment_id)
        if found is None:
            return None  # CKF206
        return found

    async def find(self, owner: str, key: str) -> Any:
        return (owner, key)


class Right(Store[str], ABC):
    def __init__(self) -> None:
        self.threads: dict[str, ThreadMetadata] = {}

    async def load_thread(self, thread_id: str, context: str) -> ThreadMetadata:
        if not isinstance(context, str):
            raise PermissionError("no owner")
        try:
            return self.threads[context + thread_id]
        except KeyError:
            raise NotFoundError(f"Thread {thread_id} not found") from None

    async def load_item(self, thread_id: str, item_id: str, context: str) -> Any:
        if len(item_id) > 255:
            raise ValueError("the id is too long")
        raise NotFoundError(f"Item {item_id} not found")


KEPT = Page
