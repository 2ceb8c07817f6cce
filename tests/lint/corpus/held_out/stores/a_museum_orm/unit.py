from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import wraps
from typing import Any, Generic, TypeVar, cast

from chatkit.store import NotFoundError
from sqlalchemy import ColumnElement, Select, delete, select, tuple_
from sqlalchemy.exc import NoResultFound
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from .models import AttachmentRow, ItemRow, Owned, ThreadRow

Method = TypeVar("Method", bound=Callable[..., Coroutine[Any, Any, Any]])
Row = TypeVar("Row", bound=Owned)


@dataclass(frozen=True)
class Visitor:
    id: str
    language: str = "en"


def speaks_chatkit(method: Method) -> Method:
    """SQLAlchemy says NoResultFound, ChatKit wants NotFoundError."""

    @wraps(method)
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        try:
            return await method(*args, **kwargs)
        except NoResultFound as error:
            raise NotFoundError("not found") from error

    return cast(Method, wrapper)


class Rows(Generic[Row]):
    """Rows of one table that belong to one visitor (and, for items, to one thread)."""

    def __init__(self, session: AsyncSession, model: type[Row], *scope: ColumnElement[bool], **fixed: Any) -> None:
        self._session = session
        self._model = model
        self._scope = scope
        self._fixed = fixed

    @property
    def key(self) -> InstrumentedAttribute[str]:
        return self._model.id

    def _all(self) -> Select[tuple[Row]]:
        return select(self._model).where(*self._scope)

    async def get(self, key: str) -> Row:
        return (await self._session.execute(self._all().where(self._model.id == key))).scalar_one()

    async def get_or_create(self, key: str) -> Row:
        try:
            return await self.get(key)
        except NoResultFound:
            row = self._model(id=key, **self._fixed)
            self._session.add(row)
            return row

    async def page(self, after: str | None, limit: int, order: str) -> tuple[list[Row], str | None]:
        if order not in ("asc", "desc"):
            raise ValueError(f"order {order!r}")
        place = tuple_(self._model.instant, self._model.seq)
        wanted = self._all()
        if after is not None:
            last = await self.get(after)
            here = tuple_(last.instant, last.seq)
            wanted = wanted.where(place > here if order == "asc" else place < here)
        if order == "asc":
            wanted = wanted.order_by(self._model.instant.asc(), self._model.seq.asc())
        else:
            wanted = wanted.order_by(self._model.instant.desc(), self._model.seq.desc())
        found = list((await self._session.scalars(wanted.limit(limit + 1))).all())
        kept = found[:limit]
        return kept, kept[-1].id if kept and len(found) > limit else None

    async def remove(self, *only: ColumnElement[bool]) -> None:
        await self._session.execute(delete(self._model).where(*self._scope, *only))


class TourUnit:
    def __init__(self, session: AsyncSession, visitor: Visitor) -> None:
        if not visitor.id:
            raise PermissionError("anonymous visitors have no history")
        self._session = session
        self._visitor = visitor.id

    @property
    def threads(self) -> Rows[ThreadRow]:
        return Rows(self._session, ThreadRow, ThreadRow.visitor_id == self._visitor, visitor_id=self._visitor)

    @property
    def attachments(self) -> Rows[AttachmentRow]:
        return Rows(self._session, AttachmentRow, AttachmentRow.visitor_id == self._visitor, visitor_id=self._visitor)

    def items_of(self, thread_id: str) -> Rows[ItemRow]:
        return Rows(
            self._session,
            ItemRow,
            ItemRow.visitor_id == self._visitor,
            ItemRow.thread_id == thread_id,
            visitor_id=self._visitor,
            thread_id=thread_id,
        )
