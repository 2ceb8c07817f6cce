from abc import ABC
from typing import Any

from chatkit.store import Store
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
    def __init__(self, maker: Any) -> None:
        self.maker = maker

    async def reset(self, context: dict[str, Any]) -> None:
        async with self.maker() as unit:
            found = (await unit.execute(select(Conversation).where(Conversation.owner == context["user_id"]))).scalars().all()
            for each in found:
                each.state.pop("seen", None)  # CKF220
            for each in await unit.scalars(select(Conversation).where(Conversation.owner == context["user_id"])):
                each.state["seen"] = False  # CKF220
            await unit.commit()
