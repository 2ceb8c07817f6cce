"""What every store of ours shares, whatever it keeps its rows in."""

import uuid
from abc import ABC, abstractmethod
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from chatkit.store import Store, StoreItemType
from chatkit.types import ThreadMetadata


class HasUser(Protocol):
    @property
    def user_id(self) -> str | None: ...


C = TypeVar("C", bound=HasUser)


class OwnedStore(Store[C], ABC, Generic[C]):
    """Long ids, an owner in every call, and paging arguments that were looked at."""

    max_page_size = 200

    @abstractmethod
    async def create_schema(self) -> None:
        """Make whatever the store needs before its first use."""

    def generate_thread_id(self, context: C) -> str:
        return self._new_id("thr")

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: C
    ) -> str:
        return self._new_id(item_type)

    @staticmethod
    def _new_id(prefix: str) -> str:
        return f"{prefix}_{uuid.uuid4().hex}"

    @staticmethod
    def owner(context: C) -> str:
        user = context.user_id
        if not isinstance(user, str) or user == "":
            raise PermissionError("the request names no user")
        return user

    def size(self, limit: int, order: str) -> int:
        if order not in {"asc", "desc"}:
            raise ValueError(f"order must be 'asc' or 'desc', not {order!r}")
        if limit < 1:
            raise ValueError("limit must be at least 1")
        return min(limit, self.max_page_size)

    @staticmethod
    def instant(moment: datetime) -> int:
        return round(moment.timestamp() * 1_000_000)
