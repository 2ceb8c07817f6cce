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
