from typing import Any
from uuid import uuid4

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from pydantic import TypeAdapter
from typing_extensions import TypedDict

from .db import Database

_items: TypeAdapter[Any] = TypeAdapter(ThreadItem)
_files: TypeAdapter[Any] = TypeAdapter(Attachment)
_DIRECTIONS = {"asc": (">", "ASC"), "desc": ("<", "DESC")}
# the items of a thread are reached through the thread of its owner, always
_OWN = "FROM item JOIN thread ON thread.pk = item.thread_pk WHERE thread.owner = ? AND thread.id = ?"


class RecipeContext(TypedDict):
    cook_id: str


class RecipeStore(Store[RecipeContext]):
    def __init__(self, db: Database) -> None:
        self.db = db

    def generate_thread_id(self, context: RecipeContext) -> str:
        return "thr_" + uuid4().hex

    def generate_item_id(self, item_type: StoreItemType, thread: ThreadMetadata, context: RecipeContext) -> str:
        return f"{item_type}_" + uuid4().hex

    async def _thread_pk(self, thread_id: str, cook: str) -> int:
        pk = await self.db.first("SELECT pk FROM thread WHERE owner = ? AND id = ?", cook, thread_id)
        if pk is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return int(pk)

    async def load_thread(self, thread_id: str, context: RecipeContext) -> ThreadMetadata:
        doc = await self.db.first(
            "SELECT doc FROM thread WHERE owner = ? AND id = ?", context["cook_id"], thread_id)
        if doc is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(str(doc))

    async def save_thread(self, thread: ThreadMetadata, context: RecipeContext) -> None:
        await self.db.run(
            "INSERT INTO thread (owner, id, doc) VALUES (?, ?, ?)"
            " ON CONFLICT (owner, id) DO UPDATE SET doc = excluded.doc",
            context["cook_id"], thread.id, thread.model_dump_json(exclude={"items"}))

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: RecipeContext
    ) -> Page[ThreadMetadata]:
        cook = context["cook_id"]
        op, direction = _DIRECTIONS.get(order, _DIRECTIONS["desc"])
        where = "owner = ?"
        params: list[object] = [cook]
        if after is not None:
            where += f" AND pk {op} ?"
            params.append(await self._thread_pk(after, cook))
        size = max(limit, 1)
        rows = await self.db.rows(
            f"SELECT id, doc FROM thread WHERE {where} ORDER BY pk {direction} LIMIT ?", *params, size + 1)
        more = len(rows) > size
        return Page[ThreadMetadata](
            data=[ThreadMetadata.model_validate_json(doc) for _, doc in rows[:size]],
            has_more=more, after=rows[size - 1][0] if more else None)

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: RecipeContext
    ) -> Page[ThreadItem]:
        op, direction = _DIRECTIONS.get(order, _DIRECTIONS["desc"])
        tail = ""
        params: list[object] = [context["cook_id"], thread_id]
        if after is not None:
            anchor = await self.db.first(f"SELECT item.pk {_OWN} AND item.id = ?", *params, after)
            if anchor is None:
                raise NotFoundError(f"Item {after} not found")
            tail = f" AND item.pk {op} ?"
            params.append(anchor)
        size = max(limit, 1)
        rows = await self.db.rows(
            f"SELECT item.id, item.doc {_OWN}{tail} ORDER BY item.pk {direction} LIMIT ?", *params, size + 1)
        more = len(rows) > size
        return Page[ThreadItem](
            data=[_items.validate_json(doc) for _, doc in rows[:size]],
            has_more=more, after=rows[size - 1][0] if more else None)

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: RecipeContext) -> None:
        await self._put(thread_id, item, context)

    async def save_item(self, thread_id: str, item: ThreadItem, context: RecipeContext) -> None:
        await self._put(thread_id, item, context)

    async def _put(self, thread_id: str, item: ThreadItem, context: RecipeContext) -> None:
        pk = await self._thread_pk(thread_id, context["cook_id"])
        await self.db.run(
            "INSERT INTO item (thread_pk, id, doc) VALUES (?, ?, ?)"
            " ON CONFLICT (thread_pk, id) DO UPDATE SET doc = excluded.doc",
            pk, item.id, item.model_dump_json())

    async def load_item(self, thread_id: str, item_id: str, context: RecipeContext) -> ThreadItem:
        doc = await self.db.first(
            f"SELECT item.doc {_OWN} AND item.id = ?", context["cook_id"], thread_id, item_id)
        if doc is None:
            raise NotFoundError(f"Item {item_id} not found")
        return _items.validate_json(str(doc))

    async def delete_thread(self, thread_id: str, context: RecipeContext) -> None:
        await self.db.run("DELETE FROM thread WHERE owner = ? AND id = ?", context["cook_id"], thread_id)

    async def delete_thread_item(self, thread_id: str, item_id: str, context: RecipeContext) -> None:
        await self.db.run(
            "DELETE FROM item WHERE id = ? AND thread_pk ="
            " (SELECT pk FROM thread WHERE owner = ? AND id = ?)",
            item_id, context["cook_id"], thread_id)

    async def save_attachment(self, attachment: Attachment, context: RecipeContext) -> None:
        await self.db.run(
            "INSERT INTO attachment (owner, id, doc) VALUES (?, ?, ?)"
            " ON CONFLICT (owner, id) DO UPDATE SET doc = excluded.doc",
            context["cook_id"], attachment.id, attachment.model_dump_json())

    async def load_attachment(self, attachment_id: str, context: RecipeContext) -> Attachment:
        doc = await self.db.first(
            "SELECT doc FROM attachment WHERE owner = ? AND id = ?", context["cook_id"], attachment_id)
        if doc is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return _files.validate_json(str(doc))

    async def delete_attachment(self, attachment_id: str, context: RecipeContext) -> None:
        await self.db.run(
            "DELETE FROM attachment WHERE owner = ? AND id = ?", context["cook_id"], attachment_id)
