from abc import ABC
from typing import Any

from chatkit.store import Store
from chatkit.types import ThreadItem
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class ItemRow(Base):
    __tablename__ = "items"

    owner: Mapped[str] = mapped_column(primary_key=True)
    thread_id: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    data: Mapped[str]


class Threads(Store[str], ABC):
    def __init__(self, redis: Any) -> None:
        self.redis = redis

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        added = await self.redis.hset(f"items:{context}:{thread_id}", item.id, item.model_dump_json())
        if added:
            await self.redis.rpush(f"order:{context}:{thread_id}", item.id)
