from abc import ABC
from typing import Any

from chatkit.store import NotFoundError, Store
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


def stamped(state: dict[str, Any], key: str) -> dict[str, Any]:
    copied = dict(state)
    copied[key] = "now"
    return copied


class Threads(Store[dict[str, Any]], ABC):
    def __init__(self, maker: Any) -> None:
        self.maker = maker

    async def touch(self, thread_id: str, context: dict[str, Any]) -> None:
        async with self.maker() as session:
            row = await session.get(Conversation, (context["user_id"], thread_id))
            if row is None:
                raise NotFoundError(f"Thread {thread_id} not found")
            row.state = stamped(row.state, "seen")
            await session.commit()
