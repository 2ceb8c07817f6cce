"""A ChatKit store on MongoDB: on a replica set or a sharded cluster, for their transactions.

Every key begins with the owner: one user's rows are out of reach of another's queries. Pages are
cut by keyset (instant, insertion order): equal timestamps are never lost or repeated, and a deep
page costs what the first one does. The JSON text keeps each value exactly as it was saved.
"""

import asyncio
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from random import SystemRandom
from typing import Any, Final, Literal, Self, TypeAlias, TypeVar, cast
from weakref import WeakValueDictionary

import pymongo
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
from pymongo import AsyncMongoClient
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import PyMongoError

from ..config import settings
from ..context import RequestContext
from . import codec
from .errors import StoreUnavailable
from .mongodb_url import login, refuse_standalone
from .schema import check_schema, checked_prefix, table_names

# Run in one transaction. `last_seq` counts insertions and breaks ties between equal instants, per
# owner and per thread: a clock could not, and a global sequence would bar sharding by owner.
SCHEMA: Final = (
    {
        "createIndexes": "{prefix}owners",
        "indexes": [{"name": "key", "key": {"owner": 1}, "unique": True}],
    },
    {
        "createIndexes": "{prefix}threads",
        "indexes": [
            {"name": "key", "key": {"owner": 1, "id": 1}, "unique": True},
            {"name": "by_time", "key": {"owner": 1, "created_us": 1, "seq": 1}},
        ],
    },
    {
        "createIndexes": "{prefix}items",
        "indexes": [
            {"name": "key", "key": {"owner": 1, "thread_id": 1, "id": 1}, "unique": True},
            {"name": "by_time", "key": {"owner": 1, "thread_id": 1, "created_us": 1, "seq": 1}},
        ],
    },
    {
        "createIndexes": "{prefix}attachments",
        "indexes": [
            {"name": "key", "key": {"owner": 1, "id": 1}, "unique": True},
            {"name": "by_thread", "key": {"owner": 1, "thread_id": 1}},
        ],
    },
    {"insert": "{prefix}schema_version", "documents": [{"_id": "store", "version": 1}]},
)

# How to sort, and what lies beyond a cursor.
_ORDERS: Final = {"asc": (pymongo.ASCENDING, "$gt"), "desc": (pymongo.DESCENDING, "$lt")}
# What goes with a thread, and the field that names it there.
_OF_THREAD: Final = {"threads": "id", "items": "thread_id", "attachments": "thread_id"}
_ATTEMPTS: Final = 30

_Database: TypeAlias = AsyncDatabase[dict[str, Any]]
_T = TypeVar("_T")
_Work: TypeAlias = Callable[[_Database, AsyncClientSession], Awaitable[_T]]


class MongodbStore(Store[RequestContext]):
    """Keep threads, items and attachments in a MongoDB database, apart by owner.

    Every method raises PermissionError for a context without an owner, ValueError for a bad
    argument, NotFoundError for what is missing or somebody else's, and StoreUnavailable when the
    database cannot answer in time.
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
        self._url = SecretStr(url) if url is not None else settings.database_url
        self._create_schema, self._prefix = create_schema, checked_prefix(table_prefix)
        self._max_page_size = max_page_size
        self._pool_size, self._connect_timeout = pool_size, connect_timeout
        self._acquire_timeout, self._statement_timeout = acquire_timeout, statement_timeout
        self._connecting = asyncio.Lock()
        self._database: _Database | None = None
        self._turns = asyncio.Semaphore(pool_size)
        self._running: set[asyncio.Task[Any]] = set()
        self._writers = WeakValueDictionary[tuple[str, str], asyncio.Lock]()

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
        with _driver_errors():
            await self._connected()

    async def close(self) -> None:
        """Close every connection; the next use connects again."""
        async with self._connecting:
            database, self._database = self._database, None
        if self._running:
            await asyncio.wait(self._running)
        if database is not None:
            await self._disconnect(database)

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
        key = {"owner": owner, "id": thread_id}
        row = await self._run(lambda db: db[f"{self._prefix}threads"].find_one(key))
        if row is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return codec.decode(codec.THREAD, row["data"], f"Thread {thread_id}")

    async def save_thread(self, thread: ThreadMetadata, context: RequestContext) -> None:
        """Insert or update the owner's thread; an update keeps its place among equal instants."""
        owner, thread_id = _owner(context), codec.checked_id(thread.id)
        # respond() may hand over a whole Thread, but its items have rows of their own.
        thread = ThreadMetadata(**thread.model_dump(exclude={"items"}))
        created_us, data = codec.instant(thread.created_at), codec.encode(codec.THREAD, thread)
        owners, threads = f"{self._prefix}owners", f"{self._prefix}threads"
        seq = await self._run(lambda db: _count(db[owners], {"owner": owner}, upsert=True))
        key, values = {"owner": owner, "id": thread_id}, {"created_us": created_us, "data": data}
        change = {"$set": values, "$setOnInsert": {"seq": seq, "last_seq": 0}}
        await self._run(lambda db: db[threads].update_one(key, change, upsert=True))

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: RequestContext
    ) -> Page[ThreadItem]:
        """Return a page of the thread's items by time; empty when the owner has no such thread.

        `order` is "asc" or "desc"; `limit` is capped at `max_page_size`. Raise NotFoundError when
        `after` is no item of this thread.
        """
        owner, thread_id = _owner(context), codec.checked_id(thread_id)
        limit, order = codec.page_size(limit, self._max_page_size), codec.checked_order(order)
        scope = {"owner": owner, "thread_id": thread_id}
        rows = await self._rows("items", scope, after, limit + 1, order)
        if rows is None:
            raise NotFoundError(f"Item {after} not found")
        return codec.to_page(codec.ITEM, rows, limit, "Item")

    async def save_attachment(self, attachment: Attachment, context: RequestContext) -> None:
        """Insert or update the owner's attachment record."""
        owner, attachment_id = _owner(context), codec.checked_id(attachment.id)
        thread_id = None if attachment.thread_id is None else codec.checked_id(attachment.thread_id)
        values = {"thread_id": thread_id, "data": codec.encode(codec.ATTACHMENT, attachment)}
        key, change = {"owner": owner, "id": attachment_id}, {"$set": values}
        attachments = f"{self._prefix}attachments"
        await self._run(lambda db: db[attachments].update_one(key, change, upsert=True))

    async def load_attachment(self, attachment_id: str, context: RequestContext) -> Attachment:
        """Return the owner's attachment record; raise NotFoundError when there is none."""
        owner, attachment_id = _owner(context), codec.checked_id(attachment_id)
        key = {"owner": owner, "id": attachment_id}
        row = await self._run(lambda db: db[f"{self._prefix}attachments"].find_one(key))
        if row is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return codec.decode(codec.ATTACHMENT, row["data"], f"Attachment {attachment_id}")

    async def delete_attachment(self, attachment_id: str, context: RequestContext) -> None:
        """Delete the owner's attachment record; quiet when there is none."""
        owner, attachment_id = _owner(context), codec.checked_id(attachment_id)
        key = {"owner": owner, "id": attachment_id}
        await self._run(lambda db: db[f"{self._prefix}attachments"].delete_one(key))

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: RequestContext
    ) -> Page[ThreadMetadata]:
        """Return a page of the owner's threads by time.

        `order` is "asc" or "desc"; `limit` is capped at `max_page_size`. Raise NotFoundError when
        `after` is no thread of this owner.
        """
        owner = _owner(context)
        limit, order = codec.page_size(limit, self._max_page_size), codec.checked_order(order)
        rows = await self._rows("threads", {"owner": owner}, after, limit + 1, order)
        if rows is None:
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
        values = {"created_us": created_us, "data": data}

        async def add(db: _Database, session: AsyncClientSession) -> bool:
            # Counting writes to the thread: an add and a delete at the same time collide here.
            threads, items = db[f"{self._prefix}threads"], db[f"{self._prefix}items"]
            seq = await _count(threads, {"owner": owner, "id": thread_id}, session=session)
            if seq:
                key = {"owner": owner, "thread_id": thread_id, "id": item_id}
                change = {"$set": values, "$setOnInsert": {"seq": seq}}
                await items.update_one(key, change, upsert=True, session=session)
            return seq > 0

        if not await self._transaction((owner, thread_id), add):
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
        key = {"owner": owner, "thread_id": thread_id, "id": item_id}
        row = await self._run(lambda db: db[f"{self._prefix}items"].find_one(key))
        if row is None:
            raise NotFoundError(f"Item {item_id} not found")
        return codec.decode(codec.ITEM, row["data"], f"Item {item_id}")

    async def delete_thread(self, thread_id: str, context: RequestContext) -> None:
        """Delete the owner's thread, its items and its attachments' records; quiet when gone."""
        owner, thread_id = _owner(context), codec.checked_id(thread_id)

        async def delete(db: _Database, session: AsyncClientSession) -> None:
            for name, field in _OF_THREAD.items():
                rows = db[f"{self._prefix}{name}"]
                await rows.delete_many({"owner": owner, field: thread_id}, session=session)

        await self._transaction((owner, thread_id), delete)

    async def delete_thread_item(
        self, thread_id: str, item_id: str, context: RequestContext
    ) -> None:
        """Delete the item of the owner's thread; quiet when there is none."""
        owner, thread_id = _owner(context), codec.checked_id(thread_id)
        item_id = codec.checked_id(item_id)
        key = {"owner": owner, "thread_id": thread_id, "id": item_id}
        await self._run(lambda db: db[f"{self._prefix}items"].delete_one(key))

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
    async def _rows(
        self, name: str, scope: dict[str, str], after: str | None, limit: int, order: str
    ) -> list[tuple[str, str]] | None:
        """Return (id, JSON text) of the rows behind `after`, None when there is no such row."""
        direction, beyond = _ORDERS[order]
        key = None if after is None else {**scope, "id": codec.checked_id(after)}

        async def read(db: _Database) -> list[tuple[str, str]] | None:
            rows, query = db[f"{self._prefix}{name}"], cast("dict[str, Any]", scope)
            if key is not None:
                cursor = await rows.find_one(key, {"data": 0})
                if cursor is None:
                    return None
                instant, seq = cursor["created_us"], cursor["seq"]
                # Two ranges of the index, merged in order: no row is read that is not returned.
                later = {**scope, "created_us": {beyond: instant}}
                query = {"$or": [later, {**scope, "created_us": instant, "seq": {beyond: seq}}]}
            by_time = [("created_us", direction), ("seq", direction)]
            # All in one batch: the driver's first one ends at 101 rows.
            found = rows.find(query, sort=by_time, limit=limit, batch_size=limit)
            return [(row["id"], row["data"]) async for row in found]

        return await self._run(read)

    async def _transaction(self, thread: tuple[str, str], work: _Work[_T]) -> _T:
        """Return what the work on an owner's thread returns; it is done wholly or not at all."""
        # One at a time: MongoDB lets a transaction that meets another fail at once, and of 200
        # writers to one thread some would spend all their attempts.
        writer = self._writers.setdefault(thread, asyncio.Lock())
        await self._wait(writer)
        try:
            return await self._run(lambda db: self._commit(db, work))
        finally:
            writer.release()

    async def _run(self, work: Callable[[_Database], Awaitable[_T]]) -> _T:
        """Return what the work returns, done in one of `pool_size` turns."""
        await self._wait(self._turns)
        # A task of its own, which a cancelled caller leaves behind: stopped half-way, a
        # transaction may stay open on the server and lock its rows for a minute.
        task = asyncio.create_task(self._finish(work))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)

    async def _wait(self, turn: asyncio.Lock | asyncio.Semaphore) -> None:
        """Wait for a turn; raise StoreUnavailable when it takes too long."""
        try:
            async with asyncio.timeout(self._acquire_timeout):
                await turn.acquire()
        except TimeoutError:
            raise StoreUnavailable(f"No connection free after {self._acquire_timeout} s") from None

    async def _finish(self, work: Callable[[_Database], Awaitable[_T]]) -> _T:
        """Return what the work returns, within the time for statements, and end its turn."""
        try:
            with _driver_errors():
                database = await self._connected()
                with pymongo.timeout(self._statement_timeout):
                    return await work(database)
        finally:
            self._turns.release()

    # {% if motor %}
    async def _commit(self, database: _Database, work: _Work[_T]) -> _T:
        """Return what the work returns once it is committed; start over when it met another."""
        # One session for all attempts: the next one ends what a lost connection left open.
        async with await database.client.start_session() as session:
            attempt = 0
            while True:
                try:
                    async with session.start_transaction():
                        return await work(database, session)
                except PyMongoError as error:
                    attempt += 1
                    await _back_off(error, attempt)

    async def _disconnect(self, database: _Database) -> None:
        """Close every connection, also when the server cannot be told."""
        with pymongo.timeout(self._connect_timeout):
            database.client.close()

    # {% else %}
    async def _commit(self, database: _Database, work: _Work[_T]) -> _T:
        """Return what the work returns once it is committed; start over when it met another."""
        # One session for all attempts: the next one ends what a lost connection left open.
        async with database.client.start_session() as session:
            attempt = 0
            while True:
                try:
                    async with await session.start_transaction():
                        return await work(database, session)
                except PyMongoError as error:
                    attempt += 1
                    await _back_off(error, attempt)

    async def _disconnect(self, database: _Database) -> None:
        """Close every connection, also when the server cannot be told."""
        with pymongo.timeout(self._connect_timeout):
            await database.client.close()

    # {% endif %}
    async def _connected(self) -> _Database:
        """Return the database, opened and with its schema in place."""
        await self._wait(self._connecting)
        try:
            if self._database is None:
                try:
                    client = AsyncMongoClient[dict[str, Any]](**login(self._url, self._pool_size))
                except PyMongoError:
                    # Not chained: the driver quotes what it cannot parse.
                    raise ValueError("The database URL does not make sense") from None
                database = client.get_default_database("chatkit")
                try:
                    # Later on, a use that finds no primary has its own time to wait for one.
                    with pymongo.timeout(self._connect_timeout):
                        refuse_standalone(await database.command("hello"))
                    with pymongo.timeout(self._statement_timeout):
                        await self._prepare_schema(database)
                except BaseException:
                    await self._disconnect(database)
                    raise
                self._database = database
            return self._database
        finally:
            self._connecting.release()

    async def _prepare_schema(self, database: _Database) -> None:
        """Create the collections in an empty database; refuse what is not this store's."""
        version, names = database[f"{self._prefix}schema_version"], table_names(self._prefix)

        async def create(db: _Database, session: AsyncClientSession) -> None:
            if await version.find_one({"_id": "store"}, session=session):
                return  # Another process was faster.
            for command in SCHEMA:
                [(verb, collection), *others] = command.items()
                named = {verb: str(collection).format(prefix=self._prefix), **dict(others)}
                await db.command(named, session=session)

        found = names & set(await database.list_collection_names(authorizedCollections=True))
        if self._create_schema and not found:
            await self._commit(database, create)
            found = names
        row = await version.find_one({"_id": "store"}) or {}
        check_schema(self._prefix, found, row.get("version"))


@contextmanager
def _driver_errors() -> Generator[None, None, None]:
    """Turn the driver's errors into StoreUnavailable, less the server's answer in full."""
    try:
        yield
    except PyMongoError as error:
        reason = str(error).partition(", full error:")[0]
        raise StoreUnavailable(f"MongoDB failed: {reason}") from error


async def _back_off(error: PyMongoError, attempt: int) -> None:
    """Wait before the next attempt; raise the error when there is to be none."""
    # A commit whose answer was lost is no case for this: the driver itself asks for it again.
    passes = error.has_error_label("TransientTransactionError") and not error.timeout
    if attempt == _ATTEMPTS or not passes:
        raise error
    # At random, or two that met would meet again.
    await asyncio.sleep(SystemRandom().uniform(0, min(0.005 * 1.5**attempt, 0.5)))


async def _count(rows: AsyncCollection[dict[str, Any]], key: dict[str, str], **options: Any) -> int:
    """Return the next number of the row's counter, 0 when there is no such row."""
    after = pymongo.ReturnDocument.AFTER
    row = await rows.find_one_and_update(
        key, {"$inc": {"last_seq": 1}}, {"last_seq": 1}, return_document=after, **options
    )
    return row["last_seq"] if row else 0


def _owner(context: RequestContext) -> str:
    """Return whose rows the request may touch; raise PermissionError when it does not say."""
    try:
        owner = cast("object", context["user_id"])
    except (KeyError, AttributeError, TypeError):
        owner = None
    if not isinstance(owner, str) or not owner:
        raise PermissionError("The request context names no owner")
    return codec.checked_id(owner)
