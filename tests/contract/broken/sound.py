"""The store that all faults are put into: it hands every call on to a sound one."""

from typing import Any, Self, cast

from chatkit.store import Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata

Context = dict[str, Any]


class Sound(Store[Context]):
    """Do what the sound store does; subclasses each do one thing otherwise."""

    def __init__(self, sound: Store[Context]) -> None:
        self.sound = sound

    async def __aenter__(self) -> Self:
        await cast("Any", self.sound).connect()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the sound store."""
        await cast("Any", self.sound).close()

    def generate_thread_id(self, context: Context) -> str:
        return self.sound.generate_thread_id(context)

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: Context
    ) -> str:
        return self.sound.generate_item_id(item_type, thread, context)

    async def load_thread(self, thread_id: str, context: Context) -> ThreadMetadata:
        return await self.sound.load_thread(thread_id, context)

    async def save_thread(self, thread: ThreadMetadata, context: Context) -> None:
        await self.sound.save_thread(thread, context)

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Context
    ) -> Page[ThreadItem]:
        return await self.sound.load_thread_items(thread_id, after, limit, order, context)

    async def save_attachment(self, attachment: Attachment, context: Context) -> None:
        await self.sound.save_attachment(attachment, context)

    async def load_attachment(self, attachment_id: str, context: Context) -> Attachment:
        return await self.sound.load_attachment(attachment_id, context)

    async def delete_attachment(self, attachment_id: str, context: Context) -> None:
        await self.sound.delete_attachment(attachment_id, context)

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: Context
    ) -> Page[ThreadMetadata]:
        return await self.sound.load_threads(limit, after, order, context)

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Context) -> None:
        await self.sound.add_thread_item(thread_id, item, context)

    async def save_item(self, thread_id: str, item: ThreadItem, context: Context) -> None:
        await self.sound.save_item(thread_id, item, context)

    async def load_item(self, thread_id: str, item_id: str, context: Context) -> ThreadItem:
        return await self.sound.load_item(thread_id, item_id, context)

    async def delete_thread(self, thread_id: str, context: Context) -> None:
        await self.sound.delete_thread(thread_id, context)

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Context) -> None:
        await self.sound.delete_thread_item(thread_id, item_id, context)

    async def all_items(self, thread_id: str, order: str, context: Context) -> list[ThreadItem]:
        """Return every item of a thread, the way faulty stores load more than was asked for."""
        items: list[ThreadItem] = []
        after: str | None = None
        while True:
            page = await self.sound.load_thread_items(thread_id, after, 200, order, context)
            items += page.data
            if not page.has_more:
                return items
            after = page.after
