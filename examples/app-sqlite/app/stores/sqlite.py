"""A ChatKit store on SQLite: one file, many readers, one writer at a time.

Every key begins with the owner: one user's rows are out of reach of another's queries. Pages are
cut by keyset (instant, insertion order): equal timestamps are never lost or repeated, and a deep
page costs what the first one does. The JSON text keeps each value exactly as it was saved.
"""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final, Literal, Self, cast

import aiosqlite
from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from pydantic import SecretStr

from ..config import settings
from ..context import RequestContext
from . import codec
from .errors import StoreUnavailable
from .schema import check_schema, checked_prefix, table_names

# `last_seq` counts insertions and breaks ties between equal instants, per owner and per thread:
# a clock could not, and a global sequence would bar sharding by owner.
SCHEMA: Final = (
    "CREATE TABLE {prefix}schema_version (component TEXT PRIMARY KEY, version INTEGER NOT NULL)",
    "CREATE TABLE {prefix}owners (owner TEXT PRIMARY KEY, last_seq INTEGER NOT NULL)",
    """CREATE TABLE {prefix}threads (
    owner TEXT NOT NULL, id TEXT NOT NULL, created_us INTEGER NOT NULL,
    seq INTEGER NOT NULL, last_seq INTEGER NOT NULL, data TEXT NOT NULL,
    PRIMARY KEY (owner, id)
)""",
    "CREATE INDEX {prefix}threads_by_time ON {prefix}threads (owner, created_us, seq)",
    """CREATE TABLE {prefix}items (
    owner TEXT NOT NULL, thread_id TEXT NOT NULL, id TEXT NOT NULL,
    created_us INTEGER NOT NULL, seq INTEGER NOT NULL, data TEXT NOT NULL,
    PRIMARY KEY (owner, thread_id, id),
    FOREIGN KEY (owner, thread_id) REFERENCES {prefix}threads (owner, id) ON DELETE CASCADE
)""",
    "CREATE INDEX {prefix}items_by_time ON {prefix}items (owner, thread_id, created_us, seq)",
    """CREATE TABLE {prefix}attachments (
    owner TEXT NOT NULL, id TEXT NOT NULL, thread_id TEXT, data TEXT NOT NULL,
    PRIMARY KEY (owner, id)
)""",
    "CREATE INDEX {prefix}attachments_by_thread ON {prefix}attachments (owner, thread_id)",
    "INSERT INTO {prefix}schema_version (component, version) VALUES ('store', 1)",
)

# What lies beyond a cursor. (The queries compare with `+column`: SQLite then uses both columns of
# the index, and skips rows of the cursor's own instant without reading them.)
_BEYOND: Final = {"asc": ">", "desc": "<"}
_STORED_VERSION: Final = "SELECT version FROM {prefix}schema_version WHERE component = 'store'"


class SqliteStore(Store[RequestContext]):
    """Keep threads, items and attachments in a SQLite file, apart by owner.

    Every method raises PermissionError for a context without an owner, ValueError for a bad
    argument, NotFoundError for what is missing or somebody else's, StoreUnavailable when the
    database cannot answer in time. Close the store: its threads keep the process alive.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        create_schema: bool = True,
        table_prefix: str = settings.table_prefix,
        max_page_size: int = settings.max_page_size,
        pool_size: int = settings.database_pool_size,
        acquire_timeout: float = settings.database_acquire_timeout,
        statement_timeout: float = settings.database_statement_timeout,
    ) -> None:
        """Remember where the database is (default: `settings.database_url`); open nothing yet."""
        self._url = SecretStr(url) if url is not None else settings.database_url
        self._create_schema = create_schema
        self._prefix = checked_prefix(table_prefix)
        self._max_page_size = max_page_size
        self._acquire_timeout = acquire_timeout
        self._statement_timeout = statement_timeout
        self._connecting = asyncio.Lock()
        self._ready = False
        self._idle: list[aiosqlite.Connection] = []
        self._readers = asyncio.Semaphore(pool_size)
        # SQLite has one writer at a time: waiting for it here is fair, waiting in SQLite is not.
        self._writer = asyncio.Semaphore(1)

    async def __aenter__(self) -> Self:
        """Connect, and return the store."""
        await self.connect()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Close the store."""
        await self.close()

    async def connect(self) -> None:
        """Open the database and create or check its schema; later calls do nothing.

        Raise ValueError for a missing or wrong URL, StoreSchemaError for tables that are not
        this store's, StoreUnavailable when the database does not answer.
        """
        try:
            async with asyncio.timeout(self._acquire_timeout) as waiting, self._connecting:
                waiting.reschedule(None)
                if not self._ready:
                    async with self._connection(self._writer) as connection:
                        await self._prepare_schema(connection)
                    self._ready = True
        except TimeoutError:
            raise StoreUnavailable(f"Not open after {self._acquire_timeout} s") from None

    async def close(self) -> None:
        """Close every connection; the next use connects again."""
        async with self._connecting:
            self._ready = False
            idle, self._idle = self._idle, []
            while idle:  # Who waited for a turn with this list may take from it as well.
                await idle.pop().close()

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
            "SELECT data FROM {prefix}threads WHERE owner = ? AND id = ?", (owner, thread_id)
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
        await self._transaction(
            (
                """INSERT INTO {prefix}owners (owner, last_seq) VALUES (?, 1)
                ON CONFLICT (owner) DO UPDATE SET last_seq = last_seq + 1""",
                (owner,),
            ),
            (
                """INSERT INTO {prefix}threads (owner, id, created_us, seq, last_seq, data)
                SELECT owner, ?, ?, last_seq, 0, ? FROM {prefix}owners WHERE owner = ?
                ON CONFLICT (owner, id) DO UPDATE
                SET created_us = excluded.created_us, data = excluded.data""",
                (thread_id, created_us, data, owner),
            ),
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
                """SELECT id, data FROM {prefix}items WHERE owner = ? AND thread_id = ?
                ORDER BY created_us {order}, seq {order} LIMIT ?""",
                (owner, thread_id, limit + 1),
                order,
            )
        else:
            rows = await self._read(
                """SELECT i.id, i.data FROM {prefix}items AS c LEFT JOIN {prefix}items AS i
                ON i.owner = c.owner AND i.thread_id = c.thread_id
                AND (i.created_us, i.seq) {beyond} (+c.created_us, +c.seq)
                WHERE c.owner = ? AND c.thread_id = ? AND c.id = ?
                ORDER BY i.created_us {order}, i.seq {order} LIMIT ?""",
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
            VALUES (?, ?, ?, ?) ON CONFLICT (owner, id) DO UPDATE
            SET thread_id = excluded.thread_id, data = excluded.data""",
            (owner, attachment_id, thread_id, data),
        )

    async def load_attachment(self, attachment_id: str, context: RequestContext) -> Attachment:
        """Return the owner's attachment record; raise NotFoundError when there is none."""
        owner, attachment_id = _owner(context), codec.checked_id(attachment_id)
        rows = await self._read(
            "SELECT data FROM {prefix}attachments WHERE owner = ? AND id = ?",
            (owner, attachment_id),
        )
        if not rows:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return codec.decode(codec.ATTACHMENT, rows[0][0], f"Attachment {attachment_id}")

    async def delete_attachment(self, attachment_id: str, context: RequestContext) -> None:
        """Delete the owner's attachment record; quiet when there is none."""
        owner, attachment_id = _owner(context), codec.checked_id(attachment_id)
        await self._write(
            "DELETE FROM {prefix}attachments WHERE owner = ? AND id = ?", (owner, attachment_id)
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
                """SELECT id, data FROM {prefix}threads WHERE owner = ?
                ORDER BY created_us {order}, seq {order} LIMIT ?""",
                (owner, limit + 1),
                order,
            )
        else:
            rows = await self._read(
                """SELECT t.id, t.data FROM {prefix}threads AS c LEFT JOIN {prefix}threads AS t
                ON t.owner = c.owner AND (t.created_us, t.seq) {beyond} (+c.created_us, +c.seq)
                WHERE c.owner = ? AND c.id = ?
                ORDER BY t.created_us {order}, t.seq {order} LIMIT ?""",
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
        changed = await self._transaction(
            (
                "UPDATE {prefix}threads SET last_seq = last_seq + 1 WHERE owner = ? AND id = ?",
                (owner, thread_id),
            ),
            (
                """INSERT INTO {prefix}items (owner, thread_id, id, created_us, seq, data)
                SELECT owner, id, ?, ?, last_seq, ? FROM {prefix}threads
                WHERE owner = ? AND id = ? ON CONFLICT (owner, thread_id, id) DO UPDATE
                SET created_us = excluded.created_us, data = excluded.data""",
                (item_id, created_us, data, owner, thread_id),
            ),
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
            "SELECT data FROM {prefix}items WHERE owner = ? AND thread_id = ? AND id = ?",
            (owner, thread_id, item_id),
        )
        if not rows:
            raise NotFoundError(f"Item {item_id} not found")
        return codec.decode(codec.ITEM, rows[0][0], f"Item {item_id}")

    async def delete_thread(self, thread_id: str, context: RequestContext) -> None:
        """Delete the owner's thread, its items and its attachments' records; quiet when gone."""
        owner, thread_id = _owner(context), codec.checked_id(thread_id)
        await self._transaction(
            (
                "DELETE FROM {prefix}attachments WHERE owner = ? AND thread_id = ?",
                (owner, thread_id),
            ),
            # The foreign key takes the items along.
            ("DELETE FROM {prefix}threads WHERE owner = ? AND id = ?", (owner, thread_id)),
        )

    async def delete_thread_item(
        self, thread_id: str, item_id: str, context: RequestContext
    ) -> None:
        """Delete the item of the owner's thread; quiet when there is none."""
        owner, thread_id = _owner(context), codec.checked_id(thread_id)
        item_id = codec.checked_id(item_id)
        await self._write(
            "DELETE FROM {prefix}items WHERE owner = ? AND thread_id = ? AND id = ?",
            (owner, thread_id, item_id),
        )

    async def _read(
        self, sql: str, values: tuple[str | int, ...], order: Literal["asc", "desc"] = "asc"
    ) -> list[sqlite3.Row]:
        """Return the rows of one query."""
        await self.connect()
        sql = sql.format(prefix=self._prefix, order=order, beyond=_BEYOND[order])
        async with self._connection(self._readers) as connection:
            return list(await connection.execute_fetchall(sql, values))

    async def _write(self, sql: str, values: tuple[str | int | None, ...]) -> int:
        """Run one statement and return how many rows it changed."""
        return await self._transaction((sql, values))

    async def _transaction(self, *statements: tuple[str, tuple[str | int | None, ...]]) -> int:
        """Run all statements or none; return how many rows the last one changed."""
        await self.connect()
        async with self._connection(self._writer) as connection:
            # IMMEDIATE, because a transaction that turns from reading to writing cannot wait.
            cursor = await connection.execute("BEGIN IMMEDIATE")
            for sql, values in statements:
                cursor = await connection.execute(sql.format(prefix=self._prefix), values)
            await connection.commit()
        return cursor.rowcount

    @asynccontextmanager
    async def _connection(
        self, slots: asyncio.Semaphore
    ) -> AsyncGenerator[aiosqlite.Connection, None]:
        """Lend a connection for a turn of `slots`; one that failed is not lent again."""
        late, idle = f"No connection free after {self._acquire_timeout} s", self._idle
        try:
            async with asyncio.timeout(self._acquire_timeout) as waiting, slots:
                waiting.reschedule(None)
                late = f"No answer after {self._statement_timeout} s"
                async with asyncio.timeout(self._statement_timeout):
                    connection = idle.pop() if idle else await self._open()
                    try:
                        yield connection
                    except BaseException:
                        # An abandoned statement goes on in its thread: stop it. Closing undoes it.
                        await connection.interrupt()
                        await connection.close()
                        raise
                # close() may have replaced the list since this turn was asked for.
                if idle is self._idle:
                    idle.append(connection)
                else:
                    await connection.close()
        except TimeoutError:
            raise StoreUnavailable(late) from None
        except sqlite3.Error as error:
            raise StoreUnavailable(f"SQLite failed: {error}") from error

    async def _open(self) -> aiosqlite.Connection:
        """Return a new connection that enforces foreign keys and lets readers go on."""
        path = _database_path(self._url)
        connection = await aiosqlite.connect(
            path, timeout=self._acquire_timeout, isolation_level=None
        )
        try:
            await connection.execute("PRAGMA foreign_keys = ON")
            await _patiently(connection, "PRAGMA journal_mode = WAL")
        except BaseException:
            await connection.close()
            raise
        return connection

    async def _prepare_schema(self, connection: aiosqlite.Connection) -> None:
        """Create the tables in an empty database; refuse what is not this store's."""
        # Taken before looking, so that of several processes starting at once one creates.
        await _patiently(connection, "BEGIN IMMEDIATE")
        found = await connection.execute_fetchall("SELECT lower(name) FROM sqlite_master")
        existing = table_names(self._prefix) & {str(row[0]) for row in found}
        if self._create_schema and not existing:
            for statement in SCHEMA:
                await connection.execute(statement.format(prefix=self._prefix))
        else:
            check_schema(self._prefix, existing, await self._stored_version(connection))
        await connection.commit()

    async def _stored_version(self, connection: aiosqlite.Connection) -> object:
        """Return the schema's version, or None when the version table is not this store's."""
        try:
            rows = await connection.execute_fetchall(_STORED_VERSION.format(prefix=self._prefix))
        except sqlite3.OperationalError:
            # No such table or column.
            return None
        return next((row[0] for row in rows), None)


async def _patiently(connection: aiosqlite.Connection, sql: str, attempts: int = 20) -> None:
    """Run a statement of the start, when SQLite says "locked" at once, whatever its timeout."""
    try:
        await connection.execute(sql)
    except sqlite3.OperationalError as error:
        # Another process is creating the file or changing its journal.
        if attempts == 1 or error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        await asyncio.sleep(0.05)
        await _patiently(connection, sql, attempts - 1)


def _database_path(url: SecretStr | None) -> str:
    """Return the file that the URL names; raise ValueError for a URL that is not SQLite's."""
    if url is None or not url.get_secret_value():
        raise ValueError("No database URL: set DATABASE_URL or pass one to the store")
    scheme, _, rest = url.get_secret_value().partition("://")
    path, _, query = rest.partition("?")
    if query:
        raise ValueError(f"Unknown option {query.partition('=')[0]!r} in the database URL")
    # Not in memory: there, each connection would have a database of its own.
    if scheme.partition("+")[0] != "sqlite" or path[:1] != "/" or path in ("/", "/:memory:"):
        raise ValueError("The database URL must be sqlite:///relative.db or sqlite:////absolute.db")
    return path[1:]


def _owner(context: RequestContext) -> str:
    """Return whose rows the request may touch; raise PermissionError when it does not say."""
    try:
        owner = cast("object", context["user_id"])
    except (KeyError, AttributeError, TypeError):
        owner = None
    if not isinstance(owner, str) or not owner:
        raise PermissionError("The request context names no owner")
    return codec.checked_id(owner)
