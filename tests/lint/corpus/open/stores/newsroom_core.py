"""Editorial assistant: ChatKit persistence on SQLAlchemy Core (async)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import BaseModel, TypeAdapter
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata

metadata = sa.MetaData()


def _table(name: str, *keys: str) -> sa.Table:
    return sa.Table(
        name,
        metadata,
        sa.Column("desk", sa.String(64), primary_key=True),
        sa.Column("editor", sa.String(64), primary_key=True),
        *(sa.Column(key, sa.String(96), primary_key=True) for key in keys),
        sa.Column("at_us", sa.BigInteger, nullable=False, index=True),
        sa.Column("doc", sa.Text, nullable=False),
    )


STORIES = _table("story_thread", "thread_id")
NOTES = _table("story_item", "thread_id", "item_id")
CLIPPINGS = _table("story_attachment", "attachment_id")

ITEM_CODEC: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
FILE_CODEC: TypeAdapter[Attachment] = TypeAdapter(Attachment)


class EditorContext(BaseModel):
    desk: str
    editor: str


@dataclass(frozen=True)
class Owned:
    """Specification: rows of one editor at one desk, narrowed by further key columns."""

    desk: str
    editor: str

    @classmethod
    def by(cls, context: EditorContext) -> Owned:
        return cls(desk=context.desk, editor=context.editor)

    def key(self, **columns: str) -> dict[str, str]:
        return {"desk": self.desk, "editor": self.editor, **columns}

    def where(self, table: sa.Table, **columns: str) -> sa.ColumnElement[bool]:
        return sa.and_(*(table.c[name] == value for name, value in self.key(**columns).items()))


@dataclass(frozen=True)
class Keyset:
    """Continues a listing strictly behind the row the cursor names."""

    table: sa.Table
    id_column: str
    noun: str

    async def fetch(
        self,
        conn: AsyncConnection,
        scope: sa.ColumnElement[bool],
        after: str | None,
        limit: int,
        order: str,
    ) -> tuple[list[str], bool, str | None]:
        at, ident = self.table.c.at_us, self.table.c[self.id_column]
        query = sa.select(ident, self.table.c.doc).where(scope)
        if after is not None:
            anchor = (await conn.execute(sa.select(at).where(scope, ident == after))).scalar_one_or_none()
            if anchor is None:
                raise NotFoundError(f"{self.noun} {after} not found")
            here, there = sa.tuple_(at, ident), sa.tuple_(sa.literal(anchor), sa.literal(after))
            query = query.where(here > there if order == "asc" else here < there)
        ordering = (at.asc(), ident.asc()) if order == "asc" else (at.desc(), ident.desc())
        rows: Sequence[sa.Row[Any]] = (await conn.execute(query.order_by(*ordering).limit(limit + 1))).all()
        shown = rows[:limit]
        more = len(rows) > limit
        return [row.doc for row in shown], more, str(shown[-1][0]) if more and shown else None


THREAD_PAGES = Keyset(STORIES, "thread_id", "Thread")
ITEM_PAGES = Keyset(NOTES, "item_id", "Item")


def _instant(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


def _fresh(prefix: str) -> str:
    return f"{prefix}_{uuid.uuid4().hex}"


class NewsroomStore(Store[EditorContext]):
    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine

    def generate_thread_id(self, context: EditorContext) -> str:
        return _fresh("thr")

    def generate_item_id(self, item_type: StoreItemType, thread: ThreadMetadata, context: EditorContext) -> str:
        return _fresh(item_type)

    # -- plumbing -----------------------------------------------------------

    @staticmethod
    async def _put(conn: AsyncConnection, table: sa.Table, mine: Owned, at_us: int, doc: str, **key: str) -> None:
        changed = await conn.execute(
            sa.update(table).where(mine.where(table, **key)).values(at_us=at_us, doc=doc)
        )
        if changed.rowcount == 0:
            await conn.execute(sa.insert(table).values(at_us=at_us, doc=doc, **mine.key(**key)))

    async def _doc(self, table: sa.Table, mine: Owned, **key: str) -> str | None:
        async with self.engine.connect() as conn:
            return (await conn.execute(sa.select(table.c.doc).where(mine.where(table, **key)))).scalar_one_or_none()

    async def _drop(self, mine: Owned, *tables: sa.Table, **key: str) -> None:
        async with self.engine.begin() as conn:
            for table in tables:
                await conn.execute(sa.delete(table).where(mine.where(table, **key)))

    # -- threads ------------------------------------------------------------

    async def load_thread(self, thread_id: str, context: EditorContext) -> ThreadMetadata:
        doc = await self._doc(STORIES, Owned.by(context), thread_id=thread_id)
        if doc is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(doc)

    async def save_thread(self, thread: ThreadMetadata, context: EditorContext) -> None:
        doc = thread.model_dump_json(exclude={"items"})
        async with self.engine.begin() as conn:
            await self._put(
                conn, STORIES, Owned.by(context), _instant(thread.created_at), doc, thread_id=thread.id
            )

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: EditorContext
    ) -> Page[ThreadMetadata]:
        async with self.engine.connect() as conn:
            docs, more, last = await THREAD_PAGES.fetch(
                conn, Owned.by(context).where(STORIES), after, limit, order
            )
        return Page(data=[ThreadMetadata.model_validate_json(d) for d in docs], has_more=more, after=last)

    async def delete_thread(self, thread_id: str, context: EditorContext) -> None:
        await self._drop(Owned.by(context), NOTES, STORIES, thread_id=thread_id)

    # -- items --------------------------------------------------------------

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: EditorContext
    ) -> Page[ThreadItem]:
        scope = Owned.by(context).where(NOTES, thread_id=thread_id)
        async with self.engine.connect() as conn:
            docs, more, last = await ITEM_PAGES.fetch(conn, scope, after, limit, order)
        return Page(data=[ITEM_CODEC.validate_json(d) for d in docs], has_more=more, after=last)

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: EditorContext) -> None:
        mine = Owned.by(context)
        doc = ITEM_CODEC.dump_json(item).decode("utf-8")
        async with self.engine.begin() as conn:
            found = await conn.execute(
                sa.select(sa.literal(1)).select_from(STORIES).where(mine.where(STORIES, thread_id=thread_id))
            )
            if found.first() is None:
                raise NotFoundError(f"Thread {thread_id} not found")
            await self._put(
                conn, NOTES, mine, _instant(item.created_at), doc, thread_id=thread_id, item_id=item.id
            )

    async def save_item(self, thread_id: str, item: ThreadItem, context: EditorContext) -> None:
        await self.add_thread_item(thread_id, item, context)

    async def load_item(self, thread_id: str, item_id: str, context: EditorContext) -> ThreadItem:
        doc = await self._doc(NOTES, Owned.by(context), thread_id=thread_id, item_id=item_id)
        if doc is None:
            raise NotFoundError(f"Item {item_id} not found")
        return ITEM_CODEC.validate_json(doc)

    async def delete_thread_item(self, thread_id: str, item_id: str, context: EditorContext) -> None:
        await self._drop(Owned.by(context), NOTES, thread_id=thread_id, item_id=item_id)

    # -- attachments --------------------------------------------------------

    async def save_attachment(self, attachment: Attachment, context: EditorContext) -> None:
        doc = FILE_CODEC.dump_json(attachment).decode("utf-8")
        async with self.engine.begin() as conn:
            await self._put(conn, CLIPPINGS, Owned.by(context), 0, doc, attachment_id=attachment.id)

    async def load_attachment(self, attachment_id: str, context: EditorContext) -> Attachment:
        doc = await self._doc(CLIPPINGS, Owned.by(context), attachment_id=attachment_id)
        if doc is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return FILE_CODEC.validate_json(doc)

    async def delete_attachment(self, attachment_id: str, context: EditorContext) -> None:
        await self._drop(Owned.by(context), CLIPPINGS, attachment_id=attachment_id)
