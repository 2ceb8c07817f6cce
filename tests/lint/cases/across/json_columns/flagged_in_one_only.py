from abc import ABC
from typing import Any

from chatkit.store import Store
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.orm.attributes import flag_modified


class Base(DeclarativeBase):
    pass


class Conversation(Base):
    __tablename__ = "conversations"

    owner: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str | None]
    state: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)




class Threads(Store[dict[str, Any]], ABC):
    def __init__(self, maker: Any) -> None:
        self.maker = maker

    async def good(self, thread_id: str, context: dict[str, Any]) -> None:
        async with self.maker() as session:
            row = await session.get(Conversation, (context["user_id"], thread_id))
            row.state["seen"] = True
            flag_modified(row, "state")
            await session.commit()

    async def bad(self, thread_id: str, context: dict[str, Any]) -> None:
        async with self.maker() as session:
            row = await session.get(Conversation, (context["user_id"], thread_id))
            row.state["seen"] = True  # CKF220
            await session.commit()
