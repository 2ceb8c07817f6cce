"""A ChatKit store on MongoDB: a replica set or a sharded cluster, through pymongo's async client.

Every key begins with the owner, so one user's rows are out of reach of another's queries, and a
collection can be sharded by owner. Pages are cut by keyset (instant, insertion order): equal
timestamps are never lost or repeated, and a deep page costs what the first one does. The JSON text
keeps each value exactly as it was saved: BSON would drop microseconds and refuse big integers.

Tested with openai-chatkit 1.6.0 to 1.6.5 and MongoDB 6.0.
"""

import asyncio
import random
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Final, Literal, Self, TypeAlias, TypeVar, cast

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
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import OperationFailure, PyMongoError
from pymongo.uri_parser import split_options

from ..config import settings
from ..context import RequestContext
from . import codec
from .errors import StoreUnavailable
from .schema import check_schema, checked_prefix, table_names

# Run as one transaction, the commands leave no half-made schema behind. `last_seq` counts
# insertions: an owner's threads, a thread's items. It breaks ties between equal instants; a clock
# could not, and a global sequence would bar sharding by owner.
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

# How to sort, and the comparison that finds what lies beyond a cursor.
_ORDERS: Final = {"asc": (pymongo.ASCENDING, "$gt"), "desc": (pymongo.DESCENDING, "$lt")}
# NamespaceExists, DuplicateKey.
_CREATED_ALREADY: Final = (48, 11000)
_URL: Final = "mongodb://user:password@host/database, with user and password percent-encoded"
_ATTEMPTS: Final = 30

_Database: TypeAlias = AsyncDatabase[dict[str, Any]]
_T = TypeVar("_T")


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
        self._create_schema = create_schema
        self._prefix = checked_prefix(table_prefix)
        self._max_page_size = max_page_size
        self._pool_size = pool_size
        self._connect_timeout = connect_timeout
        self._acquire_timeout = acquire_timeout
        self._statement_timeout = statement_timeout
        self._connecting = asyncio.Lock()
        self._database: _Database | None = None
        self._slots = asyncio.Semaphore(pool_size)
        self._running: set[asyncio.Task[Any]] = set()

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
        data = await self._load("threads", {"owner": owner, "id": thread_id})
        if data is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return codec.decode(codec.THREAD, data, f"Thread {thread_id}")

    async def save_thread(self, thread: ThreadMetadata, context: RequestContext) -> None:
        """Insert or update the owner's thread; an update keeps its place among equal instants."""
        owner, thread_id = _owner(context), codec.checked_id(thread.id)
        # respond() may hand over a whole Thread, but its items have rows of their own.
        thread = ThreadMetadata(**thread.model_dump(exclude={"items"}))
        created_us, data = codec.instant(thread.created_at), codec.encode(codec.THREAD, thread)

        async def save(database: _Database) -> None:
            seq = await self._count(database, "owners", {"owner": owner}, upsert=True)
            await database[f"{self._prefix}threads"].update_one(
                {"owner": owner, "id": thread_id},
                {
                    "$set": {"created_us": created_us, "data": data},
                    "$setOnInsert": {"seq": seq, "last_seq": 0},
                },
                upsert=True,
            )

        await self._run(save)

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: RequestContext
    ) -> Page[ThreadItem]:
        """Return a page of the thread's items by time; empty when the owner has no such thread.

        `order` is "asc" or "desc"; `limit` is capped at `max_page_size`. Raise NotFoundError when
        `after` is no item of this thread.
        """
        owner, thread_id = _owner(context), codec.checked_id(thread_id)
        limit, order = codec.page_size(limit, self._max_page_size), codec.checked_order(order)
        rows = await self._rows(
            "items", {"owner": owner, "thread_id": thread_id}, after, limit + 1, order
        )
        if rows is None:
            raise NotFoundError(f"Item {after} not found")
        return codec.to_page(codec.ITEM, rows, limit, "Item")

    async def save_attachment(self, attachment: Attachment, context: RequestContext) -> None:
        """Insert or update the owner's attachment record."""
        owner, attachment_id = _owner(context), codec.checked_id(attachment.id)
        thread_id = None if attachment.thread_id is None else codec.checked_id(attachment.thread_id)
        data = codec.encode(codec.ATTACHMENT, attachment)

        async def save(database: _Database) -> None:
            await database[f"{self._prefix}attachments"].update_one(
                {"owner": owner, "id": attachment_id},
                {"$set": {"thread_id": thread_id, "data": data}},
                upsert=True,
            )

        await self._run(save)

    async def load_attachment(self, attachment_id: str, context: RequestContext) -> Attachment:
        """Return the owner's attachment record; raise NotFoundError when there is none."""
        owner, attachment_id = _owner(context), codec.checked_id(attachment_id)
        data = await self._load("attachments", {"owner": owner, "id": attachment_id})
        if data is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return codec.decode(codec.ATTACHMENT, data, f"Attachment {attachment_id}")

    async def delete_attachment(self, attachment_id: str, context: RequestContext) -> None:
        """Delete the owner's attachment record; quiet when there is none."""
        owner, attachment_id = _owner(context), codec.checked_id(attachment_id)
        await self._delete("attachments", {"owner": owner, "id": attachment_id})

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
        owner, thread_id, item_id = (
            _owner(context),
            codec.checked_id(thread_id),
            codec.checked_id(item.id),
        )
        if item.thread_id != thread_id:
            raise ValueError(f"Item {item_id} names thread {item.thread_id!r}, not {thread_id!r}")
        created_us, data = codec.instant(item.created_at), codec.encode(codec.ITEM, item)

        async def add(database: _Database, session: AsyncClientSession) -> bool:
            # Counting writes to the thread: an add and a delete that run at once collide here.
            seq = await self._count(
                database, "threads", {"owner": owner, "id": thread_id}, session=session
            )
            if not seq:
                return False
            await database[f"{self._prefix}items"].update_one(
                {"owner": owner, "thread_id": thread_id, "id": item_id},
                {"$set": {"created_us": created_us, "data": data}, "$setOnInsert": {"seq": seq}},
                upsert=True,
                session=session,
            )
            return True

        if not await self._transaction(add):
            raise NotFoundError(f"Thread {thread_id} not found")

    async def save_item(self, thread_id: str, item: ThreadItem, context: RequestContext) -> None:
        """Insert or update the item, as `add_thread_item` does."""
        await self.add_thread_item(thread_id, item, context)

    async def load_item(self, thread_id: str, item_id: str, context: RequestContext) -> ThreadItem:
        """Return the item of the owner's thread; raise NotFoundError when there is none.

        Raise ValueError when it is stored, but of a type the installed chatkit does not know.
        """
        owner, thread_id, item_id = (
            _owner(context),
            codec.checked_id(thread_id),
            codec.checked_id(item_id),
        )
        data = await self._load("items", {"owner": owner, "thread_id": thread_id, "id": item_id})
        if data is None:
            raise NotFoundError(f"Item {item_id} not found")
        return codec.decode(codec.ITEM, data, f"Item {item_id}")

    async def delete_thread(self, thread_id: str, context: RequestContext) -> None:
        """Delete the owner's thread, its items and its attachments' records; quiet when gone."""
        owner, thread_id = _owner(context), codec.checked_id(thread_id)

        async def delete(database: _Database, session: AsyncClientSession) -> None:
            for collection, key in (
                ("threads", "id"),
                ("items", "thread_id"),
                ("attachments", "thread_id"),
            ):
                await database[f"{self._prefix}{collection}"].delete_many(
                    {"owner": owner, key: thread_id}, session=session
                )

        await self._transaction(delete)

    async def delete_thread_item(
        self, thread_id: str, item_id: str, context: RequestContext
    ) -> None:
        """Delete the item of the owner's thread; quiet when there is none."""
        owner, thread_id, item_id = (
            _owner(context),
            codec.checked_id(thread_id),
            codec.checked_id(item_id),
        )
        await self._delete("items", {"owner": owner, "thread_id": thread_id, "id": item_id})

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
    async def _load(self, collection: str, key: dict[str, str]) -> str | None:
        """Return the JSON text of one row, None when there is none."""

        async def load(database: _Database) -> str | None:
            row = await database[f"{self._prefix}{collection}"].find_one(key, {"data": 1})
            return None if row is None else row["data"]

        return await self._run(load)

    async def _rows(
        self,
        collection: str,
        scope: dict[str, str],
        after: str | None,
        limit: int,
        order: Literal["asc", "desc"],
    ) -> list[tuple[str, str]] | None:
        """Return (id, JSON text) of the rows behind the cursor, None when there is no such row."""
        direction, beyond = _ORDERS[order]
        cursor_id = None if after is None else codec.checked_id(after)

        async def read(database: _Database) -> list[tuple[str, str]] | None:
            rows, query = database[f"{self._prefix}{collection}"], cast("dict[str, Any]", scope)
            if cursor_id is not None:
                cursor = await rows.find_one({**scope, "id": cursor_id}, {"data": 0})
                if cursor is None:
                    return None
                instant, seq = cursor["created_us"], cursor["seq"]
                # Two ranges of the index, merged in order: no row is read that is not returned.
                query = {
                    "$or": [
                        {**scope, "created_us": {beyond: instant}},
                        {**scope, "created_us": instant, "seq": {beyond: seq}},
                    ]
                }
            found = rows.find(
                query,
                {"id": 1, "data": 1},
                sort=[("created_us", direction), ("seq", direction)],
                limit=limit,
                # One round trip; the driver's first batch would end at 101 rows.
                batch_size=limit,
            )
            return [(row["id"], row["data"]) async for row in found]

        return await self._run(read)

    async def _delete(self, collection: str, key: dict[str, str]) -> None:
        """Delete one row, if it is there."""

        async def delete(database: _Database) -> None:
            await database[f"{self._prefix}{collection}"].delete_one(key)

        await self._run(delete)

    async def _count(
        self,
        database: _Database,
        collection: str,
        key: dict[str, str],
        *,
        upsert: bool = False,
        session: AsyncClientSession | None = None,
    ) -> int:
        """Return the next number of the row's counter, 0 when there is no such row."""
        row = await database[f"{self._prefix}{collection}"].find_one_and_update(
            key,
            {"$inc": {"last_seq": 1}},
            {"last_seq": 1},
            upsert=upsert,
            return_document=pymongo.ReturnDocument.AFTER,
            session=session,
        )
        return row["last_seq"] if row else 0

    async def _run(self, work: Callable[[_Database], Awaitable[_T]]) -> _T:
        """Return what the work returns, done in one of `pool_size` turns and within its time."""
        try:
            async with asyncio.timeout(self._acquire_timeout):
                await self._slots.acquire()
        except TimeoutError:
            raise StoreUnavailable(f"No connection free after {self._acquire_timeout} s") from None
        # A task of its own, which a cancelled caller leaves behind: stopped half-way, a
        # transaction would stay open on the server and lock its rows for a minute.
        task = asyncio.create_task(self._finish(work))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)

    async def _finish(self, work: Callable[[_Database], Awaitable[_T]]) -> _T:
        """Return what the work returns, and give its turn back."""
        try:
            database = await self._connected()
            with pymongo.timeout(self._statement_timeout):
                return await work(database)
        except PyMongoError as error:
            raise _unavailable(error) from error
        finally:
            self._slots.release()

    async def _transaction(
        self, work: Callable[[_Database, AsyncClientSession], Awaitable[_T]]
    ) -> _T:
        """Return what the work returns; it is done as a whole or not at all."""
        return await self._run(lambda database: self._attempts(database, work))

    async def _attempts(
        self,
        database: _Database,
        work: Callable[[_Database, AsyncClientSession], Awaitable[_T]],
    ) -> _T:
        """Commit the work, and start over when it collides with another transaction."""
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

    async def _connected(self) -> _Database:
        """Return the database, opened and with its schema in place."""
        async with self._connecting:
            if self._database is None:
                database = self._open()
                try:
                    with pymongo.timeout(self._statement_timeout):
                        await self._prepare_schema(database)
                except BaseException as error:
                    await self._disconnect(database)
                    if isinstance(error, PyMongoError):
                        raise _unavailable(error) from error
                    raise
                self._database = database
            return self._database

    def _open(self) -> _Database:
        """Return the database that the URL names; nothing is sent yet."""
        url = _checked_url(self._url)
        try:
            client = AsyncMongoClient[dict[str, Any]](
                url,
                # These win over the URL's. An acknowledged write outlives the primary, and
                # whoever is elected primary has it: "majority" reads could miss it until then.
                w="majority",
                readConcernLevel="local",
                readPreference="primary",
                retryWrites=True,
                maxPoolSize=self._pool_size,
                connectTimeoutMS=round(self._connect_timeout * 1000),
                serverSelectionTimeoutMS=round(self._connect_timeout * 1000),
            )
            return client.get_default_database("chatkit")
        except (PyMongoError, ValueError, TypeError):
            # Not chained: pymongo quotes what it cannot parse, the password perhaps.
            raise ValueError(f"The database URL is not valid: it must be {_URL}") from None

    async def _disconnect(self, database: _Database) -> None:
        """Close every connection."""
        await database.client.close()

    async def _prepare_schema(self, database: _Database) -> None:
        """Create the collections in an empty database; refuse what is not this store's."""
        hello = await database.command("hello")
        if "setName" not in hello and hello.get("msg") != "isdbgrid":
            raise ValueError(
                "The database URL names a standalone server, and that has no transactions: "
                "start mongod with --replSet rs0, and run rs.initiate() once"
            )
        if self._create_schema and not await self._existing(database):
            try:
                await self._attempts(database, self._create)
            except OperationFailure as error:
                # Another process created them meanwhile.
                if error.code not in _CREATED_ALREADY:
                    raise
        check_schema(
            self._prefix, await self._existing(database), await self._stored_version(database)
        )

    async def _create(self, database: _Database, session: AsyncClientSession) -> None:
        """Run SCHEMA."""
        for command in SCHEMA:
            name, collection = next(iter(command.items()))
            await database.command(
                {**command, name: str(collection).format(prefix=self._prefix)}, session=session
            )

    async def _existing(self, database: _Database) -> set[str]:
        """Return those of the store's collections that the database has."""
        found = await database.list_collection_names(authorizedCollections=True)
        return table_names(self._prefix) & set(found)

    async def _stored_version(self, database: _Database) -> object:
        """Return the schema's version, or None when the version collection is not this store's."""
        row = await database[f"{self._prefix}schema_version"].find_one({"_id": "store"})
        return None if row is None else row.get("version")


async def _back_off(error: PyMongoError, attempt: int) -> None:
    """Wait until a transaction may be tried again; raise the error when it may not."""
    transient = error.has_error_label("TransientTransactionError")
    # The work may have been done: every work of this store may be done twice.
    unknown = error.has_error_label("UnknownTransactionCommitResult")
    if attempt == _ATTEMPTS or not (transient or unknown):
        raise error
    await asyncio.sleep(random.uniform(0, min(0.005 * 1.5**attempt, 0.5)))  # noqa: S311


def _unavailable(error: PyMongoError) -> StoreUnavailable:
    """Return what the driver says, without the server's whole answer."""
    return StoreUnavailable(f"MongoDB failed: {str(error).partition(', full error:')[0]}")


def _checked_url(url: SecretStr | None) -> str:
    """Return the URL; raise ValueError for one that is not MongoDB's or has a wrong option."""
    text = "" if url is None else url.get_secret_value()
    if not text:
        raise ValueError("No database URL: set DATABASE_URL or pass one to the store")
    scheme, _, rest = text.partition("://")
    login, _, place = rest.rpartition("@")
    if scheme not in ("mongodb", "mongodb+srv") or "/" in login or "?" in login:
        raise ValueError(f"The database URL must be {_URL}")
    for option in filter(None, re.split("[&;]", place.partition("?")[2])):
        try:
            split_options(option)
        except (PyMongoError, ValueError, TypeError, OSError):
            # Not chained, and by name only: a value may be a secret.
            name = option.partition("=")[0]
            raise ValueError(f"Unknown or wrong option {name!r} in the database URL") from None
    return text


def _owner(context: RequestContext) -> str:
    """Return whose rows the request may touch; raise PermissionError when it does not say."""
    try:
        owner = cast("object", context["user_id"])
    except (KeyError, AttributeError, TypeError):
        owner = None
    if not isinstance(owner, str) or not owner:
        raise PermissionError("The request context names no owner")
    return codec.checked_id(owner)
