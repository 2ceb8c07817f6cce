from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from chatkit.store import NotFoundError
from sqlalchemy import ColumnElement, delete, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from .models import AttachmentRow, ItemRow, OwnedRow, ThreadRow

RowT = TypeVar("RowT", bound=OwnedRow)

MAX_PAGE = 200
_NEWEST_FIRST = {"asc": False, "desc": True}


@dataclass(frozen=True, slots=True)
class Principal:
    tenant_id: str
    user_id: str


@dataclass(frozen=True, slots=True)
class Slice(Generic[RowT]):
    rows: list[RowT]
    has_more: bool

    @property
    def cursor(self) -> str | None:
        return self.rows[-1].public_id if self.has_more else None


class OwnedRepository(Generic[RowT]):
    """A table seen through the eyes of one principal: no statement leaves without `_mine()`."""

    row_type: type[RowT]
    label: str

    def __init__(self, session: AsyncSession, principal: Principal) -> None:
        self._session = session
        self._principal = principal

    def _mine(self) -> list[ColumnElement[bool]]:
        return [
            self.row_type.tenant_id == self._principal.tenant_id,
            self.row_type.owner_id == self._principal.user_id,
        ]

    def _fixed_columns(self) -> dict[str, Any]:
        return {"tenant_id": self._principal.tenant_id, "owner_id": self._principal.user_id}

    async def find(self, public_id: str) -> RowT | None:
        query = select(self.row_type).where(*self._mine(), self.row_type.public_id == public_id)
        return await self._session.scalar(query)

    async def get(self, public_id: str) -> RowT:
        row = await self.find(public_id)
        if row is None:
            raise NotFoundError(f"{self.label} {public_id} not found")
        return row

    async def put(self, public_id: str, **columns: Any) -> None:
        row = await self.find(public_id)
        if row is None:
            self._session.add(self.row_type(public_id=public_id, **self._fixed_columns(), **columns))
            return
        for name, value in columns.items():
            setattr(row, name, value)

    async def remove(self, *criteria: ColumnElement[bool]) -> None:
        await self._session.execute(delete(self.row_type).where(*self._mine(), *criteria))

    async def remove_one(self, public_id: str) -> None:
        await self.remove(self.row_type.public_id == public_id)

    async def slice(self, after: str | None, limit: int, order: str) -> Slice[RowT]:
        if limit < 1 or order not in _NEWEST_FIRST:
            raise ValueError(f"bad page: limit={limit}, order={order!r}")
        size, backwards = min(limit, MAX_PAGE), _NEWEST_FIRST[order]
        keys = (self.row_type.sort_at, self.row_type.seq)
        query = select(self.row_type).where(*self._mine())
        if after is not None:
            anchor = await self.get(after)
            here = tuple_(anchor.sort_at, anchor.seq)
            query = query.where(tuple_(*keys) < here if backwards else tuple_(*keys) > here)
        query = query.order_by(*(key.desc() if backwards else key.asc() for key in keys)).limit(size + 1)
        rows = list(await self._session.scalars(query))
        return Slice(rows=rows[:size], has_more=len(rows) > size)


class ThreadRepository(OwnedRepository[ThreadRow]):
    row_type = ThreadRow
    label = "Thread"


class AttachmentRepository(OwnedRepository[AttachmentRow]):
    row_type = AttachmentRow
    label = "Attachment"


class ItemRepository(OwnedRepository[ItemRow]):
    row_type = ItemRow
    label = "Item"

    def __init__(self, session: AsyncSession, principal: Principal, thread_id: str) -> None:
        super().__init__(session, principal)
        self._thread_id = thread_id

    def _mine(self) -> list[ColumnElement[bool]]:
        return [*super()._mine(), ItemRow.thread_id == self._thread_id]

    def _fixed_columns(self) -> dict[str, Any]:
        return {**super()._fixed_columns(), "thread_id": self._thread_id}


class UnitOfWork:
    def __init__(self, session: AsyncSession, principal: Principal) -> None:
        self._session = session
        self._principal = principal
        self.threads = ThreadRepository(session, principal)
        self.attachments = AttachmentRepository(session, principal)

    def items(self, thread_id: str) -> ItemRepository:
        return ItemRepository(self._session, self._principal, thread_id)


class UnitOfWorkFactory:
    def __init__(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        self._sessions = sessions

    @asynccontextmanager
    async def begin(self, principal: Principal) -> AsyncIterator[UnitOfWork]:
        """One transaction for one principal; commits on the way out, rolls back on errors."""
        if not principal.tenant_id or not principal.user_id:
            raise PermissionError("a unit of work needs a principal")
        async with self._sessions.begin() as session:
            yield UnitOfWork(session, principal)
