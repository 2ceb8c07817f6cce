from abc import ABC
from typing import Any

from chatkit.store import NotFoundError, Store
from chatkit.types import Page, ThreadMetadata


class Forgets(Store[str], ABC):
    async def load_threads(  # CKF212
        self, limit: int, after: str | None, order: str, context: str
    ) -> Page[ThreadMetadata]:
        return Page(data=await self.of(context))

    async def of(self, owner: str) -> list[ThreadMetadata]:
        raise NotFoundError(owner)


class Reads(Store[str], ABC):
    async def load_threads(
        self, limit: int, after: str | None, order: str, context: str
    ) -> Page[ThreadMetadata]:
        return await self.of(context, limit, after, order)

    async def of(self, *arguments: Any) -> Page[ThreadMetadata]:
        raise NotFoundError(str(arguments))


class Declares(Store[str], ABC):
    async def load_threads(
        self, limit: int, after: str | None, order: str, context: str
    ) -> Page[ThreadMetadata]:
        raise NotImplementedError("a base only")


class Discards(Store[dict[str, Any]], ABC):
    def __init__(self, log: Any) -> None:
        self.log = log

    async def load_threads(  # CKF212
        self, limit: int, after: str | None, order: str, context: dict[str, Any]
    ) -> Page[ThreadMetadata]:
        del order
        self.log.debug("page behind %s", after)
        return Page(data=await self.mine(context["user_id"], limit))

    async def load_thread_items(  # CKF212
        self, thread_id: str, after: str | None, limit: int, order: str, context: dict[str, Any]
    ) -> Page[Any]:
        _ = order
        if after is not None:
            raise NotFoundError(f"Item {after} not found")
        return Page(data=await self.mine(context["user_id"] + thread_id, limit))

    async def mine(self, owner: str, limit: int) -> list[Any]:
        raise NotImplementedError(f"{owner} {limit}")
