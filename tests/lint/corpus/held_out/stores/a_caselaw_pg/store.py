import uuid
from datetime import datetime

from asyncpg.pool import PoolConnectionProxy
from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from pydantic import TypeAdapter

from .session import Caller, CallerSessions

ITEM: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
FILE: TypeAdapter[Attachment] = TypeAdapter(Attachment)

PREFIXES: dict[StoreItemType, str] = {
    "thread": "thr",
    "message": "msg",
    "tool_call": "tc",
    "task": "tsk",
    "workflow": "wf",
    "attachment": "atc",
    "sdk_hidden_context": "shcx",
}
WAYS = {"asc": (">", "ASC"), "desc": ("<", "DESC")}


def _way(order: str) -> tuple[str, str]:
    if order not in WAYS:
        raise ValueError(f"order must be asc or desc, not {order!r}")
    return WAYS[order]


def _micros(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


def _new_id(kind: StoreItemType) -> str:
    return f"{PREFIXES[kind]}_{uuid.uuid4().hex}"


class CaseLawStore(Store[Caller]):
    def __init__(self, sessions: CallerSessions) -> None:
        self._as = sessions.acting_as

    def generate_thread_id(self, context: Caller) -> str:
        return _new_id("thread")

    def generate_item_id(self, item_type: StoreItemType, thread: ThreadMetadata, context: Caller) -> str:
        return _new_id(item_type)

    # threads

    async def load_thread(self, thread_id: str, context: Caller) -> ThreadMetadata:
        async with self._as(context) as conn:
            body = await conn.fetchval("SELECT body FROM research_thread WHERE id = $1", thread_id)
        if body is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(body)

    async def save_thread(self, thread: ThreadMetadata, context: Caller) -> None:
        body = thread.model_dump_json(exclude={"items"})
        async with self._as(context) as conn:
            await conn.execute(
                """
                INSERT INTO research_thread (id, made_us, body) VALUES ($1, $2, $3)
                ON CONFLICT (firm_user, id) DO UPDATE SET made_us = EXCLUDED.made_us, body = EXCLUDED.body
                """,
                thread.id,
                _micros(thread.created_at),
                body,
            )

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: Caller
    ) -> Page[ThreadMetadata]:
        sign, way = _way(order)
        async with self._as(context) as conn:
            if after is None:
                rows = await conn.fetch(
                    f"SELECT id, body FROM research_thread ORDER BY made_us {way}, seq {way} LIMIT $1", limit + 1
                )
            else:
                at = await conn.fetchrow("SELECT made_us, seq FROM research_thread WHERE id = $1", after)
                if at is None:
                    raise NotFoundError(f"Thread {after} not found")
                rows = await conn.fetch(
                    f"SELECT id, body FROM research_thread WHERE (made_us, seq) {sign} ($1, $2) "
                    f"ORDER BY made_us {way}, seq {way} LIMIT $3",
                    at["made_us"],
                    at["seq"],
                    limit + 1,
                )
        kept = rows[:limit]
        more = len(rows) > limit
        return Page[ThreadMetadata](
            data=[ThreadMetadata.model_validate_json(row["body"]) for row in kept],
            has_more=more,
            after=kept[-1]["id"] if more and kept else None,
        )

    async def delete_thread(self, thread_id: str, context: Caller) -> None:
        async with self._as(context) as conn:
            await conn.execute("DELETE FROM research_item WHERE thread_id = $1", thread_id)
            await conn.execute("DELETE FROM research_file WHERE thread_id = $1", thread_id)
            await conn.execute("DELETE FROM research_thread WHERE id = $1", thread_id)

    # items

    async def _put_item(self, conn: PoolConnectionProxy, thread_id: str, item: ThreadItem) -> None:
        known = await conn.fetchval("SELECT true FROM research_thread WHERE id = $1 FOR SHARE", thread_id)
        if not known:
            raise NotFoundError(f"Thread {thread_id} not found")
        await conn.execute(
            """
            INSERT INTO research_item (thread_id, id, made_us, body) VALUES ($1, $2, $3, $4)
            ON CONFLICT (firm_user, thread_id, id) DO UPDATE SET made_us = EXCLUDED.made_us, body = EXCLUDED.body
            """,
            thread_id,
            item.id,
            _micros(item.created_at),
            item.model_dump_json(),
        )

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Caller) -> None:
        async with self._as(context) as conn:
            await self._put_item(conn, thread_id, item)

    async def save_item(self, thread_id: str, item: ThreadItem, context: Caller) -> None:
        async with self._as(context) as conn:
            await self._put_item(conn, thread_id, item)

    async def load_item(self, thread_id: str, item_id: str, context: Caller) -> ThreadItem:
        async with self._as(context) as conn:
            body = await conn.fetchval(
                "SELECT body FROM research_item WHERE thread_id = $1 AND id = $2", thread_id, item_id
            )
        if body is None:
            raise NotFoundError(f"Item {item_id} not found")
        return ITEM.validate_json(body)

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Caller
    ) -> Page[ThreadItem]:
        sign, way = _way(order)
        async with self._as(context) as conn:
            where = "thread_id = $1"
            args: list[str | int] = [thread_id, limit + 1]
            if after is not None:
                at = await conn.fetchrow(
                    "SELECT made_us, seq FROM research_item WHERE thread_id = $1 AND id = $2", thread_id, after
                )
                if at is None:
                    raise NotFoundError(f"Item {after} not found")
                where += f" AND (made_us, seq) {sign} ($3, $4)"
                args += [at["made_us"], at["seq"]]
            rows = await conn.fetch(
                f"SELECT id, body FROM research_item WHERE {where} ORDER BY made_us {way}, seq {way} LIMIT $2", *args
            )
        kept = rows[:limit]
        more = len(rows) > limit
        return Page[ThreadItem](
            data=[ITEM.validate_json(row["body"]) for row in kept],
            has_more=more,
            after=kept[-1]["id"] if more and kept else None,
        )

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Caller) -> None:
        async with self._as(context) as conn:
            await conn.execute("DELETE FROM research_item WHERE thread_id = $1 AND id = $2", thread_id, item_id)

    # files

    async def save_attachment(self, attachment: Attachment, context: Caller) -> None:
        async with self._as(context) as conn:
            await conn.execute(
                """
                INSERT INTO research_file (id, thread_id, body) VALUES ($1, $2, $3)
                ON CONFLICT (firm_user, id) DO UPDATE SET thread_id = EXCLUDED.thread_id, body = EXCLUDED.body
                """,
                attachment.id,
                attachment.thread_id,
                attachment.model_dump_json(),
            )

    async def load_attachment(self, attachment_id: str, context: Caller) -> Attachment:
        async with self._as(context) as conn:
            body = await conn.fetchval("SELECT body FROM research_file WHERE id = $1", attachment_id)
        if body is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return FILE.validate_json(body)

    async def delete_attachment(self, attachment_id: str, context: Caller) -> None:
        async with self._as(context) as conn:
            await conn.execute("DELETE FROM research_file WHERE id = $1", attachment_id)
