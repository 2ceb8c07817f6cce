import logging
import sqlalchemy as sa
from abc import ABC
from chatkit.store import NotFoundError, Store
from chatkit.types import Attachment, ThreadItem, ThreadMetadata
from pathlib import Path
from rows import Row
from sqlalchemy import update
from typing import Any

class Updates(Store[str], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def save_thread(self, thread: ThreadMetadata, context: str) -> None:
        await self.db.execute(  # CKF204
            "UPDATE threads SET data = ? WHERE owner = ? AND id = ?",
            (thread.model_dump_json(), context, thread.id),
        )

    async def save_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        await self.db.items.update_one(  # CKF204
            {"owner": context, "id": item.id}, {"$set": {"data": item.model_dump()}}
        )


class Both(Store[str], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def save_thread(self, thread: ThreadMetadata, context: str) -> None:
        changed = await self.db.execute(
            "UPDATE threads SET data = ? WHERE owner = ? AND id = ?",
            (thread.model_dump_json(), context, thread.id),
        )
        if not changed:
            await self.db.execute(
                "INSERT INTO threads (owner, id, data) VALUES (?, ?, ?)",
                (context, thread.id, thread.model_dump_json()),
            )

    async def save_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        await self.db.items.update_one(
            {"owner": context, "id": item.id}, {"$set": {"data": item.model_dump()}}, upsert=True
        )


class RowsOnly(Store[dict[str, Any]], ABC):
    def __init__(self, sessions: Any, rows: Any) -> None:
        self.sessions, self.rows = sessions, rows

    async def save_thread(self, thread: ThreadMetadata, context: dict[str, Any]) -> None:
        async with self.sessions() as session:
            row = await session.get(self.rows, (context["user_id"], thread.id))
            if row is None:  # CKF204
                raise NotFoundError(f"Thread {thread.id} not found")
            row.data = thread.model_dump_json()
            await session.commit()

    async def save_item(
        self, thread_id: str, item: ThreadItem, context: dict[str, Any]
    ) -> None:
        async with self.sessions() as session:
            await session.execute(
                update(self.rows)  # CKF204
                .where(self.rows.owner == context["user_id"], self.rows.id == item.id)
                .values(data=item.model_dump_json())
            )

    async def save_attachment(self, attachment: Attachment, context: dict[str, Any]) -> None:
        async with self.sessions() as session:
            row = await self._row(session, context["user_id"], attachment.id)  # CKF204
            row.data = attachment.model_dump_json()

    async def _row(self, session: Any, owner: str, key: str) -> Any:
        row = await session.get(self.rows, (owner, key))
        if row is None:
            raise NotFoundError(f"Attachment {key} not found")
        return row


class ListOnly(Store[str], ABC):
    def __init__(self) -> None:
        self.items: dict[tuple[str, str], list[ThreadItem]] = {}
        self.threads: dict[tuple[str, str], ThreadMetadata] = {}

    async def save_thread(self, thread: ThreadMetadata, context: str) -> None:
        if (context, thread.id) not in self.threads:  # CKF204
            raise NotFoundError(f"Thread {thread.id} not found")
        self.threads[(context, thread.id)] = thread

    async def save_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        items = self.items.get((context, thread_id), [])
        for index, existing in enumerate(items):  # CKF204
            if existing.id == item.id:
                items[index] = item
                return


class ListBoth(Store[str], ABC):
    def __init__(self) -> None:
        self.items: dict[tuple[str, str], list[ThreadItem]] = {}

    async def save_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        items = self.items.setdefault((context, thread_id), [])
        for index, existing in enumerate(items):
            if existing.id == item.id:
                items[index] = item
                return
        items.append(item)


class DocumentsBoth(Store[str], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def save_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        thread = await self.db.threads.find_one({"owner": context, "id": thread_id})
        if thread is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        key = {"owner": context, "thread_id": thread_id, "id": item.id}
        await self.db.items.replace_one(key, {**key, "data": item.model_dump()}, upsert=True)
        await self.db.threads.update_one(
            {"owner": context, "id": thread_id}, {"$set": {"touched": item.created_at}}
        )

    async def save_thread(self, thread: ThreadMetadata, context: str) -> None:
        key = {"owner": context, "id": thread.id}
        result = await self.db.threads.update_one(key, {"$set": {"data": thread.model_dump()}})
        if result.matched_count == 0:
            await self.db.threads.insert_one({**key, "data": thread.model_dump()})


class RowsBoth(Store[dict[str, Any]], ABC):
    def __init__(self, sessions: Any) -> None:
        self.sessions = sessions

    async def save_thread(self, thread: ThreadMetadata, context: dict[str, Any]) -> None:
        async with self.sessions() as session:
            row = await session.get(Row, (context["user_id"], thread.id))
            if row is None:
                row = Row(owner=context["user_id"], id=thread.id)
                session.add(row)
            row.data = thread.model_dump_json()
            await session.commit()


Ctx = dict[str, Any]
log = logging.getLogger(__name__)


class Hashes(Store[Ctx], ABC):
    def __init__(self, redis: Any) -> None:
        self.redis = redis

    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:
        key = f"{context['user']}:threads"
        if not await self.redis.hexists(key, thread.id):  # CKF204
            raise NotFoundError(f"Thread {thread.id} not found")
        await self.redis.hset(key, thread.id, thread.model_dump_json())

    async def save_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        if not await self.redis.hexists(f"{context['user']}:threads", thread_id):
            raise NotFoundError(f"Thread {thread_id} not found")
        await self.redis.hset(f"{context['user']}:{thread_id}", item.id, item.model_dump_json())

    async def save_attachment(self, attachment: Attachment, context: Ctx) -> None:
        key = f"{context['user']}:files:{attachment.id}"
        await self.redis.set(key, attachment.model_dump_json(), xx=True)  # CKF204


class Keyed(Store[Ctx], ABC):
    def __init__(self) -> None:
        self.threads: dict[tuple[str, str], ThreadMetadata] = {}
        self.items: dict[tuple[str, str, str], ThreadItem] = {}

    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:
        key = (context["user"], thread.id)
        if key not in self.threads:  # CKF204
            log.warning("thread %s is not known", thread.id)
            return
        self.threads[key] = thread

    async def save_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        key = (context["user"], thread_id)
        if key not in self.threads:
            raise NotFoundError(f"Thread {thread_id} not found")
        self.items[(*key, item.id)] = item


class Core(Store[Ctx], ABC):
    def __init__(self, engine: Any, rows: Any, files: Any) -> None:
        self.engine, self.rows = engine, rows

    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:
        statement = (
            sa.update(self.rows)  # CKF204
            .where(self.rows.c.owner == context["user"], self.rows.c.id == thread.id)
            .values(body=thread.model_dump_json())
        )
        async with self.engine.begin() as conn:
            await conn.execute(statement)

    async def save_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        mine = sa.and_(self.rows.c.owner == context["user"], self.rows.c.id == item.id)
        async with self.engine.begin() as conn:
            done = await conn.execute(sa.update(self.rows).where(mine).values(body=item.model_dump_json()))
            if done.rowcount == 0:
                await conn.execute(
                    sa.insert(self.rows).values(owner=context["user"], id=item.id, body=item.model_dump_json())
                )


class Tables(Store[Ctx], ABC):
    def __init__(self, table: Any) -> None:
        self.table = table

    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:
        await self.table.put_item(  # CKF204
            Item={"pk": context["user"], "sk": thread.id, "body": thread.model_dump_json()},
            ConditionExpression="attribute_exists(sk)",
        )

    async def save_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        await self.table.update_item(
            Key={"pk": context["user"], "sk": f"{thread_id}#{item.id}"},
            UpdateExpression="SET body = :body",
            ExpressionAttributeValues={":body": item.model_dump_json()},
        )


class Files(Store[Ctx], ABC):
    def __init__(self, root: Path) -> None:
        self.root = root

    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:
        path = self.root / context["user"] / f"{thread.id}.json"
        if not path.exists():  # CKF204
            raise NotFoundError(f"Thread {thread.id} not found")
        path.write_text(thread.model_dump_json())


class FilesToo(Store[Ctx], ABC):
    def __init__(self, root: Path) -> None:
        self.root = root

    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:
        path = self.root / context["user"] / f"{thread.id}.json"
        if not path.parent.exists():
            path.parent.mkdir(parents=True)
        path.write_text(thread.model_dump_json())


class Embedded(Store[Ctx], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def save_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        key = {"_id": thread_id, "owner": context["user"]}
        data = item.model_dump()
        done = await self.db.update_one({**key, "items.id": item.id}, {"$set": {"items.$": data}})
        if done.matched_count == 0:
            await self.db.update_one(key, {"$push": {"items": data}})


class EmbeddedByPosition(Store[Ctx], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def save_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        key = {"_id": thread_id, "owner": context["user"], "items.id": item.id}
        await self.db.update_one(key, {"$set": {"items.$": item.model_dump()}})  # CKF204


class EmbeddedByKey(Store[Ctx], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def save_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        key = {"_id": thread_id, "owner": context["user"]}
        await self.db.update_one(key, {"$set": {f"items.{item.id}": item.model_dump()}})


class Patched(Store[Ctx], ABC):
    def __init__(self, box: Any) -> None:
        self.box = box

    async def save_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        change = {"op": "set", "path": f"/items/{item.id}", "value": item.model_dump(mode="json")}
        await self.box.patch_item(thread_id, context["user"], patch_operations=[change])

    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:
        change = {"op": "set", "path": "/body", "value": thread.model_dump_json()}
        await self.box.patch_item(  # CKF204
            thread.id, context["user"], patch_operations=[change]
        )


class ReadAndWritten(Store[Ctx], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def save_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        row = await self.db.fetchrow(
            "SELECT items FROM threads WHERE owner = $1 AND id = $2", context["user"], thread_id
        )
        items = [each for each in row["items"] if each["id"] != item.id]
        items.append(item.model_dump(mode="json"))
        await self.db.execute(
            "UPDATE threads SET items = $3 WHERE owner = $1 AND id = $2",
            context["user"],
            thread_id,
            items,
        )


class InJson(Store[Ctx], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def save_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        await self.db.execute(
            "UPDATE threads SET items = items || jsonb_build_object($3::text, $4::jsonb)"
            " WHERE owner = $1 AND id = $2",
            context["user"],
            thread_id,
            item.id,
            item.model_dump_json(),
        )

    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:
        await self.db.execute(  # CKF204
            "UPDATE threads SET data = data || $3::jsonb WHERE owner = $1 AND id = $2",
            context["user"],
            thread.id,
            thread.model_dump_json(),
        )


class Documents(Store[Ctx], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:
        reference = self.db.collection(context["user"]).document(thread.id)
        await reference.update({"data": thread.model_dump(mode="json")})  # CKF204

    async def save_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        reference = self.db.collection(context["user"]).document(item.id)
        if (await reference.get()).exists:
            await reference.update({"data": item.model_dump(mode="json")})
        else:
            await reference.set({"data": item.model_dump(mode="json")})


class Mapped(Store[Ctx], ABC):
    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:
        rows = Row.objects.filter(owner=context["user"], thread_id=thread.id)
        await rows.aupdate(data=thread.model_dump_json())  # CKF204

    async def save_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        rows = Row.objects.filter(owner=context["user"], item_id=item.id)
        if not await rows.aupdate(data=item.model_dump_json()):
            await Row.objects.acreate(owner=context["user"], item_id=item.id)


class OnlyKnown(Store[Ctx], ABC):
    def __init__(self) -> None:
        self.threads: dict[tuple[str, str], ThreadMetadata] = {}

    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:
        if (context["user"], thread.id) in self.threads:  # CKF204
            self.threads[context["user"], thread.id] = thread


class Merged(Store[Ctx], ABC):
    def __init__(self) -> None:
        self.threads: dict[str, ThreadMetadata] = {}

    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:
        key = f"{context['user']}/{thread.id}"
        if key in self.threads:
            self.threads[key] = thread
            return
        self.threads |= {key: thread}

    async def save_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        data = item.model_dump_json()
        if not await Row.filter(owner=context["user"], id=item.id).update(data=data):
            await Row(owner=context["user"], id=item.id, data=data).save()


class EmbeddedNowhere(Store[Ctx], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def save_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        key = {"_id": thread_id, "owner": context["user"]}
        change = {"$set": {f"": item.model_dump()}}
        await self.db.update_one(key, change)  # CKF204


class Graph(Store[Ctx], ABC):
    """The write itself says that there is no such thread."""

    def __init__(self, run: Any) -> None:
        self.run = run

    async def save_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        text = "MATCH (t:Thread {owner: $o, id: $t}) MERGE (t)-[:HAS]->(i:Item {id: $i}) SET i.data = $d RETURN i"
        saved = await self.run(text, o=context["user"], t=thread_id, i=item.id, d=item.model_dump_json())
        if not saved:
            raise NotFoundError(f"Thread {thread_id} not found")

    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:
        data = thread.model_dump_json()
        version = await self.run("PUT", context["user"], thread.id, data)
        if version is None:
            raise RuntimeError("the database answered nothing")


def key_of(thing: ThreadMetadata, context: Ctx) -> str:
    return f"{context['user']}/{thing.id}"


def laid_out(thing: ThreadMetadata) -> dict[str, Any]:
    return {"id": thing.id, "body": thing.model_dump()}


class KeyedByFunction(Store[Ctx], ABC):
    """A key that is made from the object is not the object, what is laid out of it is."""

    def __init__(self, db: Any) -> None:
        self.db = db

    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:
        key = key_of(thread, context)
        old = await self.db.get(key, thread.id)
        if old is None:  # CKF204
            raise NotFoundError(f"Thread {thread.id} not found")
        await self.db.set(key, thread.model_dump_json())


class LaidOut(Store[Ctx], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def save_thread(self, thread: ThreadMetadata, context: Ctx) -> None:
        laid = laid_out(thread)
        version = await self.db.run("PUT", context["user"], thread.id, laid)
        if version is None:
            raise RuntimeError(f"Thread {thread.id} was not stored")
