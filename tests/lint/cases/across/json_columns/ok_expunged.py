from abc import ABC
from typing import Any

from chatkit.store import Store
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Conversation(Base):
    __tablename__ = "conversations"

    owner: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str | None]
    state: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)


class Threads(Store[dict[str, Any]], ABC):
    def __init__(self, redis: Any) -> None:
        self.redis = redis

    async def touch(self, thread_id: str, context: dict[str, Any]) -> None:
        cached = await self.redis.get(f"{context['user_id']}:{thread_id}")
        cached.state["seen"] = True
        await self.redis.set(f"{context['user_id']}:{thread_id}", cached)
