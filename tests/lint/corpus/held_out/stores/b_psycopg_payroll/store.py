"""Payroll helpdesk chat. psycopg 3 with the sync pool the payroll batch jobs share."""

import uuid
from datetime import datetime

from pydantic import TypeAdapter

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata

from .context import Employee
from .sql import PooledSql, Row

ITEM_ORDER = {"asc": "created_us ASC, id ASC", "desc": "created_us DESC, id DESC"}

item_adapter: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
attachment_adapter: TypeAdapter[Attachment] = TypeAdapter(Attachment)


def micros(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


class PayrollStore(PooledSql, Store[Employee]):
    def generate_thread_id(self, context: Employee) -> str:
        return f"pay_{uuid.uuid4().hex}"

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: Employee
    ) -> str:
        return f"{item_type}_{uuid.uuid4().hex}"

    async def load_thread(self, thread_id: str, context: Employee) -> ThreadMetadata:
        rows = await self._fetch(
            "SELECT doc FROM payroll_threads WHERE employee_no = %(emp)s AND id = %(id)s",
            emp=context.checked,
            id=thread_id,
        )
        if not rows:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(rows[0]["doc"])

    async def save_thread(self, thread: ThreadMetadata, context: Employee) -> None:
        await self._execute(
            """
            INSERT INTO payroll_threads (employee_no, id, created_us, doc)
            VALUES (%(emp)s, %(id)s, %(at)s, %(doc)s)
            ON CONFLICT (employee_no, id)
            DO UPDATE SET created_us = EXCLUDED.created_us, doc = EXCLUDED.doc
            """,
            emp=context.checked,
            id=thread.id,
            at=micros(thread.created_at),
            doc=thread.model_dump_json(exclude={"items"}),
        )

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: Employee
    ) -> Page[ThreadMetadata]:
        if limit < 1:
            raise ValueError("limit must be positive")
        size = min(limit, 200)
        clause = "employee_no = %(emp)s"
        params: Row = {"emp": context.checked, "take": size + 1}
        if after is not None:
            edge = await self._fetch(
                "SELECT created_us FROM payroll_threads WHERE employee_no = %(emp)s AND id = %(id)s",
                emp=context.checked,
                id=after,
            )
            if not edge:
                raise NotFoundError(f"Thread {after} not found")
            sign = "<" if order.lower() == "desc" else ">"
            clause += f" AND (created_us, id) {sign} (%(edge)s, %(after)s)"
            params |= {"edge": edge[0]["created_us"], "after": after}
        rows = await self._fetch(
            f"SELECT id, doc FROM payroll_threads WHERE {clause} "
            f"ORDER BY created_us {order}, id {order} LIMIT %(take)s",  # CKF217
            **params,
        )
        more = len(rows) > size
        rows = rows[:size]
        return Page[ThreadMetadata](
            data=[ThreadMetadata.model_validate_json(row["doc"]) for row in rows],
            has_more=more,
            after=rows[-1]["id"] if more else None,
        )

    async def delete_thread(self, thread_id: str, context: Employee) -> None:  # CKF218
        params: Row = {"emp": context.checked, "thread": thread_id}
        await self._execute(
            "DELETE FROM payroll_files WHERE employee_no = %(emp)s AND thread_id = %(thread)s",
            **params,
        )
        await self._execute(
            "DELETE FROM payroll_threads WHERE employee_no = %(emp)s AND id = %(thread)s",
            **params,
        )

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Employee
    ) -> Page[ThreadItem]:
        if order not in ITEM_ORDER or limit < 1:
            raise ValueError("order must be asc or desc, limit positive")
        size = min(limit, 200)
        ordering = ITEM_ORDER[order]
        scope = "employee_no = %(emp)s AND thread_id = %(thread)s"
        params: Row = {"emp": context.checked, "thread": thread_id, "take": size + 1}
        if after is not None:
            edge = await self._fetch(
                f"SELECT created_us FROM payroll_items WHERE {scope} AND id = %(id)s",
                emp=context.checked,
                thread=thread_id,
                id=after,
            )
            if not edge:
                raise NotFoundError(f"Item {after} not found")
            older = order == "desc"
            scope += " AND created_us < %(edge)s" if older else " AND created_us > %(edge)s"  # CKF210
            params["edge"] = edge[0]["created_us"]
        rows = await self._fetch(
            f"SELECT id, doc FROM payroll_items WHERE {scope} ORDER BY {ordering} LIMIT %(take)s",
            **params,
        )
        more = len(rows) > size
        rows = rows[:size]
        return Page[ThreadItem](
            data=[item_adapter.validate_json(row["doc"]) for row in rows],
            has_more=more,
            after=rows[-1]["id"] if more else None,
        )

    async def add_thread_item(
        self, thread_id: str, item: ThreadItem, context: Employee
    ) -> None:
        if item.thread_id != thread_id:
            raise ValueError(f"item {item.id} has thread {item.thread_id}")
        await self.load_thread(thread_id, context)
        await self._execute(
            "INSERT INTO payroll_items (employee_no, thread_id, id, created_us, doc) "  # CKF203
            "VALUES (%(emp)s, %(thread)s, %(id)s, %(at)s, %(doc)s)",
            **self._item_params(thread_id, item, context),
        )

    async def save_item(self, thread_id: str, item: ThreadItem, context: Employee) -> None:
        if item.thread_id != thread_id:
            raise ValueError(f"item {item.id} has thread {item.thread_id}")
        await self.load_thread(thread_id, context)
        await self._execute(
            """
            INSERT INTO payroll_items (employee_no, thread_id, id, created_us, doc)
            VALUES (%(emp)s, %(thread)s, %(id)s, %(at)s, %(doc)s)
            ON CONFLICT (employee_no, thread_id, id)
            DO UPDATE SET created_us = EXCLUDED.created_us, doc = EXCLUDED.doc
            """,
            **self._item_params(thread_id, item, context),
        )

    async def load_item(
        self, thread_id: str, item_id: str, context: Employee
    ) -> ThreadItem:
        rows = await self._fetch(
            "SELECT doc FROM payroll_items WHERE employee_no = %(emp)s "
            "AND thread_id = %(thread)s AND id = %(id)s",
            emp=context.checked,
            thread=thread_id,
            id=item_id,
        )
        if not rows:
            raise NotFoundError(f"Item {item_id} not found")
        return item_adapter.validate_json(rows[0]["doc"])

    async def delete_thread_item(
        self, thread_id: str, item_id: str, context: Employee
    ) -> None:
        with self.pool.connection() as conn:  # CKF215
            conn.execute(
                "DELETE FROM payroll_items "
                "WHERE employee_no = %s AND thread_id = %s AND id = %s",
                (context.checked, thread_id, item_id),
            )

    @staticmethod
    def _item_params(thread_id: str, item: ThreadItem, context: Employee) -> Row:
        return {
            "emp": context.checked,
            "thread": thread_id,
            "id": item.id,
            "at": micros(item.created_at),
            "doc": item.model_dump_json(),
        }

    async def save_attachment(self, attachment: Attachment, context: Employee) -> None:
        await self._execute(
            """
            INSERT INTO payroll_files (employee_no, id, thread_id, doc)
            VALUES (%(emp)s, %(id)s, %(thread)s, %(doc)s)
            ON CONFLICT (employee_no, id)
            DO UPDATE SET thread_id = EXCLUDED.thread_id, doc = EXCLUDED.doc
            """,
            emp=context.checked,
            id=attachment.id,
            thread=attachment.thread_id,
            doc=attachment.model_dump_json(),
        )

    async def load_attachment(self, attachment_id: str, context: Employee) -> Attachment:
        rows = await self._fetch(
            "SELECT doc FROM payroll_files WHERE employee_no = %(emp)s AND id = %(id)s",
            emp=context.checked,
            id=attachment_id,
        )
        if not rows:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return attachment_adapter.validate_json(rows[0]["doc"])

    async def delete_attachment(self, attachment_id: str, context: Employee) -> None:
        removed = await self._execute(
            "DELETE FROM payroll_files WHERE employee_no = %(emp)s AND id = %(id)s",
            emp=context.checked,
            id=attachment_id,
        )
        if removed == 0:
            raise NotFoundError(f"Attachment {attachment_id} not found")  # CKF219
