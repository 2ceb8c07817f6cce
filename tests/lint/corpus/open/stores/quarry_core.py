"""SQLAlchemy Core on an async engine: PostgreSQL in production, SQLite on a laptop."""

from __future__ import annotations

import datetime as dt
import logging
import secrets
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from pydantic import TypeAdapter, ValidationError
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from typing_extensions import TypedDict

logger = logging.getLogger("quarry")

metadata = sa.MetaData()


def _table(name: str, *key: str) -> sa.Table:
    """A table of documents: `key` names the rows, `seq` remembers how they arrived."""
    return sa.Table(
        name,
        metadata,
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
        *(sa.Column(part, sa.String(255), nullable=False) for part in key),
        sa.Column("instant", sa.BigInteger, nullable=False),
        sa.Column("parent", sa.String(255)),
        sa.Column("document", sa.Text, nullable=False),
        sa.UniqueConstraint(*key),
    )


threads = _table("quarry_threads", "owner", "id")
items = _table("quarry_items", "owner", "thread_id", "id")
attachments = _table("quarry_attachments", "owner", "id")

item_adapter = TypeAdapter[ThreadItem](ThreadItem)
attachment_adapter = TypeAdapter[Attachment](Attachment)

PAGE_CEILING = 200
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)


class QuarryContext(TypedDict):
    user: str


def _instant(value: dt.datetime) -> int:
    return (value.astimezone(dt.timezone.utc) - EPOCH) // dt.timedelta(microseconds=1)


def _upsert(
    connection: AsyncConnection,
    table: sa.Table,
    key: Mapping[str, str],
    values: Mapping[str, Any],
) -> sa.Executable:
    """INSERT, or UPDATE of the row that has exactly this key, in the engine's own words."""
    insert = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}[connection.dialect.name]
    statement = insert(table).values(**key, **values)
    return statement.on_conflict_do_update(index_elements=list(key), set_=dict(values))


def _where(table: sa.Table, key: Mapping[str, str]) -> sa.ColumnElement[bool]:
    return sa.and_(*(table.c[name] == value for name, value in key.items()))


class QuarryStore(Store[QuarryContext]):
    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine

    async def create_tables(self) -> None:
        async with self.engine.begin() as connection:
            await connection.run_sync(metadata.create_all)

    def generate_thread_id(self, context: QuarryContext) -> str:
        return f"thr_{secrets.token_urlsafe(18)}"

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: QuarryContext
    ) -> str:
        return f"{item_type}_{secrets.token_urlsafe(18)}"

    def _mine(self, context: QuarryContext, **more: str) -> dict[str, str]:
        owner = context.get("user")
        if not isinstance(owner, str) or not owner:
            raise PermissionError("this request has no user")
        return {"owner": owner, **more}

    async def _document(self, table: sa.Table, key: Mapping[str, str]) -> str | None:
        async with self.engine.connect() as connection:
            return await connection.scalar(sa.select(table.c.document).where(_where(table, key)))

    async def _put(self, table: sa.Table, key: Mapping[str, str], **values: Any) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(_upsert(connection, table, key, values))

    async def _drop(self, table: sa.Table, key: Mapping[str, str]) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(sa.delete(table).where(_where(table, key)))

    async def _rows(
        self,
        table: sa.Table,
        scope: Mapping[str, str],
        after: str | None,
        limit: int,
        order: str,
        noun: str,
    ) -> tuple[list[tuple[str, str]], bool]:
        if limit < 1:
            raise ValueError("limit must be positive")
        if order not in {"asc", "desc"}:
            raise ValueError("order must be asc or desc")
        ascending = order == "asc"
        size = min(limit, PAGE_CEILING)
        walk = [column if ascending else column.desc() for column in (table.c.instant, table.c.seq)]
        query = sa.select(table.c.id, table.c.document).where(_where(table, scope))
        async with self.engine.connect() as connection:
            if after is not None:
                found = await connection.execute(
                    sa.select(table.c.instant, table.c.seq).where(
                        _where(table, {**scope, "id": after})
                    )
                )
                mark = found.one_or_none()
                if mark is None:
                    raise NotFoundError(f"{noun} {after} not found")
                place = sa.tuple_(table.c.instant, table.c.seq)
                here = sa.tuple_(*(sa.literal(value) for value in mark))
                query = query.where(place > here if ascending else place < here)
            result = await connection.execute(query.order_by(*walk).limit(size + 1))
            found_rows = [(row.id, row.document) for row in result]
        return found_rows[:size], len(found_rows) > size

    async def load_thread(self, thread_id: str, context: QuarryContext) -> ThreadMetadata:
        document = await self._document(threads, self._mine(context, id=thread_id))
        if document is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(document)

    async def save_thread(self, thread: ThreadMetadata, context: QuarryContext) -> None:
        bare = ThreadMetadata.model_validate(thread.model_dump(exclude={"items"}))
        await self._put(
            threads,
            self._mine(context, id=thread.id),
            instant=_instant(bare.created_at),
            document=bare.model_dump_json(),
        )

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: QuarryContext
    ) -> Page[ThreadMetadata]:
        rows, more = await self._rows(
            threads, self._mine(context), after, limit, order, noun="Thread"
        )
        data = [ThreadMetadata.model_validate_json(document) for _, document in rows]
        return Page(data=data, has_more=more, after=rows[-1][0] if more else None)

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: QuarryContext
    ) -> Page[ThreadItem]:
        rows, more = await self._rows(
            items, self._mine(context, thread_id=thread_id), after, limit, order, noun="Item"
        )
        page = Page[ThreadItem](has_more=more, after=rows[-1][0] if more else None)
        for item_id, document in rows:
            try:
                page.data.append(item_adapter.validate_json(document))
            except ValidationError:
                logger.warning("unreadable item %s left out of the page", item_id)
        return page

    async def _store_item(self, thread_id: str, item: ThreadItem, context: QuarryContext) -> None:
        if item.thread_id != thread_id:
            raise ValueError("item.thread_id and thread_id differ")
        await self.load_thread(thread_id, context)
        await self._put(
            items,
            self._mine(context, thread_id=thread_id, id=item.id),
            instant=_instant(item.created_at),
            document=item_adapter.dump_json(item).decode(),
        )

    async def add_thread_item(
        self, thread_id: str, item: ThreadItem, context: QuarryContext
    ) -> None:
        await self._store_item(thread_id, item, context)

    save_item = add_thread_item

    async def load_item(self, thread_id: str, item_id: str, context: QuarryContext) -> ThreadItem:
        document = await self._document(
            items, self._mine(context, thread_id=thread_id, id=item_id)
        )
        if document is None:
            raise NotFoundError(f"Item {item_id} not found")
        return item_adapter.validate_json(document)

    async def delete_thread(self, thread_id: str, context: QuarryContext) -> None:
        await self._drop(items, self._mine(context, thread_id=thread_id))
        await self._drop(attachments, self._mine(context, parent=thread_id))
        await self._drop(threads, self._mine(context, id=thread_id))

    async def delete_thread_item(
        self, thread_id: str, item_id: str, context: QuarryContext
    ) -> None:
        await self._drop(items, self._mine(context, thread_id=thread_id, id=item_id))

    async def save_attachment(self, attachment: Attachment, context: QuarryContext) -> None:
        await self._put(
            attachments,
            self._mine(context, id=attachment.id),
            instant=0,
            parent=attachment.thread_id,
            document=attachment_adapter.dump_json(attachment).decode(),
        )

    async def load_attachment(self, attachment_id: str, context: QuarryContext) -> Attachment:
        document = await self._document(attachments, self._mine(context, id=attachment_id))
        if document is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return attachment_adapter.validate_json(document)

    async def delete_attachment(self, attachment_id: str, context: QuarryContext) -> None:
        await self._drop(attachments, self._mine(context, id=attachment_id))
