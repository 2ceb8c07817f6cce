from abc import ABC

from chatkit.store import NotFoundError, Store
from chatkit.types import Page, ThreadMetadata
from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from .tenancy import Box


class Boxes(Store[str], ABC):
    def __init__(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        self.sessions = sessions

    async def load_thread(self, thread_id: str, context: str) -> ThreadMetadata:
        async with self.sessions() as session:
            box = (await session.scalars(select(Box).where(Box.id == thread_id))).one_or_none()
        if box is None:
            raise KeyError(thread_id)  # CKF206
        return ThreadMetadata.model_validate_json(box.body)

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: str
    ) -> Page[ThreadMetadata]:
        query = select(Box).order_by(Box.at, Box.id) if order == "asc" else select(Box).order_by(Box.at.desc(), Box.id.desc())
        async with self.sessions() as session:
            if after is not None:
                mark = (await session.scalars(select(Box).where(Box.id == after))).one_or_none()
                if mark is None:
                    raise NotFoundError(f"Thread {after} not found")
                place, here = tuple_(Box.at, Box.id), (mark.at, mark.id)
                query = query.where(place > here if order == "asc" else place < here)
            rows = (await session.scalars(query.limit(limit + 1))).all()
        more = len(rows) > limit
        return Page(
            data=[ThreadMetadata.model_validate_json(row.body) for row in rows[:limit]],
            has_more=more,
            after=rows[limit - 1].id if more else None,
        )
