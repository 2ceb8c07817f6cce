from abc import ABC
from dataclasses import dataclass, field
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




@dataclass
class Kept:
    id: str
    data: dict[str, Any] = field(default_factory=dict)


class Threads(Store[dict[str, Any]], ABC):
    def __init__(self, threads: Any) -> None:
        self.threads = threads

    def _find(self, context: dict[str, Any], thread_id: str) -> Kept:
        return self.threads[context["user_id"]].get(thread_id)

    async def touch(self, thread_id: str, context: dict[str, Any]) -> None:
        kept = self._find(context, thread_id)
        kept.data["seen"] = True
