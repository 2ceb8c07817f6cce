from __future__ import annotations

import logging

from chatkit.store import NotFoundError
from chatkit.types import Page, ThreadItem, ThreadMetadata
from pydantic import ValidationError
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

from .base import AttachmentMixin, Visitor
from .repository import OwnerRepository, items
from .tables import Base

log = logging.getLogger(__name__)

CEILING = 200


def _checked(limit: int, order: str) -> int:
    if limit <= 0:
        raise ValueError(f"limit must be positive, not {limit}")
    if order not in ("asc", "desc"):
        raise ValueError(f"order must be asc or desc, not {order!r}")
    return min(limit, CEILING)


class HarborStore(AttachmentMixin):
    @classmethod
    def connect(cls, url: str) -> HarborStore:
        engine = create_engine(url, pool_pre_ping=True)
        Base.metadata.create_all(engine)
        return cls(sessionmaker(engine, expire_on_commit=False))

    async def load_thread(self, thread_id: str, context: Visitor) -> ThreadMetadata:
        row = await self._with(context, lambda mine: mine.thread(thread_id))
        if row is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(row.document)

    async def save_thread(self, thread: ThreadMetadata, context: Visitor) -> None:
        await self._with(context, lambda mine: mine.put_thread(thread))

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: Visitor
    ) -> Page[ThreadMetadata]:
        size = _checked(limit, order)
        rows = await self._with(context, lambda mine: mine.threads_page(size + 1, after, order))
        shown, more = rows[:size], len(rows) > size
        return Page(
            data=[ThreadMetadata.model_validate_json(row.document) for row in shown],
            has_more=more,
            after=shown[-1].public_id if more else None,
        )

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Visitor
    ) -> Page[ThreadItem]:
        size = _checked(limit, order)
        rows = await self._with(
            context, lambda mine: mine.items_page(thread_id, size + 1, after, order)
        )
        shown, more = rows[:size], len(rows) > size
        data: list[ThreadItem] = []
        for row in shown:
            try:
                data.append(items.validate_json(row.document))
            except ValidationError:
                log.warning("left out item %s: its type is not known here", row.public_id)
        return Page(data=data, has_more=more, after=shown[-1].public_id if more else None)

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Visitor) -> None:
        await self._put(thread_id, item, context)

    async def save_item(self, thread_id: str, item: ThreadItem, context: Visitor) -> None:
        await self._put(thread_id, item, context)

    async def _put(self, thread_id: str, item: ThreadItem, context: Visitor) -> None:
        if item.thread_id != thread_id:
            raise ValueError("the item names another thread")

        def write(mine: OwnerRepository) -> None:
            mine.put_item(thread_id, item)

        await self._with(context, write)

    async def load_item(self, thread_id: str, item_id: str, context: Visitor) -> ThreadItem:
        row = await self._with(context, lambda mine: mine.item(thread_id, item_id))
        if row is None:
            raise NotFoundError(f"Item {item_id} not found")
        return items.validate_json(row.document)

    async def delete_thread(self, thread_id: str, context: Visitor) -> None:
        await self._with(context, lambda mine: mine.drop_thread(thread_id))

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Visitor) -> None:
        await self._with(context, lambda mine: mine.drop_item(thread_id, item_id))
