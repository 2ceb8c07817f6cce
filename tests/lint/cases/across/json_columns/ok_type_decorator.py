from abc import ABC
from typing import Any

from chatkit.store import Store
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.mutable import MutableDict
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Conversation(Base):
    __tablename__ = "conversations"

    owner: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str | None]
    state: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)



JsonDict = MutableDict.as_mutable(JSONB)


class Note(Base):
    __tablename__ = "notes"

    owner: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[dict[str, Any]] = mapped_column(JsonDict, default=dict)


class Threads(Store[dict[str, Any]], ABC):
    def __init__(self, maker: Any) -> None:
        self.maker = maker

    async def touch(self, note_id: str, context: dict[str, Any]) -> None:
        async with self.maker() as session:
            note = await session.get(Note, (context["user_id"], note_id))
            note.state["seen"] = True
            await session.commit()
