from abc import ABC
from typing import Any

from chatkit.store import NotFoundError, Store
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from .models import Row


class Threads(Store[dict[str, Any]], ABC):
    def __init__(self, maker: async_sessionmaker[AsyncSession]) -> None:
        self.maker = maker

    async def touch(self, thread_id: str, context: dict[str, Any]) -> None:
        async with self.maker() as session:
            row = await session.get(Row, (context["user_id"], thread_id))
            if row is None:
                raise NotFoundError(f"Thread {thread_id} not found")
            row.meta["seen"] = True
            row.tags.append("seen")  # CKF220
            await session.commit()
