"""Faults in reading: whose rows, which rows, and what is said of missing ones."""

import sqlite3
from contextlib import closing
from typing import Any, cast

from chatkit.store import NotFoundError, Store, StoreItemType, default_generate_id
from chatkit.types import Page, ThreadItem, ThreadMetadata

from chatkit_forge.contract.samples import NOON
from tests.staged import store_module

from .sound import Context, Sound

codec: Any = store_module("codec")


class UnscopedRead(Sound):
    """Find a thread by its id alone, whoever asks."""

    def __init__(self, sound: Store[Context]) -> None:
        super().__init__(sound)
        self.owners: dict[str, Context] = {}

    async def save_thread(self, thread: ThreadMetadata, context: Context) -> None:
        await self.sound.save_thread(thread, context)
        self.owners[thread.id] = context

    async def load_thread(self, thread_id: str, context: Context) -> ThreadMetadata:
        return await self.sound.load_thread(thread_id, self.owners.get(thread_id, context))


class CoercedOwner(Sound):
    """Take anything for an owner, as f-strings and str() do."""

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: Context
    ) -> Page[ThreadMetadata]:
        owner = {"user_id": str(context.get("user_id")) or "anonymous"}
        return await self.sound.load_threads(limit, after, order, owner)


class PhantomThread(Sound):
    """Make up a thread that is not there."""

    async def load_thread(self, thread_id: str, context: Context) -> ThreadMetadata:
        try:
            return await self.sound.load_thread(thread_id, context)
        except NotFoundError:
            return ThreadMetadata(id=thread_id, created_at=NOON)


class KeyErrors(Sound):
    """Let a dictionary's KeyError stand for what is missing."""

    async def load_item(self, thread_id: str, item_id: str, context: Context) -> ThreadItem:
        try:
            return await self.sound.load_item(thread_id, item_id, context)
        except NotFoundError:
            raise KeyError(item_id) from None


class StaleCursorRestarts(Sound):
    """Begin again at page 1 when the cursor's row is gone."""

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Context
    ) -> Page[ThreadItem]:
        try:
            return await self.sound.load_thread_items(thread_id, after, limit, order, context)
        except NotFoundError:
            return await self.sound.load_thread_items(thread_id, None, limit, order, context)

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: Context
    ) -> Page[ThreadMetadata]:
        try:
            return await self.sound.load_threads(limit, after, order, context)
        except NotFoundError:
            return await self.sound.load_threads(limit, None, order, context)


class NoCursor(Sound):
    """Say that more follows, but not where."""

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: Context
    ) -> Page[ThreadMetadata]:
        page = await self.sound.load_threads(limit, after, order, context)
        return Page(data=page.data, has_more=page.has_more)


class TimeOnlyCursor(Sound):
    """Continue after the cursor's instant, past everything else of that instant."""

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Context
    ) -> Page[ThreadItem]:
        page = await self.sound.load_thread_items(thread_id, after, limit, order, context)
        if after is None:
            return page
        seen = (await self.sound.load_item(thread_id, after, context)).created_at
        # A rest of equal instants is skipped; the page begins with the next one.
        while page.data and page.data[0].created_at == seen:
            after = page.data[0].id
            page = await self.sound.load_thread_items(thread_id, after, limit, order, context)
        return page


class LimitIgnored(Sound):
    """Return everything at once, whatever was asked for."""

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Context
    ) -> Page[ThreadItem]:
        rows = await self.all_items(thread_id, order, context)
        if after is not None:
            await self.sound.load_thread_items(thread_id, after, 1, order, context)
            rows = rows[[row.id for row in rows].index(after) + 1 :]
        return Page(data=rows)


class OrderUnchecked(Sound):
    """Take every order but "asc" for descending."""

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Context
    ) -> Page[ThreadItem]:
        checked = order if order == "asc" else "desc"
        return await self.sound.load_thread_items(thread_id, after, limit, checked, context)


class OneBadRowSpoilsAll(Sound):
    """Fail the whole page for one row that cannot be read."""

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Context
    ) -> Page[ThreadItem]:
        page = await self.sound.load_thread_items(thread_id, after, limit, order, context)
        owner = cast("Any", self.sound)._owners.get(context["user_id"])
        rows: Any = owner.items.get(thread_id) if owner else None
        if rows:
            for item_id, text in rows._texts.items():
                codec.decode(codec.ITEM, text, item_id)
        return page


class UnreadableIsMissing(Sound):
    """Say of an item that cannot be read that it does not exist."""

    async def load_item(self, thread_id: str, item_id: str, context: Context) -> ThreadItem:
        codec.checked_id(item_id)
        codec.checked_id(thread_id)
        try:
            return await self.sound.load_item(thread_id, item_id, context)
        except ValueError:
            raise NotFoundError(f"Item {item_id} not found") from None


class ShortIds(Sound):
    """Leave the SDK's ids of 32 random bits as they are."""

    def generate_thread_id(self, context: Context) -> str:
        return default_generate_id("thread")

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: Context
    ) -> str:
        return default_generate_id(item_type)


class BlockingRead(Sound):
    """Query SQLite in the event loop's thread, with a driver that waits."""

    async def load_thread(self, thread_id: str, context: Context) -> ThreadMetadata:
        owner = (context or {}).get("user_id")
        if not isinstance(owner, str) or not owner:
            raise PermissionError
        codec.checked_id(thread_id)
        path = vars(self.sound)["_url"].get_secret_value().removeprefix("sqlite:///")
        with closing(sqlite3.connect(path)) as connection:
            sql = "SELECT data FROM chatkit_threads WHERE owner = ? AND id = ?"
            row = connection.execute(sql, (owner, thread_id)).fetchone()
        if row is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(row[0])
