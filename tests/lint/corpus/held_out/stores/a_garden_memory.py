"""In-memory chat store of the garden planner's demo. One shelf per gardener, lost on restart, and that is fine."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar

from chatkit.store import NotFoundError, Store
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata


class Identified(Protocol):
    id: str
    created_at: datetime


R = TypeVar("R", bound=Identified)


@dataclass
class GardenContext:
    gardener_id: str
    climate_zone: str = "7b"


@dataclass
class Shelf:
    threads: dict[str, ThreadMetadata] = field(default_factory=dict)
    items: defaultdict[str, dict[str, ThreadItem]] = field(default_factory=lambda: defaultdict(dict))
    attachments: dict[str, Attachment] = field(default_factory=dict)


def in_order(records: Sequence[R], order: str) -> list[R]:
    if order not in ("asc", "desc"):
        raise ValueError(f"unknown order {order!r}")
    # sorted() is stable, so records of the same instant stay as they came; reversed as a whole for desc
    ascending = sorted(records, key=lambda record: record.created_at.timestamp())
    return ascending if order == "asc" else ascending[::-1]


class GardenStore(Store[GardenContext]):  # CKF116
    def __init__(self) -> None:
        self._shelves: defaultdict[str, Shelf] = defaultdict(Shelf)

    def _shelf(self, context: GardenContext) -> Shelf:
        if not context.gardener_id:
            raise PermissionError("sign in first")
        return self._shelves[context.gardener_id]

    # ------------------------------------------------------------------ threads

    async def load_thread(self, thread_id: str, context: GardenContext) -> ThreadMetadata:
        shelf = self._shelf(context)
        if thread_id not in shelf.threads:
            shelf.threads[thread_id] = ThreadMetadata(id=thread_id, created_at=datetime.now())  # CKF205
        return shelf.threads[thread_id].model_copy(deep=True)

    async def save_thread(self, thread: ThreadMetadata, context: GardenContext) -> None:
        bare = ThreadMetadata.model_validate(thread.model_dump(exclude={"items"}))
        self._shelf(context).threads[thread.id] = bare

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: GardenContext
    ) -> Page[ThreadMetadata]:
        threads = in_order(list(self._shelf(context).threads.values()), order)
        start = 0
        if after:
            start = next((i + 1 for i, thread in enumerate(threads) if thread.id == after), 0)  # CKF214
        window = threads[start : start + limit]
        more = start + limit < len(threads)
        return Page[ThreadMetadata](
            data=[thread.model_copy(deep=True) for thread in window],
            has_more=more,
            after=window[-1].id if more and window else None,
        )

    async def delete_thread(self, thread_id: str, context: GardenContext) -> None:  # CKF218
        self._shelf(context).threads.pop(thread_id, None)

    # ------------------------------------------------------------------ items

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: GardenContext
    ) -> Page[ThreadItem]:
        stored = self._shelf(context).items.get(thread_id, {})
        items = in_order(list(stored.values()), order)
        if after is not None:
            if after not in stored:
                raise NotFoundError(f"Item {after} not found")
            position = [item.id for item in items].index(after)
            items = items[position + 1 :]
        window = items[:limit]
        more = len(items) > len(window)
        return Page[ThreadItem](
            data=[item.model_copy(deep=True) for item in window],
            has_more=more,
            after=window[-1].id if more and window else None,
        )

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: GardenContext) -> None:
        shelf = self._shelf(context)
        if thread_id not in shelf.threads:
            raise NotFoundError(f"Thread {thread_id} not found")
        if item.id in shelf.items[thread_id]:
            raise ValueError(f"Item {item.id} was added before")  # CKF203
        shelf.items[thread_id][item.id] = item.model_copy(deep=True)

    async def save_item(self, thread_id: str, item: ThreadItem, context: GardenContext) -> None:
        shelf = self._shelf(context)
        if thread_id not in shelf.threads:
            raise NotFoundError(f"Thread {thread_id} not found")
        shelf.items[thread_id][item.id] = item.model_copy(deep=True)

    async def load_item(self, thread_id: str, item_id: str, context: GardenContext) -> ThreadItem:
        item = self._shelf(context).items.get(thread_id, {}).get(item_id)
        if item is None:
            raise NotFoundError(f"Item {item_id} not found")
        return item.model_copy(deep=True)

    async def delete_thread_item(self, thread_id: str, item_id: str, context: GardenContext) -> None:
        removed = self._shelf(context).items.get(thread_id, {}).pop(item_id, None)
        if removed is None:
            raise NotFoundError(f"Item {item_id} not found")  # CKF219

    # ------------------------------------------------------------------ attachments

    async def save_attachment(self, attachment: Attachment, context: GardenContext) -> None:
        self._shelf(context).attachments[attachment.id] = attachment.model_copy(deep=True)

    async def load_attachment(self, attachment_id: str, context: GardenContext) -> Attachment:
        attachment = self._shelf(context).attachments.get(attachment_id)
        if attachment is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return attachment.model_copy(deep=True)

    async def delete_attachment(self, attachment_id: str, context: GardenContext) -> None:
        self._shelf(context).attachments.pop(attachment_id, None)
