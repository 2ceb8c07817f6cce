import logging
from abc import ABC
from collections import defaultdict
from typing import Any

from chatkit.store import NotFoundError, Store
from chatkit.types import ThreadItem, ThreadMetadata


class Sql(Store[dict[str, Any]], ABC):
    def __init__(self, pool: Any) -> None:
        self.pool = pool

    async def load_thread(self, thread_id: str, context: dict[str, Any]) -> ThreadMetadata:
        row = await self.pool.fetchrow("SELECT data FROM threads WHERE id = $1", thread_id)  # CKF201
        if row is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(row["data"])

    async def load_item(
        self, thread_id: str, item_id: str, context: dict[str, Any]
    ) -> ThreadItem:
        logging.info("loading for %s", context["user_id"])
        row = await self.pool.fetchrow("SELECT data FROM items WHERE id = $1", item_id)  # CKF201
        if row is None:
            raise NotFoundError(f"Item {item_id} not found")
        return row

    async def delete_thread(self, thread_id: str, context: dict[str, Any]) -> None:
        user = context["user_id"]
        await self.pool.execute("DELETE FROM items WHERE owner = $1 AND thread_id = $2", user, thread_id)
        await self.pool.execute("DELETE FROM threads WHERE owner = $1 AND id = $2", user, thread_id)

    async def delete_attachment(self, attachment_id: str, context: dict[str, Any]) -> None:
        await self._remove(attachment_id, context)

    async def _remove(self, key: str, context: dict[str, Any]) -> None:
        await self.pool.execute(
            "DELETE FROM files WHERE id = $1 AND owner = $2", key, context["user_id"]
        )


class Plain(Store[dict[str, Any]], ABC):
    def __init__(self) -> None:
        self.threads: dict[str, ThreadMetadata] = {}
        self.items: dict[str, list[ThreadItem]] = defaultdict(list)

    async def load_thread(self, thread_id: str, context: dict[str, Any]) -> ThreadMetadata:
        if thread_id not in self.threads:  # CKF201
            raise NotFoundError(f"Thread {thread_id} not found")
        return self.threads[thread_id]

    async def delete_attachment(self, attachment_id: str, context: dict[str, Any]) -> None:
        self.threads.pop((context["user_id"], attachment_id), None)


class Checked(Store[dict[str, Any]], ABC):
    def __init__(self, session: Any) -> None:
        self.session = session

    async def load_thread(self, thread_id: str, context: dict[str, Any]) -> ThreadMetadata:
        row = await self.session.get(ThreadMetadata, thread_id)
        if row is None or row.owner != context["user_id"]:
            raise NotFoundError(f"Thread {thread_id} not found")
        return row


class OneUser(Store[dict[str, Any]], ABC):
    def __init__(self, pool: Any, user_id: str) -> None:
        self.pool = pool
        self.user_id = user_id

    async def delete_attachment(self, attachment_id: str, context: dict[str, Any]) -> None:
        await self.pool.execute(
            "DELETE FROM files WHERE id = $1 AND owner = $2", attachment_id, self.user_id
        )


class Delegates(Store[dict[str, Any]], ABC):
    def __init__(self, inner: Store[dict[str, Any]]) -> None:
        self.inner = inner

    async def delete_attachment(self, attachment_id: str, context: dict[str, Any]) -> None:
        await self.inner.delete_attachment(attachment_id, context)


class Asks(Store[dict[str, Any]], ABC):
    def __init__(self, pool: Any) -> None:
        self.pool = pool

    async def delete_thread_item(
        self, thread_id: str, item_id: str, context: dict[str, Any]
    ) -> None:
        self._require_user(context)
        await self.pool.execute("DELETE FROM items WHERE id = $1", item_id)  # CKF201

    async def delete_attachment(self, attachment_id: str, context: dict[str, Any]) -> None:
        owner = self._require_user(context)
        await self.pool.execute(
            "DELETE FROM files WHERE id = $1 AND owner = $2", attachment_id, owner
        )

    def _require_user(self, context: dict[str, Any]) -> str:
        owner = context.get("user_id")
        if not owner:
            raise PermissionError("sign in first")
        return str(owner)
