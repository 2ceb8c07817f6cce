from abc import ABC
from typing import Any

from chatkit.store import Store
from chatkit.types import ThreadItem
from sqlalchemy import delete, update
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

Ctx = dict[str, Any]


class Base(DeclarativeBase):
    pass


class Talk(Base):
    __tablename__ = "talk"
    owner: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    turns: Mapped[list["Turn"]] = relationship(
        primaryjoin="and_(Talk.owner == foreign(Turn.owner), Talk.id == foreign(Turn.talk))",
        cascade="all, delete-orphan",
    )


class Turn(Base):
    __tablename__ = "turn"
    owner: Mapped[str] = mapped_column(primary_key=True)
    talk: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    body: Mapped[str]


Line = Turn


class Statement(Store[Ctx], ABC):
    """A statement tells the session nothing of the rows that it deletes."""

    def __init__(self, sessions: Any) -> None:
        self.sessions = sessions

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        async with self.sessions.begin() as session:
            body = item.model_dump_json()
            await session.merge(Turn(owner=context["user"], talk=thread_id, id=item.id, body=body))

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:  # CKF218
        async with self.sessions.begin() as session:
            await session.execute(
                delete(Talk).where(Talk.owner == context["user"], Talk.id == thread_id)
            )


class Loaded(Statement, ABC):
    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        async with self.sessions.begin() as session:
            talk = await session.get(Talk, (context["user"], thread_id))
            if talk is not None:
                await session.delete(talk)


class Both(Statement, ABC):
    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        owner = context["user"]
        async with self.sessions.begin() as session:
            await session.execute(delete(Turn).where(Turn.owner == owner, Turn.talk == thread_id))
            await session.execute(delete(Talk).where(Talk.owner == owner, Talk.id == thread_id))


class Dropped(Statement, ABC):
    async def _drop(self, session: Any, model: Any, *conditions: Any) -> None:
        await session.execute(delete(model).where(*conditions))

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        owner = context["user"]
        async with self.sessions.begin() as session:
            await self._drop(session, Turn, Turn.owner == owner, Turn.talk == thread_id)
            await session.execute(delete(Talk).where(Talk.owner == owner, Talk.id == thread_id))


class Renamed(Statement, ABC):
    """A class may have another name."""

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        owner = context["user"]
        async with self.sessions.begin() as session:
            await session.execute(delete(Line).where(Line.owner == owner, Line.talk == thread_id))
            await session.execute(delete(Talk).where(Talk.owner == owner, Talk.id == thread_id))


class RenamedHere(Statement, ABC):
    """A class may have another name for a while."""

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        owner = context["user"]
        async with self.sessions.begin() as session:
            Row = Turn
            await session.execute(delete(Row).where(Row.owner == owner, Row.talk == thread_id))
            await session.execute(delete(Talk).where(Talk.owner == owner, Talk.id == thread_id))


class HandedIn(Statement, ABC):
    """Which rows are deleted is said by who calls."""

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        async with self.sessions.begin() as session:
            await self._drop(session, Turn, Turn.talk, thread_id, context["user"])
            await self._drop(session, Talk, Talk.id, thread_id, context["user"])

    async def _drop(self, session: Any, Row: Any, column: Any, key: str, owner: str) -> None:
        await session.execute(delete(Row).where(Row.owner == owner, column == key))


class Emptied(Statement, ABC):
    """The session removes what is an orphan."""

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        owner = context["user"]
        async with self.sessions.begin() as session:
            talk = await session.get(Talk, (owner, thread_id))
            talk.turns = []
            await session.flush()
            await session.execute(delete(Talk).where(Talk.owner == owner, Talk.id == thread_id))


class TakenOut(Statement, ABC):
    """The session removes each that is taken out."""

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        owner = context["user"]
        async with self.sessions.begin() as session:
            talk = await session.get(Talk, (owner, thread_id))
            while talk.turns:
                talk.turns.pop()
            await session.flush()
            await session.execute(delete(Talk).where(Talk.owner == owner, Talk.id == thread_id))


class Blanked(Statement, ABC):
    """Nothing of an item is left but that it was there."""

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        owner = context["user"]
        async with self.sessions.begin() as session:
            gone = update(Turn).where(Turn.owner == owner, Turn.talk == thread_id)
            await session.execute(gone.values(talk=None, body=""))
            await session.execute(delete(Talk).where(Talk.owner == owner, Talk.id == thread_id))


class Note(Turn):
    __tablename__ = "note"
    talk: Mapped[str] = mapped_column(primary_key=True)
    mark: Mapped[str]


class ByBase(Statement, ABC):
    """A row may be deleted by the class that its own derives from."""

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Ctx) -> None:
        async with self.sessions.begin() as session:
            body = item.model_dump_json()
            owner = context["user"]
            note = Note(owner=owner, talk=thread_id, id=item.id, body=body, mark="")
            await session.merge(note)

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        owner = context["user"]
        async with self.sessions.begin() as session:
            await session.execute(delete(Turn).where(Turn.owner == owner, Turn.talk == thread_id))
            await session.execute(delete(Talk).where(Talk.owner == owner, Talk.id == thread_id))
