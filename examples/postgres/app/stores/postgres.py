"""A ChatKit store on PostgreSQL: one statement and one round trip an operation.

Every key begins with the owner: one user's rows are out of reach of another's queries. Pages are
cut by keyset (instant, insertion order): equal timestamps are never lost or repeated, and a deep
page costs what the first one does. The JSON text keeps each value exactly as it was saved.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final, Literal, Self, cast

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from pydantic import SecretStr

from ..config import settings
from ..context import RequestContext
from . import codec
from .errors import StoreSchemaError
from .postgres_pool import MISSING, Connection, Pool
from .schema import check_schema, checked_prefix, table_names

# Compared by bytes ("C"): other collations may take two users or two ids for one. `last_seq` counts
# insertions and breaks ties between equal instants, per owner and per thread: a clock could not,
# and a global sequence would bar sharding by owner. The indexes' conditions keep them to pages: a
# planner that takes threads for short would look for one id in them, and read the whole thread.
SCHEMA: Final = (
    "CREATE TABLE {prefix}schema_version (component TEXT PRIMARY KEY, version INTEGER NOT NULL)",
    'CREATE TABLE {prefix}owners (owner TEXT COLLATE "C" PRIMARY KEY, last_seq BIGINT NOT NULL)',
    """CREATE TABLE {prefix}threads (
    owner TEXT COLLATE "C" NOT NULL, id TEXT COLLATE "C" NOT NULL, created_us BIGINT NOT NULL,
    seq BIGINT NOT NULL, last_seq BIGINT NOT NULL, data TEXT NOT NULL,
    PRIMARY KEY (owner, id)
)""",
    """CREATE INDEX {prefix}threads_by_time ON {prefix}threads (owner, created_us, seq)
    WHERE seq > 0""",
    """CREATE TABLE {prefix}items (
    owner TEXT COLLATE "C" NOT NULL, thread_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL, created_us BIGINT NOT NULL, seq BIGINT NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (owner, thread_id, id),
    FOREIGN KEY (owner, thread_id) REFERENCES {prefix}threads (owner, id) ON DELETE CASCADE
)""",
    """CREATE INDEX {prefix}items_by_time ON {prefix}items (owner, thread_id, created_us, seq)
    WHERE seq > 0""",
    """CREATE TABLE {prefix}attachments (
    owner TEXT COLLATE "C" NOT NULL, id TEXT COLLATE "C" NOT NULL, thread_id TEXT COLLATE "C",
    data TEXT NOT NULL,
    PRIMARY KEY (owner, id)
)""",
    """CREATE INDEX {prefix}attachments_by_thread ON {prefix}attachments (owner, thread_id)
    WHERE thread_id IS NOT NULL""",
    "INSERT INTO {prefix}schema_version (component, version) VALUES ('store', 1)",
)

# What lies beyond a cursor. (Pages say LIMIT (SELECT n): a planner that saw the number, and took
# threads for short, would sort them whole instead of following the index.)
_BEYOND: Final = {"asc": ">", "desc": "<"}
_STORED_VERSION: Final = (
    "SELECT version FROM {prefix}schema_version WHERE component::text = 'store'"
)
# Whatever has one of our names where a statement would find it: a table, a view, an index.
_FOUND: Final = "SELECT relname FROM pg_class WHERE relname = ANY($1) AND pg_table_is_visible(oid)"


class PostgresStore(Store[RequestContext]):
    """Keep threads, items and attachments in PostgreSQL, apart by owner.

    Every method raises PermissionError for a context without an owner, ValueError for a bad
    argument, NotFoundError for what is missing or somebody else's, StoreUnavailable when the
    database cannot answer in time. Close the store: the server has few connections to give.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        create_schema: bool = True,
        table_prefix: str = settings.table_prefix,
        max_page_size: int = settings.max_page_size,
        pool_size: int = settings.database_pool_size,
        connect_timeout: float = settings.database_connect_timeout,
        acquire_timeout: float = settings.database_acquire_timeout,
        statement_timeout: float = settings.database_statement_timeout,
    ) -> None:
        """Remember where the database is (default: `settings.database_url`); open nothing yet."""
        self._create_schema = create_schema
        self._prefix = checked_prefix(table_prefix)
        self._max_page_size = max_page_size
        self._connecting = asyncio.Lock()
        self._ready = False
        self._pool = Pool(
            SecretStr(url) if url is not None else settings.database_url,
            size=pool_size,
            connect_timeout=connect_timeout,
            acquire_timeout=acquire_timeout,
            statement_timeout=statement_timeout,
        )

    async def __aenter__(self) -> Self:
        """Connect, and return the store."""
        await self.connect()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Close the store."""
        await self.close()

    async def connect(self) -> None:
        """Log in and create or check the schema; later calls do nothing.

        Raise ValueError for a missing or wrong URL, StoreSchemaError for tables that are not
        this store's, StoreUnavailable when the database does not answer.
        """
        async with self._pool.turn(self._connecting):
            if not self._ready:
                try:
                    await self._pool.run(self._prepare_schema)
                except BaseException:
                    await self._pool.close()
                    raise
                self._ready = True

    async def close(self) -> None:
        """Close every connection once its statement is done; the next use connects again."""
        async with self._connecting:
            self._ready = False
            await self._pool.close()

    def generate_thread_id(self, context: RequestContext) -> str:
        """Return a new thread id: the SDK's prefix and 122 random bits."""
        return codec.new_id("thread")

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: RequestContext
    ) -> str:
        """Return a new item id: the SDK's prefix and 122 random bits."""
        return codec.new_id(item_type)

    async def load_thread(self, thread_id: str, context: RequestContext) -> ThreadMetadata:
        """Return the owner's thread; raise NotFoundError when there is none."""
        owner, thread_id = _owner(context), codec.checked_id(thread_id)
        rows = await self._read(
            "SELECT data FROM {prefix}threads WHERE owner = $1 AND id = $2", (owner, thread_id)
        )
        if not rows:
            raise NotFoundError(f"Thread {thread_id} not found")
        return codec.decode(codec.THREAD, rows[0][0], f"Thread {thread_id}")

    async def save_thread(self, thread: ThreadMetadata, context: RequestContext) -> None:
        """Insert or update the owner's thread; an update keeps its place among equal instants."""
        owner, thread_id = _owner(context), codec.checked_id(thread.id)
        # respond() may hand over a whole Thread, but its items have rows of their own.
        thread = ThreadMetadata(**thread.model_dump(exclude={"items"}))
        created_us, data = codec.instant(thread.created_at), codec.encode(codec.THREAD, thread)
        await self._write(
            """WITH counted AS (INSERT INTO {prefix}owners AS o (owner, last_seq) VALUES ($1, 1)
                ON CONFLICT (owner) DO UPDATE SET last_seq = o.last_seq + 1 RETURNING last_seq)
            INSERT INTO {prefix}threads (owner, id, created_us, seq, last_seq, data)
            SELECT $1, $2, $3, last_seq, 0, $4 FROM counted ON CONFLICT (owner, id) DO UPDATE
            SET created_us = excluded.created_us, data = excluded.data""",
            (owner, thread_id, created_us, data),
        )

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: RequestContext
    ) -> Page[ThreadItem]:
        """Return a page of the thread's items by time; empty when the owner has no such thread.

        `order` is "asc" or "desc"; `limit` is capped at `max_page_size`. Raise NotFoundError when
        `after` is no item of this thread.
        """
        owner, thread_id = _owner(context), codec.checked_id(thread_id)
        limit, order = codec.page_size(limit, self._max_page_size), codec.checked_order(order)
        if after is None:
            rows = await self._read(
                """SELECT id, data FROM {prefix}items WHERE owner = $1 AND thread_id = $2
                AND seq > 0 ORDER BY created_us {order}, seq {order} LIMIT (SELECT $3::bigint)""",
                (owner, thread_id, limit + 1),
                order,
            )
        else:
            rows = await self._read(
                """SELECT i.id, i.data FROM {prefix}items AS c LEFT JOIN LATERAL (
                    SELECT * FROM {prefix}items WHERE owner = $1 AND thread_id = $2
                    AND seq > 0 AND (created_us, seq) {beyond} (c.created_us, c.seq)
                    ORDER BY created_us {order}, seq {order} LIMIT (SELECT $4::bigint)) AS i ON TRUE
                WHERE c.owner = $1 AND c.thread_id = $2 AND c.id = $3
                ORDER BY i.created_us {order}, i.seq {order}""",
                (owner, thread_id, codec.checked_id(after), limit + 1),
                order,
            )
        if not rows and after is not None:
            raise NotFoundError(f"Item {after} not found")
        return codec.to_page(codec.ITEM, rows, limit, "Item")

    async def save_attachment(self, attachment: Attachment, context: RequestContext) -> None:
        """Insert or update the owner's attachment record."""
        owner, attachment_id = _owner(context), codec.checked_id(attachment.id)
        thread_id = None if attachment.thread_id is None else codec.checked_id(attachment.thread_id)
        data = codec.encode(codec.ATTACHMENT, attachment)
        await self._write(
            """INSERT INTO {prefix}attachments (owner, id, thread_id, data)
            VALUES ($1, $2, $3, $4) ON CONFLICT (owner, id) DO UPDATE
            SET thread_id = excluded.thread_id, data = excluded.data""",
            (owner, attachment_id, thread_id, data),
        )

    async def load_attachment(self, attachment_id: str, context: RequestContext) -> Attachment:
        """Return the owner's attachment record; raise NotFoundError when there is none."""
        owner, attachment_id = _owner(context), codec.checked_id(attachment_id)
        rows = await self._read(
            "SELECT data FROM {prefix}attachments WHERE owner = $1 AND id = $2",
            (owner, attachment_id),
        )
        if not rows:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return codec.decode(codec.ATTACHMENT, rows[0][0], f"Attachment {attachment_id}")

    async def delete_attachment(self, attachment_id: str, context: RequestContext) -> None:
        """Delete the owner's attachment record; quiet when there is none."""
        owner, attachment_id = _owner(context), codec.checked_id(attachment_id)
        await self._write(
            "DELETE FROM {prefix}attachments WHERE owner = $1 AND id = $2", (owner, attachment_id)
        )

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: RequestContext
    ) -> Page[ThreadMetadata]:
        """Return a page of the owner's threads by time.

        `order` is "asc" or "desc"; `limit` is capped at `max_page_size`. Raise NotFoundError when
        `after` is no thread of this owner.
        """
        owner = _owner(context)
        limit, order = codec.page_size(limit, self._max_page_size), codec.checked_order(order)
        if after is None:
            rows = await self._read(
                """SELECT id, data FROM {prefix}threads WHERE owner = $1
                AND seq > 0 ORDER BY created_us {order}, seq {order} LIMIT (SELECT $2::bigint)""",
                (owner, limit + 1),
                order,
            )
        else:
            rows = await self._read(
                """SELECT t.id, t.data FROM {prefix}threads AS c LEFT JOIN LATERAL (
                    SELECT * FROM {prefix}threads WHERE owner = $1 AND seq > 0
                    AND (created_us, seq) {beyond} (c.created_us, c.seq)
                    ORDER BY created_us {order}, seq {order} LIMIT (SELECT $3::bigint)) AS t ON TRUE
                WHERE c.owner = $1 AND c.id = $2
                ORDER BY t.created_us {order}, t.seq {order}""",
                (owner, codec.checked_id(after), limit + 1),
                order,
            )
        if not rows and after is not None:
            raise NotFoundError(f"Thread {after} not found")
        return codec.to_page(codec.THREAD, rows, limit, "Thread")

    async def add_thread_item(
        self, thread_id: str, item: ThreadItem, context: RequestContext
    ) -> None:
        """Insert the item, or update it in place when the thread has it: workflows come twice.

        Raise NotFoundError when the owner has no such thread, ValueError when the item names
        another one.
        """
        owner, thread_id = _owner(context), codec.checked_id(thread_id)
        item_id = codec.checked_id(item.id)
        if item.thread_id != thread_id:
            raise ValueError(f"Item {item_id} names thread {item.thread_id!r}, not {thread_id!r}")
        created_us, data = codec.instant(item.created_at), codec.encode(codec.ITEM, item)
        changed = await self._write(
            """WITH thread AS (UPDATE {prefix}threads SET last_seq = last_seq + 1
                WHERE owner = $1 AND id = $2 RETURNING last_seq)
            INSERT INTO {prefix}items (owner, thread_id, id, created_us, seq, data)
            SELECT $1, $2, $3, $4, last_seq, $5 FROM thread
            ON CONFLICT (owner, thread_id, id) DO UPDATE
            SET created_us = excluded.created_us, data = excluded.data""",
            (owner, thread_id, item_id, created_us, data),
        )
        if not changed:
            raise NotFoundError(f"Thread {thread_id} not found")

    async def save_item(self, thread_id: str, item: ThreadItem, context: RequestContext) -> None:
        """Insert or update the item, as `add_thread_item` does."""
        await self.add_thread_item(thread_id, item, context)

    async def load_item(self, thread_id: str, item_id: str, context: RequestContext) -> ThreadItem:
        """Return the item of the owner's thread; raise NotFoundError when there is none.

        Raise ValueError when it is stored, but of a type the installed chatkit does not know.
        """
        owner, thread_id = _owner(context), codec.checked_id(thread_id)
        item_id = codec.checked_id(item_id)
        rows = await self._read(
            "SELECT data FROM {prefix}items WHERE owner = $1 AND thread_id = $2 AND id = $3",
            (owner, thread_id, item_id),
        )
        if not rows:
            raise NotFoundError(f"Item {item_id} not found")
        return codec.decode(codec.ITEM, rows[0][0], f"Item {item_id}")

    async def delete_thread(self, thread_id: str, context: RequestContext) -> None:
        """Delete the owner's thread, its items and its attachments' records; quiet when gone."""
        owner, thread_id = _owner(context), codec.checked_id(thread_id)
        # The foreign key takes the items along.
        await self._write(
            """WITH thread AS (DELETE FROM {prefix}threads WHERE owner = $1 AND id = $2)
            DELETE FROM {prefix}attachments WHERE owner = $1 AND thread_id = $2""",
            (owner, thread_id),
        )

    async def delete_thread_item(
        self, thread_id: str, item_id: str, context: RequestContext
    ) -> None:
        """Delete the item of the owner's thread; quiet when there is none."""
        owner, thread_id = _owner(context), codec.checked_id(thread_id)
        item_id = codec.checked_id(item_id)
        await self._write(
            "DELETE FROM {prefix}items WHERE owner = $1 AND thread_id = $2 AND id = $3",
            (owner, thread_id, item_id),
        )

    async def _read(
        self, sql: str, values: tuple[str | int, ...], order: Literal["asc", "desc"] = "asc"
    ) -> list[Sequence[Any]]:
        """Return the rows of one query."""
        await self.connect()
        sql = sql.format(prefix=self._prefix, order=order, beyond=_BEYOND[order])
        return await self._pool.run(lambda connection: connection.fetch(sql, *values))

    async def _write(self, sql: str, values: tuple[str | int | None, ...]) -> int:
        """Run one statement, atomic by itself, and return how many rows it changed."""
        await self.connect()
        sql = sql.format(prefix=self._prefix)
        tag = await self._pool.run(lambda connection: connection.execute(sql, *values))
        return int(tag.rpartition(" ")[2])

    async def _prepare_schema(self, connection: Connection) -> None:
        """Create the tables in an empty database; refuse what is not this store's."""
        # A stricter isolation would not see what others committed while this one waited.
        async with connection.transaction(isolation="read_committed"):
            # Taken before looking, so that of several processes starting at once one creates. The
            # number, "chatkit" in bytes, is ours.
            await connection.execute("SELECT pg_advisory_xact_lock(27980790468667764)")
            [(encoding,)] = await connection.fetch("SHOW server_encoding")
            if encoding != "UTF8":
                raise StoreSchemaError(f"The database is {encoding}: create one in UTF8")
            found = await connection.fetch(_FOUND, list(table_names(self._prefix)))
            existing = {str(row[0]) for row in found}
            if self._create_schema and not existing:
                for statement in SCHEMA:
                    await connection.execute(statement.format(prefix=self._prefix))
            else:
                check_schema(self._prefix, existing, await self._stored_version(connection))

    async def _stored_version(self, connection: Connection) -> object:
        """Return the schema's version, or None when the version table is not this store's."""
        with suppress(*MISSING):
            rows = await connection.fetch(_STORED_VERSION.format(prefix=self._prefix))
            return next((row[0] for row in rows), None)
        return None


def _owner(context: RequestContext) -> str:
    """Return whose rows the request may touch; raise PermissionError when it does not say."""
    try:
        owner = cast("object", context["user_id"])
    except (KeyError, AttributeError, TypeError):
        owner = None
    if not isinstance(owner, str) or not owner:
        raise PermissionError("The request context names no owner")
    return codec.checked_id(owner)
