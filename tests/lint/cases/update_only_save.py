from abc import ABC
from typing import Any

from chatkit.store import NotFoundError, Store
from chatkit.types import Attachment, ThreadItem, ThreadMetadata
from sqlalchemy import update

from .rows import Row


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
