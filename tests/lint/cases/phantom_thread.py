from datetime import datetime

from abc import ABC
from typing import Any

from chatkit.store import NotFoundError, Store
from chatkit.types import ActiveStatus, Page, ThreadItem, ThreadMetadata


class Phantom(Store[str], ABC):
    async def load_thread(self, thread_id: str, context: str) -> ThreadMetadata:
        row = await self.find(context, thread_id)
        if row is None:
            row = ThreadMetadata(id=thread_id, created_at=datetime.now())  # CKF205
        return row

    async def find(self, owner: str, key: str) -> ThreadMetadata | None:
        raise NotFoundError(owner + key)


class Real(Store[str], ABC):
    async def load_thread(self, thread_id: str, context: str) -> ThreadMetadata:
        row = await self.find(context, thread_id)
        return ThreadMetadata(
            id=row["id"],
            created_at=datetime.fromisoformat(row["created_at"]),
            title=row["title"],
            status=row["status"],
            metadata=row["metadata"],
            allowed_image_domains=row["domains"],
        )

    async def find(self, owner: str, key: str) -> dict[str, Any]:
        raise NotFoundError(owner + key)


KEPT = Page


class MadeUp(Store[dict[str, Any]], ABC):
    async def load_thread(self, thread_id: str, context: dict[str, Any]) -> ThreadMetadata:
        row = await self.find(context["user_id"], thread_id)
        if row is None:
            return self._empty(thread_id)
        return ThreadMetadata.model_validate(row)

    def _empty(self, thread_id: str) -> ThreadMetadata:
        now = datetime.now()
        return ThreadMetadata(id=thread_id, created_at=now)  # CKF205

    async def find(self, owner: str, thread_id: str) -> Any:
        raise NotFoundError(f"Thread {thread_id} of {owner} not found")


Ctx = dict[str, Any]


class ReadByParts(Store[Ctx], ABC):
    async def load_thread(self, thread_id: str, context: Ctx) -> ThreadMetadata:
        row = await self.find(context["user_id"], thread_id)
        if row is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return self._built(row["id"], row["created_at"], row["body"])

    def _built(self, key: str, created_at: datetime, body: Ctx) -> ThreadMetadata:
        return ThreadMetadata(
            id=key,
            created_at=created_at,
            title=body["title"],
            status=body["status"],
            metadata=body["metadata"],
            allowed_image_domains=body["domains"],
        )

    async def find(self, owner: str, thread_id: str) -> Any:
        raise NotFoundError(f"Thread {thread_id} of {owner} not found")


class ReadByPattern(Store[Ctx], ABC):
    async def load_thread(self, thread_id: str, context: Ctx) -> ThreadMetadata:
        match await self.find(context["user_id"], thread_id):
            case {"created": created, "title": title, "body": body}:
                return ThreadMetadata(
                    id=thread_id,
                    created_at=created,
                    title=title,
                    status=body["status"],
                    metadata=body["metadata"],
                    allowed_image_domains=body["domains"],
                )
            case _:
                raise NotFoundError(f"Thread {thread_id} not found")

    async def find(self, owner: str, thread_id: str) -> Any:
        raise NotFoundError(f"Thread {thread_id} of {owner} not found")


class Filled(Store[Ctx], ABC):
    async def load_thread(self, thread_id: str, context: Ctx) -> ThreadMetadata:
        row = await self.find(context["user_id"], thread_id)
        if row is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        blank = ThreadMetadata(
            id=thread_id,
            created_at=datetime.now(),
            status=ActiveStatus(),
            title=None,
            metadata={},
            allowed_image_domains=None,
        )
        return blank.model_copy(update=row)

    async def find(self, owner: str, thread_id: str) -> Any:
        raise NotFoundError(f"Thread {thread_id} of {owner} not found")


class NotFilled(Store[Ctx], ABC):
    async def load_thread(self, thread_id: str, context: Ctx) -> ThreadMetadata:
        row = await self.find(context["user_id"], thread_id)
        if row is None:
            blank = ThreadMetadata(  # CKF205
                id=thread_id,
                created_at=datetime.now(),
                status=ActiveStatus(),
                title=None,
                metadata={},
                allowed_image_domains=None,
            )
            blank.title = "New chat"
            return blank
        return ThreadMetadata.model_validate(row)

    async def find(self, owner: str, thread_id: str) -> Any:
        raise NotFoundError(f"Thread {thread_id} of {owner} not found")


class Validated(Store[Ctx], ABC):
    async def load_thread(self, thread_id: str, context: Ctx) -> ThreadMetadata:
        row = await self.find(context["user_id"], thread_id)
        if row is None:
            return ThreadMetadata.model_validate(  # CKF205
                {
                    "id": thread_id,
                    "created_at": datetime.now(),
                    "status": {"type": "active"},
                    "title": None,
                    "metadata": {},
                    "allowed_image_domains": None,
                }
            )
        return ThreadMetadata.model_validate(row)

    async def find(self, owner: str, thread_id: str) -> Any:
        raise NotFoundError(f"Thread {thread_id} of {owner} not found")


class Touches(Store[Ctx], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        thread = await self.load_thread(thread_id, context)
        await self._put(thread, context)
        key = {"owner": context["user_id"], "thread": thread_id, "id": item.id}
        await self.db.items.replace_one(key, {**key, "body": item.model_dump()}, upsert=True)

    async def _put(self, thread: ThreadMetadata, context: Ctx) -> None:
        key = {"owner": context["user_id"], "id": thread.id}
        await self.db.threads.replace_one(key, {**key, "body": thread.model_dump()}, upsert=True)


class Ensures(Store[Ctx], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        key = {"owner": context["user_id"], "id": thread_id}
        try:
            await self.load_thread(thread_id, context)
        except NotFoundError:
            await self.db.threads.replace_one(key, {**key, "title": None}, upsert=True)  # CKF205
        own = {"owner": context["user_id"], "thread": thread_id, "id": item.id}
        await self.db.items.replace_one(own, {**own, "body": item.model_dump()}, upsert=True)
