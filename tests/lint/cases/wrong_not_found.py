from abc import ABC
from typing import Any

from chatkit.store import NotFoundError, Store
from chatkit.types import Page, ThreadMetadata


class Wrong(Store[str], ABC):
    def __init__(self) -> None:
        self.threads: dict[str, dict[str, ThreadMetadata]] = {}

    async def load_thread(self, thread_id: str, context: str) -> ThreadMetadata:
        return self.threads[context][thread_id]  # CKF206

    async def load_item(self, thread_id: str, item_id: str, context: str) -> Any:
        found = await self.find(context, item_id)
        if not found:
            raise ValueError("no such item")  # CKF206
        return found

    async def load_attachment(self, attachment_id: str, context: str) -> Any:
        found = await self.find(context, attachment_id)
        if found is None:
            return None  # CKF206
        return found

    async def find(self, owner: str, key: str) -> Any:
        return (owner, key)


class Right(Store[str], ABC):
    def __init__(self) -> None:
        self.threads: dict[str, ThreadMetadata] = {}

    async def load_thread(self, thread_id: str, context: str) -> ThreadMetadata:
        if not isinstance(context, str):
            raise PermissionError("no owner")
        try:
            return self.threads[context + thread_id]
        except KeyError:
            raise NotFoundError(f"Thread {thread_id} not found") from None

    async def load_item(self, thread_id: str, item_id: str, context: str) -> Any:
        if len(item_id) > 255:
            raise ValueError("the id is too long")
        raise NotFoundError(f"Item {item_id} not found")


KEPT = Page


class ThreadMissing(Exception):
    pass


class Gone(NotFoundError):
    pass


class WrongAgain(Store[dict[str, Any]], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db
        self.threads: dict[tuple[str, str], ThreadMetadata] = {}

    async def load_thread(self, thread_id: str, context: dict[str, Any]) -> ThreadMetadata:
        row = await self.db.fetchrow("SELECT data FROM threads WHERE owner = $1", context["user"])
        return ThreadMetadata.model_validate_json(row["data"]) if row else None  # CKF206

    async def load_attachment(self, attachment_id: str, context: dict[str, Any]) -> Any:
        row = await self.db.fetchrow("SELECT data FROM files WHERE owner = $1", context["user"])
        if row is None:
            raise ThreadMissing(attachment_id)  # CKF206
        return row

    async def load_item(self, thread_id: str, item_id: str, context: dict[str, Any]) -> Any:
        row = await self._row(context["user"], thread_id, item_id)
        return row["data"]

    async def _row(self, owner: str, thread_id: str, item_id: str) -> Any:
        row = await self.db.fetchrow("SELECT data FROM items WHERE owner = $1", owner, thread_id)
        if row is None:
            raise KeyError(item_id)  # CKF206
        return row


class FallsOff(Store[dict[str, Any]], ABC):
    def __init__(self, sessions: Any, query: Any) -> None:
        self.sessions, self.query = sessions, query
        self.threads: dict[tuple[str, str], ThreadMetadata] = {}

    async def load_thread(self, thread_id: str, context: dict[str, Any]) -> ThreadMetadata:
        if not context["user_id"]:
            raise PermissionError("sign in")
        thread = self.threads[(context["user_id"], thread_id)]
        return thread  # CKF206

    async def load_item(self, thread_id: str, item_id: str, context: dict[str, Any]) -> Any:
        for item in await self.query(context["user_id"], thread_id):  # CKF206
            if item.id == item_id:
                return item

    async def load_attachment(self, attachment_id: str, context: dict[str, Any]) -> Any:
        async with self.sessions() as session:
            found = await session.execute(self.query(context["user_id"], attachment_id))
            return found.scalar_one().data  # CKF206


class RightAgain(Store[dict[str, Any]], ABC):
    def __init__(self, sessions: Any, query: Any) -> None:
        self.sessions, self.query = sessions, query
        self.threads: dict[tuple[str, str], ThreadMetadata] = {}

    async def load_thread(self, thread_id: str, context: dict[str, Any]) -> ThreadMetadata:
        key = (context["user_id"], thread_id)
        if key in self.threads:
            return self.threads[key]
        raise Gone(f"Thread {thread_id} not found")

    async def load_item(self, thread_id: str, item_id: str, context: dict[str, Any]) -> Any:
        for item in await self.query(context["user_id"], thread_id):
            if item.id == item_id:
                return item
        raise NotFoundError(f"Item {item_id} not found")

    async def load_attachment(self, attachment_id: str, context: dict[str, Any]) -> Any:
        try:
            return await self._file(context["user_id"], attachment_id)
        except KeyError:
            raise NotFoundError(f"Attachment {attachment_id} not found") from None

    async def _file(self, owner: str, key: str) -> Any:
        found = await self.query(owner, key)
        if found is None:
            raise KeyError(key)
        return found
