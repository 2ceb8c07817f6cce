"""A ChatKit store on MySQL 8.0.19 or later and MariaDB 10.11 or later.

Every key begins with the owner: one user's rows are out of reach of another's queries. Pages are
cut by keyset (instant, insertion order): equal timestamps are never lost or repeated, and a
deep page costs what the first one does. The JSON text keeps each value exactly as it was saved.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final, Literal, Self, cast

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import (
    AssistantMessageContent,
    AssistantMessageItem,
    Attachment,
    InferenceOptions,
    Page,
    ThreadItem,
    ThreadMetadata,
    UserMessageItem,
    UserMessageTextContent,
)
from pydantic import SecretStr

from ..config import settings
from ..context import RequestContext
from . import codec
from .mysql_driver import Cursor
from .mysql_pool import Pool
from .schema import check_schema, checked_prefix, table_names

# `last_seq` counts insertions: an owner's threads, a thread's items. It breaks ties between equal
# instants; a clock could not, and a global sequence would bar sharding by owner. VARBINARY compares
# bytes on both engines, trailing blanks included. No foreign keys: partitions may not have them.
SCHEMA: Final = (
    """CREATE TABLE IF NOT EXISTS {prefix}schema_version (
    component VARBINARY(32) PRIMARY KEY, version INT NOT NULL
) ENGINE = InnoDB COMMENT = 'chatkit-forge store'""",
    """CREATE TABLE IF NOT EXISTS {prefix}owners (
    owner VARBINARY(255) PRIMARY KEY, last_seq BIGINT NOT NULL
) ENGINE = InnoDB COMMENT = 'chatkit-forge store'""",
    """CREATE TABLE IF NOT EXISTS {prefix}threads (
    owner VARBINARY(255) NOT NULL, id VARBINARY(255) NOT NULL,
    created_us BIGINT NOT NULL, seq BIGINT NOT NULL, last_seq BIGINT NOT NULL,
    data LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    PRIMARY KEY (owner, id), KEY by_time (owner, created_us, seq)
) ENGINE = InnoDB COMMENT = 'chatkit-forge store'""",
    """CREATE TABLE IF NOT EXISTS {prefix}items (
    owner VARBINARY(255) NOT NULL, thread_id VARBINARY(255) NOT NULL, id VARBINARY(255) NOT NULL,
    created_us BIGINT NOT NULL, seq BIGINT NOT NULL,
    data LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    PRIMARY KEY (owner, thread_id, id), KEY by_time (owner, thread_id, created_us, seq)
) ENGINE = InnoDB COMMENT = 'chatkit-forge store'""",
    """CREATE TABLE IF NOT EXISTS {prefix}attachments (
    owner VARBINARY(255) NOT NULL, id VARBINARY(255) NOT NULL, thread_id VARBINARY(255),
    data LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    PRIMARY KEY (owner, id), KEY by_thread (owner, thread_id)
) ENGINE = InnoDB COMMENT = 'chatkit-forge store'""",
    # Last, because every CREATE TABLE is committed at once: this row says that all are there.
    """INSERT INTO {prefix}schema_version (component, version) VALUES ('store', 1)
ON DUPLICATE KEY UPDATE version = version""",
)

# What lies beyond a cursor. The queries compare with `a < x OR (a = x AND b < y)`: neither engine
# finds the place of a pair, `(a, b) < (x, y)`, in an index.
_BEYOND: Final = {"asc": ">", "desc": "<"}
_STORED_VERSION: Final = "SELECT version FROM {prefix}schema_version WHERE component = 'store'"
_FOUND: Final = """SELECT LOWER(TABLE_NAME), TABLE_COMMENT FROM information_schema.TABLES
    WHERE TABLE_SCHEMA = DATABASE() AND FIND_IN_SET(LOWER(TABLE_NAME), %s)"""
_COMMENT: Final = "chatkit-forge store"


class MysqlStore(Store[RequestContext]):
    """Keep threads, items and attachments in MySQL or MariaDB, apart by owner.

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
        """Open the database and create or check its schema; later calls do nothing.

        Raise ValueError for a missing or wrong URL, StoreSchemaError for tables that are not
        this store's, StoreUnavailable when the database does not answer.
        """
        async with self._pool.turn(self._connecting):
            if not self._ready:
                await self._pool.run(self._prepare_schema)
                self._ready = True

    async def close(self) -> None:
        """Close every connection; the next use connects again."""
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
            "SELECT data FROM {prefix}threads WHERE owner = %s AND id = %s", (owner, thread_id)
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
                """INSERT INTO {prefix}owners (owner, last_seq) VALUES (%s, 1)
                ON DUPLICATE KEY UPDATE last_seq = last_seq + 1""",
                (owner,),
            ),
            # A table of one row names the new values: what both engines take, sent once.
            (
                """INSERT INTO {prefix}threads (owner, id, created_us, seq, last_seq, data)
                SELECT o.owner, n.id, n.created_us, o.last_seq, 0, n.data FROM {prefix}owners AS o
                JOIN (SELECT %s AS id, %s AS created_us, %s AS data) AS n WHERE o.owner = %s
                ON DUPLICATE KEY UPDATE created_us = n.created_us, data = n.data""",
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
                """SELECT CONVERT(id USING utf8mb4), data FROM {prefix}items FORCE INDEX (by_time)
                WHERE owner = %s AND thread_id = %s
                ORDER BY created_us {order}, seq {order} LIMIT %s""",
                (owner, thread_id, limit + 1),
                order,
            )
        else:
            # An outer join would sort the whole thread. This one finds the cursor's row first.
            found = await self._read(
                """SELECT CONVERT(i.id USING utf8mb4), i.data FROM {prefix}items AS c
                JOIN {prefix}items AS i FORCE INDEX (by_time)
                ON i.owner = c.owner AND i.thread_id = c.thread_id AND (i.created_us {beyond}
                c.created_us OR (i.created_us = c.created_us AND i.seq {beyond}= c.seq))
                WHERE c.owner = %s AND c.thread_id = %s AND c.id = %s
                ORDER BY i.created_us {order}, i.seq {order} LIMIT %s""",
                (owner, thread_id, codec.checked_id(after), limit + 2),
                order,
            )
            if not found:
                raise NotFoundError(f"Item {after} not found")
            rows = found[1:]
        return codec.to_page(codec.ITEM, rows, limit, "Item")

    async def save_attachment(self, attachment: Attachment, context: RequestContext) -> None:
        """Insert or update the owner's attachment record."""
        owner, attachment_id = _owner(context), codec.checked_id(attachment.id)
        thread_id = None if attachment.thread_id is None else codec.checked_id(attachment.thread_id)
        data = codec.encode(codec.ATTACHMENT, attachment)
        await self._write(
            """INSERT INTO {prefix}attachments (owner, id, thread_id, data)
            SELECT n.owner, n.id, n.thread_id, n.data
            FROM (SELECT %s AS owner, %s AS id, %s AS thread_id, %s AS data) AS n
            ON DUPLICATE KEY UPDATE thread_id = n.thread_id, data = n.data""",
            (owner, attachment_id, thread_id, data),
        )

    async def load_attachment(self, attachment_id: str, context: RequestContext) -> Attachment:
        """Return the owner's attachment record; raise NotFoundError when there is none."""
        owner, attachment_id = _owner(context), codec.checked_id(attachment_id)
        rows = await self._read(
            "SELECT data FROM {prefix}attachments WHERE owner = %s AND id = %s",
            (owner, attachment_id),
        )
        if not rows:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return codec.decode(codec.ATTACHMENT, rows[0][0], f"Attachment {attachment_id}")

    async def delete_attachment(self, attachment_id: str, context: RequestContext) -> None:
        """Delete the owner's attachment record; quiet when there is none."""
        owner, attachment_id = _owner(context), codec.checked_id(attachment_id)
        await self._write(
            "DELETE FROM {prefix}attachments WHERE owner = %s AND id = %s", (owner, attachment_id)
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
                """SELECT CONVERT(id USING utf8mb4), data FROM {prefix}threads FORCE INDEX (by_time)
                WHERE owner = %s ORDER BY created_us {order}, seq {order} LIMIT %s""",
                (owner, limit + 1),
                order,
            )
        else:
            found = await self._read(
                """SELECT CONVERT(t.id USING utf8mb4), t.data FROM {prefix}threads AS c
                JOIN {prefix}threads AS t FORCE INDEX (by_time)
                ON t.owner = c.owner AND (t.created_us {beyond} c.created_us
                OR (t.created_us = c.created_us AND t.seq {beyond}= c.seq))
                WHERE c.owner = %s AND c.id = %s
                ORDER BY t.created_us {order}, t.seq {order} LIMIT %s""",
                (owner, codec.checked_id(after), limit + 2),
                order,
            )
            if not found:
                raise NotFoundError(f"Thread {after} not found")
            rows = found[1:]
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
            # Locks the thread's row, so that nobody deletes the thread meanwhile.
            (
                "UPDATE {prefix}threads SET last_seq = last_seq + 1 WHERE owner = %s AND id = %s",
                (owner, thread_id),
            ),
            (
                """INSERT INTO {prefix}items (owner, thread_id, id, created_us, seq, data)
                SELECT t.owner, t.id, n.id, n.created_us, t.last_seq, n.data
                FROM {prefix}threads AS t
                JOIN (SELECT %s AS id, %s AS created_us, %s AS data) AS n
                WHERE t.owner = %s AND t.id = %s
                ON DUPLICATE KEY UPDATE created_us = n.created_us, data = n.data""",
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
            "SELECT data FROM {prefix}items WHERE owner = %s AND thread_id = %s AND id = %s",
            (owner, thread_id, item_id),
        )
        if not rows:
            raise NotFoundError(f"Item {item_id} not found")
        return codec.decode(codec.ITEM, rows[0][0], f"Item {item_id}")

    async def delete_thread(self, thread_id: str, context: RequestContext) -> None:
        """Delete the owner's thread, its items and its attachments' records; quiet when gone."""
        owner, thread_id = _owner(context), codec.checked_id(thread_id)
        # One statement, read part by part: in a plain join each attachment would meet each item. IF
        # stands inside the key, because the engines find no rows for NULL without reading any.
        await self._write(
            """DELETE t, i, a
            FROM (SELECT 1 AS part UNION ALL SELECT 2 UNION ALL SELECT 3) AS parts
            LEFT JOIN {prefix}threads AS t ON t.owner = IF(part = 1, %s, NULL) AND t.id = %s
            LEFT JOIN {prefix}items AS i
                ON i.owner = IF(part = 2, %s, NULL) AND i.thread_id = %s
            LEFT JOIN {prefix}attachments AS a
                ON a.owner = IF(part = 3, %s, NULL) AND a.thread_id = %s""",
            (owner, thread_id) * 3,
        )

    async def delete_thread_item(
        self, thread_id: str, item_id: str, context: RequestContext
    ) -> None:
        """Delete the item of the owner's thread; quiet when there is none."""
        owner, thread_id = _owner(context), codec.checked_id(thread_id)
        item_id = codec.checked_id(item_id)
        await self._write(
            "DELETE FROM {prefix}items WHERE owner = %s AND thread_id = %s AND id = %s",
            (owner, thread_id, item_id),
        )

    # {% if helpers %}
    async def create_thread(self, title: str, context: RequestContext) -> str:
        """Store a new thread of the owner and return its id."""
        thread_id = self.generate_thread_id(context)
        thread = ThreadMetadata(id=thread_id, title=title, created_at=datetime.now(UTC))
        await self.save_thread(thread, context)
        return thread_id

    async def get_thread(self, thread_id: str, context: RequestContext) -> dict[str, Any] | None:
        """Return the thread's fields as plain JSON values, or None when the owner has none."""
        try:
            thread = await self.load_thread(thread_id, context)
        except NotFoundError:
            return None
        return thread.model_dump(mode="json")

    async def save_message(
        self,
        thread_id: str,
        content: str,
        sender_type: Literal["user", "agent"],
        context: RequestContext,
    ) -> str:
        """Append a message to the owner's thread and return its id.

        Raise NotFoundError when the owner has no such thread.
        """
        thread = await self.load_thread(thread_id, context)
        item_id, now = self.generate_item_id("message", thread, context), datetime.now(UTC)
        item: ThreadItem
        if sender_type == "user":
            item = UserMessageItem(
                id=item_id,
                thread_id=thread_id,
                created_at=now,
                content=[UserMessageTextContent(text=content)],
                inference_options=InferenceOptions(),
            )
        else:
            item = AssistantMessageItem(
                id=item_id,
                thread_id=thread_id,
                created_at=now,
                content=[AssistantMessageContent(text=content)],
            )
        await self.add_thread_item(thread_id, item, context)
        return item_id

    async def get_thread_messages(
        self, thread_id: str, context: RequestContext
    ) -> list[dict[str, Any]]:
        """Return all messages of the thread, oldest first.

        Each has `id`, `sender_type` ("user" or "agent"), `content` (its text parts joined) and
        `created_at` (ISO 8601). Other items, such as widgets and tool calls, are left out.
        """
        messages: list[dict[str, Any]] = []
        after: str | None = None
        while True:
            page = await self.load_thread_items(
                thread_id, after, self._max_page_size, "asc", context
            )
            for item in page.data:
                if isinstance(item, UserMessageItem | AssistantMessageItem):
                    messages.append(
                        {
                            "id": item.id,
                            "sender_type": "user" if item.type == "user_message" else "agent",
                            "content": "".join(part.text for part in item.content),
                            "created_at": item.created_at.isoformat(),
                        }
                    )
            if not page.has_more:
                return messages
            after = page.after

    # {% endif %}
    async def _read(
        self, sql: str, values: tuple[str | int, ...], order: Literal["asc", "desc"] = "asc"
    ) -> Sequence[Sequence[Any]]:
        """Return the rows of one query."""
        await self.connect()
        sql = sql.format(prefix=self._prefix, order=order, beyond=_BEYOND[order])

        async def fetch(cursor: Cursor) -> Sequence[Sequence[Any]]:
            await cursor.execute(sql, values)
            return await cursor.fetchall()

        return await self._pool.run(fetch)

    async def _write(self, sql: str, values: tuple[str | int | None, ...]) -> int:
        """Run one statement and return how many rows it changed."""
        return await self._transaction((sql, values))

    async def _transaction(self, *statements: tuple[str, tuple[str | int | None, ...]]) -> int:
        """Run all statements or none; return how many rows the first one changed."""
        await self.connect()

        async def change(cursor: Cursor) -> int:
            # Also around a single statement: abandoned while it waits, it is undone, not late.
            await cursor.execute("BEGIN")
            changed = [
                await cursor.execute(sql.format(prefix=self._prefix), values)
                for sql, values in statements
            ]
            await cursor.execute("COMMIT")
            return changed[0]

        return await self._pool.run(change)

    async def _prepare_schema(self, cursor: Cursor) -> None:
        """Create the tables in an empty database; refuse what is not this store's."""
        existing, foreign = await self._tables(cursor)
        version = None
        begun = not foreign and f"{self._prefix}schema_version" in existing
        if begun:
            await cursor.execute(_STORED_VERSION.format(prefix=self._prefix))
            version = next((row[0] for row in await cursor.fetchall()), None)
            # Again, because another process may have made them since, and then the version's row.
            existing, foreign = await self._tables(cursor)
        # Without the row, some process is creating the tables, or died of it: each may go on.
        unfinished = version is None and (begun or not existing)
        if self._create_schema and unfinished:
            for statement in SCHEMA:
                await cursor.execute(statement.format(prefix=self._prefix))
        else:
            check_schema(self._prefix, set() if unfinished else foreign or existing, version)

    async def _tables(self, cursor: Cursor) -> tuple[set[str], set[str]]:
        """Return which tables of our names exist, and which of these are not this store's."""
        await cursor.execute(_FOUND, (",".join(table_names(self._prefix)),))
        found = await cursor.fetchall()
        return {row[0] for row in found}, {row[0] for row in found if row[1] != _COMMENT}


def _owner(context: RequestContext) -> str:
    """Return whose rows the request may touch; raise PermissionError when it does not say."""
    try:
        owner = cast("object", context["user_id"])
    except (KeyError, AttributeError, TypeError):
        owner = None
    if not isinstance(owner, str) or not owner:
        raise PermissionError("The request context names no owner")
    return codec.checked_id(owner)
