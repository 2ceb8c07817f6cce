from abc import ABC
from typing import Any

from chatkit.store import Store
from django.db import models
from sqlalchemy import JSON
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class ThreadRow(Base):
    __tablename__ = "threads"

    owner: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str | None]
    meta: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    tags: Mapped[list[str]] = mapped_column(JSON, default=list)




class Conversation(models.Model):
    owner = models.CharField(max_length=64)
    meta = models.JSONField(default=dict)


class Threads(Store[dict[str, Any]], ABC):
    async def touch(self, thread_id: str, context: dict[str, Any]) -> None:
        row = await Conversation.objects.aget(owner=context["user_id"], pk=thread_id)
        row.meta["seen"] = True
        await row.asave()
