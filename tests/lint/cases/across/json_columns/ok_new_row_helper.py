from abc import ABC
from typing import Any

from chatkit.store import Store
from chatkit.types import ThreadMetadata
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


def new_row(owner: str, thread: ThreadMetadata) -> Conversation:
    return Conversation(owner=owner, id=thread.id, title=thread.title, state={})


class Threads(Store[dict[str, Any]], ABC):
    def __init__(self, maker: Any) -> None:
        self.maker = maker

    async def create(self, thread: ThreadMetadata, context: dict[str, Any]) -> None:
        async with self.maker() as session:
            row = new_row(context["user_id"], thread)
            row.state["created"] = True
            session.add(row)
            await session.commit()
