import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from abc import ABC
from chatkit.store import NotFoundError, Store
from chatkit.types import Attachment, ThreadItem, ThreadMetadata
from pathlib import Path
from sqlalchemy import Column, MetaData, String, Table, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from typing import Any

from archive.persistence import ConversationRow, MessageRow

CREATED = """
CREATE TABLE threads (owner TEXT, id TEXT, data TEXT, PRIMARY KEY (owner, id));
CREATE TABLE items (owner TEXT, thread_id TEXT, id TEXT, data TEXT, PRIMARY KEY (owner, id));
CREATE TABLE chat_items (owner TEXT, thread_id TEXT, id TEXT, data TEXT, PRIMARY KEY (owner, id));
"""


class Keeps(Store[str], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def delete_thread(self, thread_id: str, context: str) -> None:
        await self.db.execute(  # CKF218
            "DELETE FROM threads WHERE owner = ? AND id = ?", (context, thread_id)
        )


class Migrated(Store[str], ABC):
    """The tables are made by a migration, whose foreign keys may cascade."""

    def __init__(self, db: Any) -> None:
        self.db = db

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        await self.db.execute(
            "INSERT INTO desk_items (owner, thread_id, id, data) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (owner, thread_id, id) DO UPDATE SET data = excluded.data",
            (context, thread_id, item.id, item.model_dump_json()),
        )

    async def delete_thread(self, thread_id: str, context: str) -> None:
        await self.db.execute(
            "DELETE FROM desk_threads WHERE owner = ? AND id = ?", (context, thread_id)
        )


class Reflected(Store[str], ABC):
    """The tables, and their foreign keys, are read from the database."""

    def __init__(self, db: Any) -> None:
        self.db = db

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        values = {"owner": context, "thread_id": thread_id, "id": item.id, "data": item.model_dump_json()}
        await self.db.execute(
            insert(desk_items)
            .values(**values)
            .on_conflict_do_update(index_elements=["owner", "id"], set_={"data": values["data"]})
        )

    async def delete_thread(self, thread_id: str, context: str) -> None:
        await self.db.execute(
            delete(desks).where(desks.c.owner == context, desks.c.id == thread_id)
        )


class UnseenRows(Store[str], ABC):
    """The class of the rows stands where nobody looked."""

    def __init__(self, sessions: Any) -> None:
        self.sessions = sessions

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        async with self.sessions.begin() as session:
            await session.merge(
                MessageRow(owner=context, thread_id=thread_id, id=item.id, body=item.model_dump_json())
            )

    async def delete_thread(self, thread_id: str, context: str) -> None:
        async with self.sessions.begin() as session:
            await session.execute(
                delete(ConversationRow).where(
                    ConversationRow.owner == context, ConversationRow.id == thread_id
                )
            )


class KeepsToo(Store[str], ABC):
    def __init__(self) -> None:
        self.threads: dict[tuple[str, str], Any] = {}
        self.items: dict[tuple[str, str], Any] = {}

    async def delete_thread(self, thread_id: str, context: str) -> None:
        self.threads.pop((context, thread_id), None)  # CKF218


class Both(Store[str], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def delete_thread(self, thread_id: str, context: str) -> None:
        for table, key in (("items", "thread_id"), ("threads", "id")):
            await self.db.execute(
                f"DELETE FROM {table} WHERE owner = ? AND {key} = ?", (context, thread_id)
            )


class Helped(Store[str], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def delete_thread(self, thread_id: str, context: str) -> None:
        await self._clear(context, thread_id)
        await self.db.execute("DELETE FROM threads WHERE owner = ? AND id = ?", (context, thread_id))

    async def _clear(self, owner: str, thread_id: str) -> None:
        await self.db.execute("DELETE FROM items WHERE owner = ? AND thread_id = ?", (owner, thread_id))


class Nested(Store[str], ABC):
    def __init__(self) -> None:
        self.threads: dict[tuple[str, str], Any] = {}

    async def delete_thread(self, thread_id: str, context: str) -> None:
        self.threads.pop((context, thread_id), None)


class OtherKey(Store[dict[str, Any]], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def add_thread_item(self, thread_id: str, item: Any, context: dict[str, Any]) -> None:
        await self.db.execute(
            "INSERT INTO chat_items (owner, thread_id, id, data) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (owner, thread_id, id) DO UPDATE SET data = excluded.data",
            (context["user"], thread_id, item.id, item.model_dump_json()),
        )

    async def delete_thread(self, thread_id: str, context: dict[str, Any]) -> None:
        await self.db.execute(  # CKF218
            "DELETE FROM chat_threads WHERE owner = ? AND thread_id = ?",
            (context["user"], thread_id),
        )
        await self.db.execute(
            "DELETE FROM chat_files WHERE owner = ? AND thread_id = ?",
            (context["user"], thread_id),
        )


class Documents(Store[dict[str, Any]], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def add_thread_item(self, thread_id: str, item: Any, context: dict[str, Any]) -> None:
        key = {"owner": context["user"], "thread": thread_id, "id": item.id}
        await self.db.items.replace_one(key, {**key, "data": item.model_dump()}, upsert=True)

    async def delete_thread(self, thread_id: str, context: dict[str, Any]) -> None:
        await self.db.threads.delete_one({"owner": context["user"], "id": thread_id})  # CKF218


class BothDocuments(Store[dict[str, Any]], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def add_thread_item(self, thread_id: str, item: Any, context: dict[str, Any]) -> None:
        key = {"owner": context["user"], "thread": thread_id, "id": item.id}
        await self.db.items.replace_one(key, {**key, "data": item.model_dump()}, upsert=True)

    async def delete_thread(self, thread_id: str, context: dict[str, Any]) -> None:
        await self.db.items.delete_many({"owner": context["user"], "thread": thread_id})
        await self.db.threads.delete_one({"owner": context["user"], "id": thread_id})


Ctx = dict[str, Any]
metadata = MetaData()
threads = Table("threads", metadata, Column("owner", String, primary_key=True), Column("id", String, primary_key=True))
desks = Table("desks", metadata, autoload_with=metadata)
desk_items = Table("desk_items", metadata, autoload_with=metadata)
items = Table("items", metadata, Column("owner", String, primary_key=True), Column("id", String, primary_key=True))


class Base(DeclarativeBase):
    pass


class ThreadRow(Base):
    __tablename__ = "t"
    owner: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    body: Mapped[str]


class EntryRow(Base):
    __tablename__ = "e"
    owner: Mapped[str] = mapped_column(primary_key=True)
    thread_id: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    body: Mapped[str]


class Orm(Store[Ctx], ABC):
    def __init__(self, sessions: Any) -> None:
        self.sessions = sessions

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        async with self.sessions.begin() as session:
            if await session.get(ThreadRow, (context["user"], thread_id)) is None:
                raise NotFoundError(f"Thread {thread_id} not found")
            await session.merge(
                EntryRow(owner=context["user"], thread_id=thread_id, id=item.id, body=item.model_dump_json())
            )

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        async with self.sessions.begin() as session:
            row = await session.get(ThreadRow, (context["user"], thread_id))
            if row is not None:
                await session.delete(row)  # CKF218


class OrmBoth(Orm, ABC):
    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        async with self.sessions.begin() as session:
            mine = select(EntryRow).where(EntryRow.owner == context["user"], EntryRow.thread_id == thread_id)
            for entry in await session.scalars(mine):
                await session.delete(entry)
            row = await session.get(ThreadRow, (context["user"], thread_id))
            if row is not None:
                await session.delete(row)


class Core(Store[Ctx], ABC):
    def __init__(self, engine: Any) -> None:
        self.engine = engine

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        async with self.engine.begin() as conn:
            await conn.execute(
                delete(threads).where(threads.c.owner == context["user"], threads.c.id == thread_id)  # CKF218
            )


class CoreBoth(Store[Ctx], ABC):
    def __init__(self, engine: Any) -> None:
        self.engine = engine

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        statement = insert(items).values(owner=context["user"], id=item.id, body=item.model_dump_json())
        statement = statement.on_conflict_do_update(
            index_elements=["owner", "id"], set_={"body": statement.excluded.body}
        )
        async with self.engine.begin() as conn:
            await conn.execute(statement)

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        async with self.engine.begin() as conn:
            for table in (items, threads):
                await conn.execute(delete(table).where(table.c.owner == context["user"], table.c.id == thread_id))


class Hashes(Store[Ctx], ABC):
    def __init__(self, redis: Any) -> None:
        self.redis = redis

    def _key(self, context: Ctx, *parts: str) -> str:
        return ":".join((context["user"], *parts))

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        if not await self.redis.exists(self._key(context, "thread", thread_id)):
            raise NotFoundError(f"Thread {thread_id} not found")
        await self.redis.hset(self._key(context, "items", thread_id), item.id, item.model_dump_json())

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        await self.redis.delete(self._key(context, "thread", thread_id))  # CKF218


class HashesBoth(Hashes, ABC):
    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        await self.redis.delete(
            self._key(context, "thread", thread_id), self._key(context, "items", thread_id)
        )


class Cosmos(Store[Ctx], ABC):
    def __init__(self, container: Any) -> None:
        self.container = container

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        await self.load_thread(thread_id, context)
        await self.container.upsert_item(
            {"id": f"item-{thread_id}-{item.id}", "owner": context["oid"], "json": item.model_dump_json()}
        )

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        try:
            await self.container.delete_item(f"thread-{thread_id}", partition_key=context["oid"])  # CKF218
        except KeyError:
            return


class CosmosBoth(Cosmos, ABC):
    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        found = self.container.query_items(
            "SELECT c.id FROM c WHERE c.thread = @thread",
            parameters=[{"name": "@thread", "value": thread_id}],
            partition_key=context["oid"],
        )
        async for document in found:
            await self.container.delete_item(document["id"], partition_key=context["oid"])


class Nested(Store[Ctx], ABC):
    """The items are inside what is removed."""

    def __init__(self) -> None:
        self.shelves: dict[str, dict[str, dict[str, ThreadItem]]] = {}
        self.threads: dict[tuple[str, str], ThreadMetadata] = {}

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        if (context["user"], thread_id) not in self.threads:
            raise NotFoundError(f"Thread {thread_id} not found")
        self.shelves.setdefault(context["user"], {}).setdefault(thread_id, {})[item.id] = item

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        self.threads.pop((context["user"], thread_id), None)
        self.shelves.get(context["user"], {}).pop(thread_id, None)


class Forgets(Nested, ABC):
    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        self.threads.pop((context["user"], thread_id), None)  # CKF218


class Files(Store[Ctx], ABC):
    def __init__(self, root: Path) -> None:
        self.root = root

    def _path(self, context: Ctx, thread_id: str) -> Path:
        return self.root / context["user"] / f"{thread_id}.json"

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        self._path(context, thread_id).unlink(missing_ok=True)


@dataclass
class Box:
    thread: ThreadMetadata
    items: dict[str, ThreadItem] = field(default_factory=dict[str, ThreadItem])


class Boxes(Store[Ctx], ABC):
    """The items are in the record of their thread."""

    def __init__(self) -> None:
        self.boxes: dict[tuple[str, str], Box] = {}

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        self._box(context, thread_id).items[item.id] = item

    def _box(self, context: Ctx, thread_id: str) -> Box:
        box = self.boxes.get((context["user"], thread_id))
        if box is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return box

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        self.boxes.pop((context["user"], thread_id), None)


@dataclass
class Account:
    threads: dict[str, ThreadMetadata] = field(default_factory=dict[str, ThreadMetadata])
    items: dict[str, dict[str, ThreadItem]] = field(default_factory=dict[str, dict[str, ThreadItem]])


class Accounts(Store[Ctx], ABC):
    """The items are in the record of the owner, beside the threads."""

    def __init__(self) -> None:
        self.accounts: defaultdict[str, Account] = defaultdict(Account)

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        account = self.accounts[context["user"]]
        if thread_id not in account.threads:
            raise NotFoundError(f"Thread {thread_id} not found")
        account.items.setdefault(thread_id, {})[item.id] = item

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        account = self.accounts[context["user"]]
        account.threads.pop(thread_id, None)  # CKF218


class OneHash(Store[Ctx], ABC):
    def __init__(self, redis: Any) -> None:
        self.redis = redis

    def _key(self, context: Ctx, thread_id: str) -> str:
        return f"chat:{context['user']}:{thread_id}"

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        key = self._key(context, thread_id)
        if not await self.redis.exists(key):
            raise NotFoundError(f"Thread {thread_id} not found")
        await self.redis.hset(key, f"item:{item.id}", item.model_dump_json())

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        await self.redis.delete(self._key(context, thread_id))


class Wrapped(Store[Ctx], ABC):
    """The items are deleted by the store inside."""

    def __init__(self, primary: Store[Ctx], redis: Any) -> None:
        self.primary = primary
        self.redis = redis

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        await self.primary.add_thread_item(thread_id, item, context)
        await self.redis.set(f"item:{context['user']}:{item.id}", item.model_dump_json())

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        await self.primary.delete_thread(thread_id, context)
        await self.redis.delete(f"thread:{context['user']}:{thread_id}")


class OneTable(Store[Ctx], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        await self.db.execute(
            "INSERT INTO records (owner, thread, kind, id, data) VALUES (?, ?, 'item', ?, ?)"
            " ON CONFLICT (owner, thread, kind, id) DO UPDATE SET data = excluded.data",
            (context["user"], thread_id, item.id, item.model_dump_json()),
        )

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        await self.db.execute(
            "DELETE FROM records WHERE owner = ? AND thread = ?", (context["user"], thread_id)
        )


TABLES = ("items", "threads")


class Listed(Store[Ctx], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        await self.db.execute(
            "INSERT INTO items (owner, thread_id, id, data) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (owner, thread_id, id) DO UPDATE SET data = excluded.data",
            (context["user"], thread_id, item.id, item.model_dump_json()),
        )

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        for table in TABLES:
            key = "id" if table == "threads" else "thread_id"
            await self.db.execute(
                f"DELETE FROM {table} WHERE owner = ? AND {key} = ?", (context["user"], thread_id)
            )


class MadeAnew(Store[Ctx], ABC):
    def __init__(self) -> None:
        self.threads: dict[tuple[str, str], ThreadMetadata] = {}
        self.items: dict[tuple[str, str, str], ThreadItem] = {}

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        if (context["user"], thread_id) not in self.threads:
            raise NotFoundError(f"Thread {thread_id} not found")
        self.items[context["user"], thread_id, item.id] = item

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        mine = (context["user"], thread_id)
        self.threads = {key: thread for key, thread in self.threads.items() if key != mine}  # CKF218


class MadeAnewBoth(MadeAnew, ABC):
    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        mine = (context["user"], thread_id)
        self.threads.pop(mine, None)
        self.items = {key: item for key, item in self.items.items() if key[:2] != mine}


class OneDocument(Store[Ctx], ABC):
    def __init__(self, container: Any) -> None:
        self.container = container

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        document = await self.container.read_item(thread_id, partition_key=context["user"])
        document["items"][item.id] = item.model_dump(mode="json")
        await self.container.replace_item(thread_id, document)

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        await self.container.delete_item(thread_id, partition_key=context["user"])


@dataclass
class Shelf:
    boxes: dict[str, Box] = field(default_factory=dict[str, Box])
    files: dict[str, Attachment] = field(default_factory=dict[str, Attachment])


class Shelves(Store[Ctx], ABC):
    """The items are in the record of their thread, which lies in that of the owner."""

    def __init__(self) -> None:
        self._shelves: dict[str, Shelf] = {}

    def _of(self, context: Ctx) -> Shelf:
        return self._shelves.setdefault(context["user"], Shelf())

    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:
        self._of(context).boxes.setdefault(thread.id, Box(thread)).thread = thread

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        boxes = self._of(context).boxes
        box = boxes.get(thread_id)
        if box is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        box.items[item.id] = item

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        shelf = self._of(context)
        shelf.boxes.pop(thread_id, None)
        for file in [each for each in shelf.files.values() if each.thread_id == thread_id]:
            del shelf.files[file.id]


class Bucket(Store[Ctx], ABC):
    def __init__(self, s3: Any) -> None:
        self.s3 = s3

    def _prefix(self, context: Ctx, thread_id: str) -> str:
        return f"{context['user']}/{thread_id}/"

    def _list(self, prefix: str) -> list[str]:
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket="chats", Prefix=prefix)
        return [entry["Key"] for page in pages for entry in page.get("Contents", [])]

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        key = f"{self._prefix(context, thread_id)}items/{item.id}.json"
        data = item.model_dump_json()
        await asyncio.to_thread(self.s3.put_object, Bucket="chats", Key=key, Body=data)

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        key = self._prefix(context, thread_id) + "thread.json"
        await asyncio.to_thread(self.s3.delete_object, Bucket="chats", Key=key)  # CKF218


class BucketBoth(Bucket, ABC):
    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        keys = await asyncio.to_thread(self._list, self._prefix(context, thread_id))
        for key in keys:
            await asyncio.to_thread(self.s3.delete_object, Bucket="chats", Key=key)


class Blobs(Store[Ctx], ABC):
    def __init__(self, box: Any) -> None:
        self.box = box

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        name = f"{context['user']}/{thread_id}/items/{item.id}"
        await self.box.upload_blob(name, item.model_dump_json(), overwrite=True)

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        await self.box.delete_blob(f"{context['user']}/{thread_id}/thread.json")  # CKF218


class BlobsBoth(Blobs, ABC):
    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        begins = f"{context['user']}/{thread_id}/"
        async for blob in self.box.list_blobs(name_starts_with=begins):
            await self.box.delete_blob(blob.name)


def trip_key(owner: str, thread_id: str) -> dict[str, str]:
    return {"owner": owner, "tripId": thread_id}


def leg_key(owner: str, thread_id: str, item_id: str) -> dict[str, str]:
    return {"owner": owner, "trip": thread_id, "legId": item_id}


class Trips(Store[Ctx], ABC):
    """The documents of the items have no such key as they are deleted by."""

    def __init__(self, db: Any) -> None:
        self.trips = db["trips"]
        self.legs = db["legs"]

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        await self.legs.update_one(
            leg_key(context["user"], thread_id, item.id),
            {"$set": {"json": item.model_dump_json()}},
            upsert=True,
        )

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:  # CKF218
        key = trip_key(context["user"], thread_id)
        await self.legs.delete_many(key)
        await self.trips.delete_one(key)


class TripsRight(Trips, ABC):
    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        await self.legs.delete_many({"owner": context["user"], "trip": thread_id})
        await self.trips.delete_one(trip_key(context["user"], thread_id))


class TripsTagged(Trips, ABC):
    """Another method gives the documents that key."""

    async def save_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        key = leg_key(context["user"], thread_id, item.id)
        changes = {"json": item.model_dump_json()} | {"tripId": thread_id}
        await self.legs.update_one(key, {"$set": changes}, upsert=True)

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        key = trip_key(context["user"], thread_id)
        await self.legs.delete_many(key)
        await self.trips.delete_one(key)


class TripsNamed(Trips, ABC):
    """What is written is given by name."""

    async def save_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        key = leg_key(context["user"], thread_id, item.id)
        await self.legs.update_one(key, update={"$set": {"tripId": thread_id}}, upsert=True)

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        await self.legs.delete_many(trip_key(context["user"], thread_id))
        await self.trips.delete_one(trip_key(context["user"], thread_id))


class TripsNamedToo(Trips, ABC):
    async def save_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        await self.legs.replace_one(
            filter=leg_key(context["user"], thread_id, item.id),
            replacement={"json": item.model_dump_json()},
            upsert=True,
        )

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:  # CKF218
        await self.legs.delete_many(trip_key(context["user"], thread_id))
        await self.trips.delete_one(trip_key(context["user"], thread_id))


async def put_leg(legs: Any, item: ThreadItem, thread_id: str, owner: str) -> None:
    key = leg_key(owner, thread_id, item.id)
    await legs.replace_one(key, {**key, "tripId": thread_id}, upsert=True)


class TripsPut(Trips, ABC):
    """A function that is handed the collection writes."""

    async def save_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        await put_leg(self.legs, item, thread_id, context["user"])

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        await self.legs.delete_many(trip_key(context["user"], thread_id))
        await self.trips.delete_one(trip_key(context["user"], thread_id))


def stamp(leg: dict[str, str], thread_id: str) -> None:
    leg["tripId"] = thread_id


class TripsStamped(Trips, ABC):
    """A function puts another key into the document."""

    async def save_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        leg = {"owner": context["user"], "json": item.model_dump_json()}
        stamp(leg, thread_id)
        await self.legs.replace_one({"owner": context["user"], "legId": item.id}, leg, upsert=True)

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        await self.legs.delete_many(trip_key(context["user"], thread_id))
        await self.trips.delete_one(trip_key(context["user"], thread_id))


class TripsSet(Trips, ABC):
    async def save_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        leg = {"owner": context["user"], "json": item.model_dump_json()}
        leg.__setitem__("tripId", thread_id)
        await self.legs.replace_one({"owner": context["user"], "legId": item.id}, leg, upsert=True)

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        await self.legs.delete_many(trip_key(context["user"], thread_id))
        await self.trips.delete_one(trip_key(context["user"], thread_id))


class TripsSpread(Trips, ABC):
    """What else is in the documents cannot be seen."""

    async def save_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        key = leg_key(context["user"], thread_id, item.id)
        await self.legs.replace_one(key, {**key, **self.more(thread_id, item)}, upsert=True)

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        key = trip_key(context["user"], thread_id)
        await self.legs.delete_many(key)
        await self.trips.delete_one(key)


class Tables(DeclarativeBase):
    pass


class TalkRow(Tables):
    __tablename__ = "talks"
    owner: Mapped[str] = mapped_column(String(64), primary_key=True)
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    data: Mapped[str]


class LineRow(Tables):
    __tablename__ = "talk_lines"
    owner: Mapped[str] = mapped_column(String(64), primary_key=True)
    talk: Mapped[str] = mapped_column(String(64))
    id: Mapped[str] = mapped_column(String(64), primary_key=True)


CHILDREN = (LineRow,)


class Talks(Store[Ctx], ABC):
    def __init__(self, sessions: Any) -> None:
        self.sessions = sessions

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        async with self.sessions.begin() as session:
            await session.merge(LineRow(owner=context["user"], talk=thread_id, id=item.id))

    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:
        async with self.sessions.begin() as session:
            data = thread.model_dump_json()
            await session.merge(TalkRow(owner=context["user"], id=thread.id, data=data))


class ForgottenLines(Talks, ABC):
    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        async with self.sessions.begin() as session:
            await session.execute(delete(TalkRow).where(TalkRow.owner == context["user"], TalkRow.id == thread_id))  # CKF218


class WalkedMappers(Talks, ABC):
    """Every class that has a thread is deleted from, whichever there are."""

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        async with self.sessions.begin() as session:
            for mapper in Tables.registry.mappers:
                model = mapper.class_
                if hasattr(model, "talk"):
                    await session.execute(delete(model).where(model.owner == context["user"], model.talk == thread_id))
            await session.execute(delete(TalkRow).where(TalkRow.owner == context["user"], TalkRow.id == thread_id))


class NamedChildren(Talks, ABC):
    """The classes stand in a constant."""

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        async with self.sessions.begin() as session:
            for model in CHILDREN:
                await session.execute(delete(model).where(model.owner == context["user"], model.talk == thread_id))
            await session.execute(delete(TalkRow).where(TalkRow.owner == context["user"], TalkRow.id == thread_id))


class QueriedChildren(Talks, ABC):
    """A session of the older kind, and classes that another module lists."""

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        def gone(session: Any) -> None:
            for model in self.children:
                session.query(model).filter_by(owner=context["user"], talk=thread_id).delete()
            session.query(TalkRow).filter_by(owner=context["user"], id=thread_id).delete()

        async with self.sessions.begin() as session:
            await session.run_sync(gone)
