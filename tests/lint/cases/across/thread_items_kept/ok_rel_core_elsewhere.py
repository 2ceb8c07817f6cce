from abc import ABC
from typing import Any
from chatkit.store import NotFoundError, Store
from chatkit.types import ThreadItem, ThreadMetadata
from sqlalchemy import delete
from .models import ItemRow, ThreadRow

Ctx = dict[str, Any]


class Orm(Store[Ctx], ABC):
    def __init__(self, sessions: Any) -> None:
        self.sessions = sessions

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        async with self.sessions.begin() as session:
            await session.merge(ItemRow(owner=context["user"], thread_id=thread_id, id=item.id))

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        async with self.sessions.begin() as session:
            await session.execute(
                delete(ThreadRow).where(
                    ThreadRow.owner == context["user"], ThreadRow.id == thread_id
                )
            )
