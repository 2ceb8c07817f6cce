from abc import ABC

from chatkit.store import Store
from chatkit.types import ThreadItem
from django.db import models
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class ItemRow(Base):
    __tablename__ = "items"

    owner: Mapped[str] = mapped_column(primary_key=True)
    thread_id: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    data: Mapped[str]




class Item(models.Model):
    owner = models.CharField(max_length=64)


class Threads(Store[str], ABC):
    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: str) -> None:
        await Item.objects.aupdate_or_create(owner=context, thread_id=thread_id, item_id=item.id, defaults={"data": item.model_dump(mode="json")})
