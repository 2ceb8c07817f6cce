"""Chat history of the trip planner, in one SQLite file."""

import secrets
from datetime import datetime
from typing import Any

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from pydantic import TypeAdapter

from .rows import TravellerRows, TripContext, Work

_NEXT = {"asc": "(at_us, n) > (:at_us, :n)", "desc": "(at_us, n) < (:at_us, :n)"}
_SORT = {"asc": "ORDER BY at_us ASC, n ASC", "desc": "ORDER BY at_us DESC, n DESC"}

items_codec: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
attachments_codec: TypeAdapter[Attachment] = TypeAdapter(Attachment)


def _page_bounds(order: str) -> tuple[str, str]:
    try:
        return _NEXT[order], _SORT[order]
    except KeyError:
        raise ValueError(f"unsupported order {order!r}") from None


def _us(when: datetime) -> int:
    return round(when.timestamp() * 1_000_000)


class TripStore(TravellerRows[TripContext], Store[TripContext]):
    def generate_thread_id(self, context: TripContext) -> str:
        return "trip_" + secrets.token_hex(16)

    def generate_item_id(self, item_type: StoreItemType, thread: ThreadMetadata, context: TripContext) -> str:
        return f"{item_type}_" + secrets.token_hex(16)

    async def load_thread(self, thread_id: str, context: TripContext) -> ThreadMetadata:
        async with self.work(context) as work:
            return await self._trip(work, thread_id)

    async def _trip(self, work: Work, thread_id: str) -> ThreadMetadata:
        row = await work.one("SELECT doc FROM trip WHERE traveller = :traveller AND id = :id", id=thread_id)
        if row is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(row["doc"])

    async def save_thread(self, thread: ThreadMetadata, context: TripContext) -> None:
        values = {"id": thread.id, "at_us": _us(thread.created_at), "doc": thread.model_dump_json(exclude={"items"})}
        async with self.work(context, write=True) as work:
            touched = await work.run(
                "UPDATE trip SET at_us = :at_us, doc = :doc WHERE traveller = :traveller AND id = :id", **values
            )
            if touched == 0:
                await work.run(
                    "INSERT INTO trip (traveller, id, at_us, doc) VALUES (:traveller, :id, :at_us, :doc)", **values
                )

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: TripContext
    ) -> Page[ThreadMetadata]:
        following, sort = _page_bounds(order)
        sql = "SELECT id, doc FROM trip WHERE traveller = :traveller"
        params: dict[str, Any] = {"size": limit + 1}
        async with self.work(context) as work:
            if after is not None:
                mark = await work.one("SELECT at_us, n FROM trip WHERE traveller = :traveller AND id = :id", id=after)
                if mark is None:
                    raise NotFoundError(f"Thread {after} not found")
                sql += f" AND {following}"
                params |= {"at_us": mark["at_us"], "n": mark["n"]}
            rows = await work.rows(f"{sql} {sort} LIMIT :size", **params)
        page = rows[:limit]
        return Page[ThreadMetadata](
            data=[ThreadMetadata.model_validate_json(row["doc"]) for row in page],
            has_more=len(rows) > limit,
            after=page[-1]["id"] if len(rows) > limit and page else None,
        )

    async def delete_thread(self, thread_id: str, context: TripContext) -> None:
        async with self.work(context, write=True) as work:
            for table, column in (("entry", "trip_id"), ("document", "trip_id"), ("trip", "id")):
                await work.run(f"DELETE FROM {table} WHERE traveller = :traveller AND {column} = :id", id=thread_id)

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: TripContext
    ) -> Page[ThreadItem]:
        following, sort = _page_bounds(order)
        sql = "SELECT id, doc FROM entry WHERE traveller = :traveller AND trip_id = :trip_id"
        params: dict[str, Any] = {"trip_id": thread_id, "size": limit + 1}
        async with self.work(context) as work:
            if after is not None:
                sql += f" AND {following}"
                params |= await self._entry_mark(work, thread_id, after)
            rows = await work.rows(f"{sql} {sort} LIMIT :size", **params)
        page = rows[:limit]
        return Page[ThreadItem](
            data=[items_codec.validate_json(row["doc"]) for row in page],
            has_more=len(rows) > limit,
            after=page[-1]["id"] if len(rows) > limit and page else None,
        )

    async def _entry_mark(self, work: Work, thread_id: str, item_id: str) -> dict[str, int]:
        row = await work.one(
            "SELECT at_us, n FROM entry WHERE traveller = :traveller AND trip_id = :trip_id AND id = :id",
            trip_id=thread_id,
            id=item_id,
        )
        if row is None:
            raise NotFoundError(f"Item {item_id} not found")
        return {"at_us": row["at_us"], "n": row["n"]}

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: TripContext) -> None:
        await self.save_item(thread_id, item, context)

    async def save_item(self, thread_id: str, item: ThreadItem, context: TripContext) -> None:
        async with self.work(context, write=True) as work:
            await self._trip(work, thread_id)
            await work.run(
                """
                INSERT INTO entry (traveller, trip_id, id, at_us, doc)
                VALUES (:traveller, :trip_id, :id, :at_us, :doc)
                ON CONFLICT (traveller, trip_id, id) DO UPDATE SET at_us = excluded.at_us, doc = excluded.doc
                """,
                trip_id=thread_id,
                id=item.id,
                at_us=_us(item.created_at),
                doc=item.model_dump_json(),
            )

    async def load_item(self, thread_id: str, item_id: str, context: TripContext) -> ThreadItem:
        async with self.work(context) as work:
            row = await work.one(
                "SELECT doc FROM entry WHERE traveller = :traveller AND trip_id = :trip_id AND id = :id",
                trip_id=thread_id,
                id=item_id,
            )
        if row is None:
            raise NotFoundError(f"Item {item_id} not found")
        return items_codec.validate_json(row["doc"])

    async def delete_thread_item(self, thread_id: str, item_id: str, context: TripContext) -> None:
        async with self.work(context, write=True) as work:
            await work.run(
                "DELETE FROM entry WHERE traveller = :traveller AND trip_id = :trip_id AND id = :id",
                trip_id=thread_id,
                id=item_id,
            )

    async def save_attachment(self, attachment: Attachment, context: TripContext) -> None:
        async with self.work(context, write=True) as work:
            await work.run(
                "INSERT OR REPLACE INTO document (traveller, id, trip_id, doc) "
                "VALUES (:traveller, :id, :trip_id, :doc)",
                id=attachment.id,
                trip_id=attachment.thread_id,
                doc=attachment.model_dump_json(),
            )

    async def load_attachment(self, attachment_id: str, context: TripContext) -> Attachment:
        async with self.work(context) as work:
            row = await work.one("SELECT doc FROM document WHERE traveller = :traveller AND id = :id", id=attachment_id)
        if row is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return attachments_codec.validate_json(row["doc"])

    async def delete_attachment(self, attachment_id: str, context: TripContext) -> None:
        async with self.work(context, write=True) as work:
            await work.run("DELETE FROM document WHERE traveller = :traveller AND id = :id", id=attachment_id)
