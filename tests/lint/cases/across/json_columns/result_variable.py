from abc import ABC
from typing import Any

from chatkit.store import NotFoundError, Store
from sqlalchemy import select
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
    def __init__(self, open_tx: Any) -> None:
        self.open_tx = open_tx

    async def touch(self, thread_id: str, context: dict[str, Any]) -> None:
        query = select(Conversation).where(Conversation.owner == context["user_id"], Conversation.id == thread_id)
        async with self.open_tx() as tx:
            res = await tx.execute(query)
            conversation = res.scalars().first()
            if conversation is None:
                raise NotFoundError(f"Thread {thread_id} not found")
            conversation.state["seen"] = True  # CKF220
            await tx.commit()
