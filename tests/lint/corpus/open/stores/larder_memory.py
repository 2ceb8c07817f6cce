"""Conversations in memory, for demonstrations and tests, and a wrapper that measures a store."""

from __future__ import annotations

import bisect
import itertools
import logging
import secrets
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata

logger = logging.getLogger(__name__)

Context = dict[str, Any]
MOST = 200


class _Dated(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def created_at(self) -> datetime: ...


D = TypeVar("D", bound=_Dated)


@dataclass
class _Line(Generic[D]):
    """Objects in time order, each at the place it was given when it first came."""

    places: dict[str, tuple[float, int]] = field(default_factory=dict)
    objects: dict[str, D] = field(default_factory=dict)
    arrivals: Iterator[int] = field(default_factory=itertools.count)

    def put(self, key: str, value: D) -> None:
        _, arrival = self.places.get(key, (0.0, next(self.arrivals)))
        self.places[key] = (value.created_at.timestamp(), arrival)
        self.objects[key] = value

    def drop(self, key: str) -> None:
        self.places.pop(key, None)
        self.objects.pop(key, None)

    def page(self, limit: int, after: str | None, order: str, noun: str) -> tuple[list[D], bool]:
        if limit < 1:
            raise ValueError("limit must be positive")
        if order not in ("asc", "desc"):
            raise ValueError("order must be asc or desc")
        if after is not None and after not in self.places:
            raise NotFoundError(f"{noun} {after} not found")
        ordered = sorted(self.objects, key=self.places.__getitem__, reverse=order == "desc")
        start = 0
        if after is not None:
            keys = [self.places[key] for key in ordered]
            mark = self.places[after]
            if order == "asc":
                start = bisect.bisect_right(keys, mark)
            else:
                start = ordered.index(after) + 1
        stop = start + min(limit, MOST)
        return [self.objects[key] for key in ordered[start:stop]], stop < len(ordered)


@dataclass
class _Shelf:
    """Everything one person has."""

    threads: _Line[ThreadMetadata] = field(default_factory=lambda: _Line[ThreadMetadata]())
    items: dict[str, _Line[Any]] = field(default_factory=dict)
    attachments: dict[str, Attachment] = field(default_factory=dict)


class LarderStore(Store[Context]):
    def __init__(self) -> None:
        self._shelves: defaultdict[str, _Shelf] = defaultdict(_Shelf)

    def _shelf(self, context: Context) -> _Shelf:
        user = context.get("user_id")
        if not isinstance(user, str) or not user:
            raise PermissionError("whose conversations?")
        return self._shelves[user]

    def generate_thread_id(self, context: Context) -> str:
        return f"thr_{secrets.token_hex(16)}"

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: Context
    ) -> str:
        return f"{item_type}_{secrets.token_hex(16)}"

    async def load_thread(self, thread_id: str, context: Context) -> ThreadMetadata:
        try:
            thread = self._shelf(context).threads.objects[thread_id]
        except KeyError:
            raise NotFoundError(f"Thread {thread_id} not found") from None
        return thread.model_copy(deep=True)

    async def save_thread(self, thread: ThreadMetadata, context: Context) -> None:
        bare = ThreadMetadata(**thread.model_dump(exclude={"items"}))
        shelf = self._shelf(context)
        shelf.threads.put(bare.id, bare)
        shelf.items.setdefault(bare.id, _Line[Any]())

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: Context
    ) -> Page[ThreadMetadata]:
        found, more = self._shelf(context).threads.page(limit, after, order, "Thread")
        data = [thread.model_copy(deep=True) for thread in found]
        return Page(data=data, has_more=more, after=data[-1].id if more else None)

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Context
    ) -> Page[ThreadItem]:
        line = self._shelf(context).items.get(thread_id, _Line[Any]())
        found, more = line.page(limit, after, order, "Item")
        data: list[ThreadItem] = [item.model_copy(deep=True) for item in found]
        return Page(data=data, has_more=more, after=data[-1].id if more else None)

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Context) -> None:
        if item.thread_id != thread_id:
            raise ValueError("the item names another thread")
        line = self._shelf(context).items.get(thread_id)
        if line is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        line.put(item.id, item.model_copy(deep=True))

    async def save_item(self, thread_id: str, item: ThreadItem, context: Context) -> None:
        await self.add_thread_item(thread_id, item, context)

    async def load_item(self, thread_id: str, item_id: str, context: Context) -> ThreadItem:
        line = self._shelf(context).items.get(thread_id)
        if line is None or item_id not in line.objects:
            raise NotFoundError(f"Item {item_id} not found")
        return line.objects[item_id].model_copy(deep=True)

    async def delete_thread(self, thread_id: str, context: Context) -> None:
        shelf = self._shelf(context)
        shelf.threads.drop(thread_id)
        shelf.items.pop(thread_id, None)
        for key in [k for k, a in shelf.attachments.items() if a.thread_id == thread_id]:
            del shelf.attachments[key]

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Context) -> None:
        line = self._shelf(context).items.get(thread_id)
        if line is not None:
            line.drop(item_id)

    async def save_attachment(self, attachment: Attachment, context: Context) -> None:
        self._shelf(context).attachments[attachment.id] = attachment.model_copy(deep=True)

    async def load_attachment(self, attachment_id: str, context: Context) -> Attachment:
        attachment = self._shelf(context).attachments.get(attachment_id)
        if attachment is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return attachment.model_copy(deep=True)

    async def delete_attachment(self, attachment_id: str, context: Context) -> None:
        self._shelf(context).attachments.pop(attachment_id, None)


class MeasuredStore(Store[Context]):
    """Any store, with slow calls written to the log. What it does stays the inner store's affair."""

    def __init__(self, inner: Store[Context], slow_after: float) -> None:
        self._inner = inner
        self._slow_after = slow_after

    @contextmanager
    def _clock(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        try:
            yield
        finally:
            if (spent := time.monotonic() - began) > self._slow_after:
                logger.warning("%s took %.2f s", name, spent)

    def generate_thread_id(self, context: Context) -> str:
        return self._inner.generate_thread_id(context)

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: Context
    ) -> str:
        return self._inner.generate_item_id(item_type, thread, context)

    async def load_thread(self, thread_id: str, context: Context) -> ThreadMetadata:
        with self._clock("load_thread"):
            return await self._inner.load_thread(thread_id, context)

    async def save_thread(self, thread: ThreadMetadata, context: Context) -> None:
        with self._clock("save_thread"):
            await self._inner.save_thread(thread, context)

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Context
    ) -> Page[ThreadItem]:
        with self._clock("load_thread_items"):
            return await self._inner.load_thread_items(thread_id, after, limit, order, context)

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: Context
    ) -> Page[ThreadMetadata]:
        with self._clock("load_threads"):
            return await self._inner.load_threads(limit, after, order, context)

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Context) -> None:
        with self._clock("add_thread_item"):
            await self._inner.add_thread_item(thread_id, item, context)

    async def save_item(self, thread_id: str, item: ThreadItem, context: Context) -> None:
        with self._clock("save_item"):
            await self._inner.save_item(thread_id, item, context)

    async def load_item(self, thread_id: str, item_id: str, context: Context) -> ThreadItem:
        with self._clock("load_item"):
            return await self._inner.load_item(thread_id, item_id, context)

    async def delete_thread(self, thread_id: str, context: Context) -> None:
        with self._clock("delete_thread"):
            await self._inner.delete_thread(thread_id, context)

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Context) -> None:
        with self._clock("delete_thread_item"):
            await self._inner.delete_thread_item(thread_id, item_id, context)

    async def save_attachment(self, attachment: Attachment, context: Context) -> None:
        await self._inner.save_attachment(attachment, context)

    async def load_attachment(self, attachment_id: str, context: Context) -> Attachment:
        return await self._inner.load_attachment(attachment_id, context)

    async def delete_attachment(self, attachment_id: str, context: Context) -> None:
        await self._inner.delete_attachment(attachment_id, context)
