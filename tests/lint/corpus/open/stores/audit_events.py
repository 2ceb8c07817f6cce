"""Compliance desk: nothing is ever updated or removed, there is a journal of events (aiosqlite).

A thread's state is what a replay of its events gives; `thread_deleted` is a tombstone that forgets
the thread and every item before it."""
from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any, Literal

import aiosqlite
from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from pydantic import TypeAdapter

JOURNAL = """
CREATE TABLE IF NOT EXISTS journal (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    owner TEXT NOT NULL, stream TEXT NOT NULL, kind TEXT NOT NULL, entity TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS journal_stream ON journal (owner, stream, seq);
"""
FILES = "#attachments"  # the stream of an owner's attachments; thread streams are prefixed "thread:"

EventKind = Literal["thread_saved", "thread_deleted", "item_saved", "item_deleted", "file_saved", "file_deleted"]

_item: TypeAdapter[Any] = TypeAdapter(ThreadItem)
_file: TypeAdapter[Any] = TypeAdapter(Attachment)


@dataclass(frozen=True)
class Auditor:
    uid: str


@dataclass
class ThreadState:
    meta: str | None = None
    items: dict[str, str] = field(default_factory=dict)

    def apply(self, kind: str, entity: str, body: str) -> None:
        if kind == "thread_saved":
            self.meta = body
        elif kind == "thread_deleted":
            self.meta = None
            self.items.clear()
        elif kind == "item_saved":
            self.items[entity] = body
        elif kind == "item_deleted":
            self.items.pop(entity, None)


def _window(ids: list[str], after: str | None, limit: int, order: str, what: str) -> tuple[list[str], bool]:
    """`ids` in the order of first appearance."""
    if order != "asc":
        ids = ids[::-1]
    start = 0
    if after is not None:
        if after not in ids:
            raise NotFoundError(f"{what} {after} not found")
        start = ids.index(after) + 1
    end = start + max(1, limit)
    return ids[start:end], end < len(ids)


class JournalStore(Store[Auditor]):
    def __init__(self, conn: aiosqlite.Connection) -> None:
        self._conn = conn

    async def setup(self) -> None:
        await self._conn.executescript(JOURNAL)

    def generate_thread_id(self, context: Auditor) -> str:
        return f"thr_{uuid.uuid4().hex}"

    def generate_item_id(self, item_type: StoreItemType, thread: ThreadMetadata, context: Auditor) -> str:
        return f"{item_type}_{uuid.uuid4().hex}"

    async def _record(self, context: Auditor, stream: str, kind: EventKind, entity: str, body: str = "") -> None:
        await self._conn.execute(
            "INSERT INTO journal (owner, stream, kind, entity, body) VALUES (?, ?, ?, ?, ?)",
            (context.uid, stream, kind, entity, body))
        await self._conn.commit()

    async def _replay(self, context: Auditor, stream: str) -> list[tuple[str, str, str]]:
        async with self._conn.execute(
            "SELECT kind, entity, body FROM journal WHERE owner = ? AND stream = ? ORDER BY seq",
            (context.uid, stream),
        ) as cursor:
            return [(row[0], row[1], row[2]) for row in await cursor.fetchall()]

    async def _state(self, context: Auditor, thread_id: str) -> ThreadState:
        state = ThreadState()
        for event in await self._replay(context, f"thread:{thread_id}"):
            state.apply(*event)
        return state

    async def load_thread(self, thread_id: str, context: Auditor) -> ThreadMetadata:
        state = await self._state(context, thread_id)
        if state.meta is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(state.meta)

    async def save_thread(self, thread: ThreadMetadata, context: Auditor) -> None:
        await self._record(
            context, f"thread:{thread.id}", "thread_saved", thread.id, thread.model_dump_json(exclude={"items"}))

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: Auditor
    ) -> Page[ThreadMetadata]:
        async with self._conn.execute(
            "SELECT kind, entity, body FROM journal WHERE owner = ?"
            " AND kind IN ('thread_saved', 'thread_deleted') ORDER BY seq",
            (context.uid,),
        ) as cursor:
            events = await cursor.fetchall()
        living: dict[str, str] = {}
        for kind, entity, body in events:
            if kind == "thread_saved":
                living[entity] = body
            else:
                living.pop(entity, None)
        ids, more = _window(list(living), after, limit, order, "Thread")
        return Page[ThreadMetadata](
            data=[ThreadMetadata.model_validate_json(living[i]) for i in ids],
            has_more=more, after=ids[-1] if more else None)

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Auditor
    ) -> Page[ThreadItem]:
        items = (await self._state(context, thread_id)).items
        ids, more = _window(list(items), after, limit, order, "Item")
        return Page[ThreadItem](
            data=[_item.validate_json(items[i]) for i in ids], has_more=more, after=ids[-1] if more else None)

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Auditor) -> None:
        await self.save_item(thread_id, item, context)

    async def save_item(self, thread_id: str, item: ThreadItem, context: Auditor) -> None:
        await self.load_thread(thread_id, context)
        await self._record(context, f"thread:{thread_id}", "item_saved", item.id, item.model_dump_json())

    async def load_item(self, thread_id: str, item_id: str, context: Auditor) -> ThreadItem:
        body = (await self._state(context, thread_id)).items.get(item_id)
        if body is None:
            raise NotFoundError(f"Item {item_id} not found")
        return _item.validate_json(body)

    async def delete_thread(self, thread_id: str, context: Auditor) -> None:
        await self._record(context, f"thread:{thread_id}", "thread_deleted", thread_id)

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Auditor) -> None:
        await self._record(context, f"thread:{thread_id}", "item_deleted", item_id)

    async def save_attachment(self, attachment: Attachment, context: Auditor) -> None:
        await self._record(context, FILES, "file_saved", attachment.id, attachment.model_dump_json())

    async def load_attachment(self, attachment_id: str, context: Auditor) -> Attachment:
        found: str | None = None
        for kind, entity, body in await self._replay(context, FILES):
            if entity == attachment_id:
                found = body if kind == "file_saved" else None
        if found is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return _file.validate_json(found)

    async def delete_attachment(self, attachment_id: str, context: Auditor) -> None:
        await self._record(context, FILES, "file_deleted", attachment_id)
