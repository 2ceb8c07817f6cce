"""Storyboard studio: synchronous SQLAlchemy ORM behind ``asyncio.to_thread``, lists as hand-written SQL, children swept by a mapper event."""
import asyncio
import functools
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Concatenate, ParamSpec, TypeVar

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from pydantic import TypeAdapter
from sqlalchemy import (
    BigInteger,
    Connection,
    ForeignKey,
    Select,
    String,
    Text,
    UniqueConstraint,
    delete,
    event,
    select,
    text,
    update,
)
from sqlalchemy.exc import IntegrityError, NoResultFound
from sqlalchemy.orm import DeclarativeBase, Mapped, Mapper, Session, mapped_column, sessionmaker

P = ParamSpec("P")
T = TypeVar("T")
SCENES: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
ASSETS: TypeAdapter[Attachment] = TypeAdapter(Attachment)

BOARDS_FIRST = {
    "asc": text("SELECT * FROM board WHERE artist = :artist ORDER BY at, id LIMIT :rows"),
    "desc": text("SELECT * FROM board WHERE artist = :artist ORDER BY at DESC, id DESC LIMIT :rows"),
}
BOARDS_NEXT = {
    "asc": text(
        "SELECT * FROM board WHERE artist = :artist AND (at > :at OR at = :at AND id > :id) ORDER BY at, id LIMIT :rows"
    ),
    "desc": text(
        "SELECT * FROM board WHERE artist = :artist AND (at < :at OR at = :at AND id < :id) "
        "ORDER BY at DESC, id DESC LIMIT :rows"
    ),
}


@dataclass(frozen=True)
class StudioUser:
    email: str  # verified by the identity provider


class Base(DeclarativeBase):
    pass


class Board(Base):
    __tablename__ = "board"
    id: Mapped[str] = mapped_column(String(255), primary_key=True)
    artist: Mapped[str] = mapped_column(String(255), index=True)
    at: Mapped[int] = mapped_column(BigInteger)
    body: Mapped[str] = mapped_column(Text)


class Scene(Base):
    __tablename__ = "scene"
    __table_args__ = (UniqueConstraint("board_id", "scene_id"),)
    seq: Mapped[int] = mapped_column(primary_key=True)
    board_id: Mapped[str] = mapped_column(ForeignKey("board.id"))
    scene_id: Mapped[str] = mapped_column(String(255))
    at: Mapped[int] = mapped_column(BigInteger)
    body: Mapped[str] = mapped_column(Text)


class Asset(Base):
    __tablename__ = "asset"
    id: Mapped[str] = mapped_column(String(255), primary_key=True)
    artist: Mapped[str] = mapped_column(String(255), index=True)
    board_id: Mapped[str | None] = mapped_column(String(255))
    body: Mapped[str] = mapped_column(Text)


@event.listens_for(Board, "before_delete")
def sweep(mapper: Mapper[Board], connection: Connection, board: Board) -> None:
    connection.execute(delete(Scene).where(Scene.board_id == board.id))
    connection.execute(delete(Asset).where(Asset.board_id == board.id, Asset.artist == board.artist))


def in_session(
    work: Callable[Concatenate["StudioStore", Session, P], T],
) -> Callable[Concatenate["StudioStore", P], Awaitable[T]]:
    """Runs ``work`` in a worker thread, in one transaction; a row that is not there is ChatKit's NotFoundError."""

    @functools.wraps(work)
    async def call(self: "StudioStore", *args: P.args, **kwargs: P.kwargs) -> T:
        def job() -> T:
            with self.sessions.begin() as session:
                return work(self, session, *args, **kwargs)

        try:
            return await asyncio.to_thread(job)
        except NoResultFound as gone:
            raise NotFoundError(f"{work.__name__}: {args[1]} not found") from gone

    return call


def board_of(artist: StudioUser, thread_id: str) -> Select[tuple[Board]]:
    return select(Board).where(Board.id == thread_id, Board.artist == artist.email)


def scenes_of(artist: StudioUser, thread_id: str) -> Select[tuple[Scene]]:
    mine = select(Board.id).where(Board.id == thread_id, Board.artist == artist.email)
    return select(Scene).where(Scene.board_id.in_(mine))


def micros(value: datetime) -> int:
    return round(value.timestamp() * 1_000_000)


class StudioStore(Store[StudioUser]):
    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self.sessions = sessions

    def generate_thread_id(self, context: StudioUser) -> str:
        return f"board-{uuid.uuid4()}"

    def generate_item_id(self, item_type: StoreItemType, thread: ThreadMetadata, context: StudioUser) -> str:
        return f"{item_type}-{uuid.uuid4()}"

    # -- the SDK's side ---------------------------------------------------------------------------

    async def load_thread(self, thread_id: str, context: StudioUser) -> ThreadMetadata:
        return await self._read_board(context, thread_id)

    async def save_thread(self, thread: ThreadMetadata, context: StudioUser) -> None:
        try:
            await self._write_board(context, thread.id, thread)
        except IntegrityError as taken:  # the id is another artist's: it does not exist for this one
            raise NotFoundError(f"Thread {thread.id} not found") from taken

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: StudioUser
    ) -> Page[ThreadMetadata]:
        return await self._list_boards(context, after, limit, order)

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: StudioUser
    ) -> Page[ThreadItem]:
        return await self._list_scenes(context, after, thread_id, limit, order)

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: StudioUser) -> None:
        await self._write_scene(context, thread_id, item)

    async def save_item(self, thread_id: str, item: ThreadItem, context: StudioUser) -> None:
        await self._write_scene(context, thread_id, item)

    async def load_item(self, thread_id: str, item_id: str, context: StudioUser) -> ThreadItem:
        return await self._read_scene(context, item_id, thread_id)

    async def delete_thread(self, thread_id: str, context: StudioUser) -> None:
        await self._drop(context, board_of(context, thread_id))

    async def delete_thread_item(self, thread_id: str, item_id: str, context: StudioUser) -> None:
        await self._drop(context, scenes_of(context, thread_id).where(Scene.scene_id == item_id))

    async def save_attachment(self, attachment: Attachment, context: StudioUser) -> None:
        await self._write_asset(context, attachment.id, attachment)

    async def load_attachment(self, attachment_id: str, context: StudioUser) -> Attachment:
        return await self._read_asset(context, attachment_id)

    async def delete_attachment(self, attachment_id: str, context: StudioUser) -> None:
        await self._drop(context, select(Asset).where(Asset.id == attachment_id, Asset.artist == context.email))

    # -- the database's side; .one() raises NoResultFound, see in_session ----------------------------

    @in_session
    def _read_board(self, session: Session, artist: StudioUser, thread_id: str) -> ThreadMetadata:
        return ThreadMetadata.model_validate_json(session.scalars(board_of(artist, thread_id)).one().body)

    @in_session
    def _write_board(self, session: Session, artist: StudioUser, thread_id: str, thread: ThreadMetadata) -> None:
        at, body = micros(thread.created_at), thread.model_dump_json(exclude={"items"})
        mine = update(Board).where(Board.id == thread_id, Board.artist == artist.email)
        if session.execute(mine.values(at=at, body=body)).rowcount == 0:
            session.add(Board(id=thread_id, artist=artist.email, at=at, body=body))

    @in_session
    def _list_boards(
        self, session: Session, artist: StudioUser, after: str | None, limit: int, order: str
    ) -> Page[ThreadMetadata]:
        size = self._size(limit, order)
        if after is None:
            sql = BOARDS_FIRST[order].bindparams(artist=artist.email, rows=size + 1)
        else:
            mark = session.scalars(board_of(artist, after)).one()
            sql = BOARDS_NEXT[order].bindparams(artist=artist.email, at=mark.at, id=mark.id, rows=size + 1)
        boards = list(session.scalars(select(Board).from_statement(sql)))
        more = len(boards) > size
        return Page(
            data=[ThreadMetadata.model_validate_json(board.body) for board in boards[:size]],
            has_more=more,
            after=boards[size - 1].id if more else None,
        )

    @in_session
    def _list_scenes(
        self, session: Session, artist: StudioUser, after: str | None, thread_id: str, limit: int, order: str
    ) -> Page[ThreadItem]:
        size = self._size(limit, order)
        query = scenes_of(artist, thread_id)
        older, newer = Scene.at.desc(), Scene.seq.desc()
        query = query.order_by(older, newer) if order == "desc" else query.order_by(Scene.at, Scene.seq)
        if after is not None:
            mark = session.scalars(scenes_of(artist, thread_id).where(Scene.scene_id == after)).one()
            same = (Scene.at == mark.at) & ((Scene.seq < mark.seq) if order == "desc" else (Scene.seq > mark.seq))
            query = query.where(same | ((Scene.at < mark.at) if order == "desc" else (Scene.at > mark.at)))
        scenes = list(session.scalars(query.limit(size + 1)))
        more = len(scenes) > size
        return Page(
            data=[SCENES.validate_json(scene.body) for scene in scenes[:size]],
            has_more=more,
            after=scenes[size - 1].scene_id if more else None,
        )

    @in_session
    def _read_scene(self, session: Session, artist: StudioUser, item_id: str, thread_id: str) -> ThreadItem:
        query = scenes_of(artist, thread_id).where(Scene.scene_id == item_id)
        return SCENES.validate_json(session.scalars(query).one().body)

    @in_session
    def _write_scene(self, session: Session, artist: StudioUser, thread_id: str, item: ThreadItem) -> None:
        board = session.scalars(board_of(artist, thread_id).with_for_update()).one()
        scene = session.scalars(scenes_of(artist, thread_id).where(Scene.scene_id == item.id)).one_or_none()
        scene = scene or Scene(board_id=board.id, scene_id=item.id)
        scene.at, scene.body = micros(item.created_at), SCENES.dump_json(item).decode()
        session.add(scene)

    @in_session
    def _read_asset(self, session: Session, artist: StudioUser, attachment_id: str) -> Attachment:
        query = select(Asset).where(Asset.id == attachment_id, Asset.artist == artist.email)
        return ASSETS.validate_json(session.scalars(query).one().body)

    @in_session
    def _write_asset(self, session: Session, artist: StudioUser, attachment_id: str, attachment: Attachment) -> None:
        asset = session.get(Asset, attachment_id, with_for_update=True)
        if asset is None:
            asset = Asset(id=attachment_id, artist=artist.email)
            session.add(asset)
        elif asset.artist != artist.email:
            raise NoResultFound(attachment_id)
        asset.board_id = attachment.thread_id
        asset.body = ASSETS.dump_json(attachment).decode()

    @in_session
    def _drop(
        self, session: Session, artist: StudioUser, doomed: Select[tuple[Board]] | Select[tuple[Scene]] | Select[tuple[Asset]]
    ) -> None:
        for row in session.scalars(doomed):
            session.delete(row)

    def _size(self, limit: int, order: str) -> int:
        if limit < 1 or order not in BOARDS_FIRST:
            raise ValueError(f"cannot page by limit={limit}, order={order!r}")
        return min(limit, 200)
