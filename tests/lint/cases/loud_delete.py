import asyncio
import functools
import os
from abc import ABC
from chatkit.store import NotFoundError, Store
from chatkit.types import Page, ThreadMetadata
from fastapi import HTTPException
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from rows import Row
from sqlalchemy import select
from sqlalchemy.exc import NoResultFound
from typing import Any

class Loud(Store[str], ABC):
    def __init__(self) -> None:
        self.threads: dict[tuple[str, str], ThreadMetadata] = {}
        self.files: dict[tuple[str, str], Any] = {}

    async def delete_thread(self, thread_id: str, context: str) -> None:
        if (context, thread_id) not in self.threads:
            raise NotFoundError(f"Thread {thread_id} not found")  # CKF219
        await self.remove(context, thread_id)

    async def delete_attachment(self, attachment_id: str, context: str) -> None:
        self.files.pop((context, attachment_id))  # CKF219

    async def remove(self, owner: str, thread_id: str) -> None:
        self.threads.pop((owner, thread_id), None)


class Louder(Store[str], ABC):
    def __init__(self) -> None:
        self.files: dict[tuple[str, str], Any] = {}

    async def delete_attachment(self, attachment_id: str, context: str) -> None:
        del self.files[(context, attachment_id)]  # CKF219


class Quiet(Store[str], ABC):
    def __init__(self) -> None:
        self.files: dict[tuple[str, str], Any] = {}

    async def delete_attachment(self, attachment_id: str, context: str) -> None:
        self.files.pop((context, attachment_id), None)

    async def delete_thread_item(self, thread_id: str, item_id: str, context: str) -> None:
        try:
            self.files.pop((context, item_id))
        except KeyError:
            return


KEPT = Page


class LoadsFirst(Store[dict[str, Any]], ABC):
    def __init__(self, sessions: Any, row: Any) -> None:
        self.sessions, self.row = sessions, row

    async def delete_thread(self, thread_id: str, context: dict[str, Any]) -> None:
        async with self.sessions() as session:
            found = await self._required(session, context["user_id"], thread_id)  # CKF219
            await session.delete(found)

    async def load_thread(self, thread_id: str, context: dict[str, Any]) -> ThreadMetadata:
        async with self.sessions() as session:
            found = await self._required(session, context["user_id"], thread_id)
            return ThreadMetadata.model_validate_json(found.data)

    async def delete_attachment(self, attachment_id: str, context: dict[str, Any]) -> None:
        async with self.sessions() as session:
            found = await session.get(self.row, (context["user_id"], attachment_id))
            await session.delete(found)  # CKF219

    async def _required(self, session: Any, owner: str, thread_id: str) -> Any:
        found = await session.get(self.row, (owner, thread_id))
        if found is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return found


class LoadsAndCatches(Store[dict[str, Any]], ABC):
    def __init__(self, sessions: Any, row: Any) -> None:
        self.sessions, self.row = sessions, row

    async def delete_thread(self, thread_id: str, context: dict[str, Any]) -> None:
        try:
            await self.load_thread(thread_id, context)
        except NotFoundError:
            return
        async with self.sessions() as session:
            found = await session.get(self.row, (context["user_id"], thread_id))
            if found is not None:
                await session.delete(found)

    async def load_thread(self, thread_id: str, context: dict[str, Any]) -> ThreadMetadata:
        async with self.sessions() as session:
            found = await session.get(self.row, (context["user_id"], thread_id))
            if found is None:
                raise NotFoundError(f"Thread {thread_id} not found")
            return ThreadMetadata.model_validate_json(found.data)


Ctx = dict[str, Any]


class ThreadNotFound(NotFoundError):
    pass


class Files(Store[Ctx], ABC):
    def __init__(self, root: Path) -> None:
        self.root = root

    async def delete_attachment(self, attachment_id: str, context: Ctx) -> None:
        (self.root / context["user"] / attachment_id).unlink()  # CKF219

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        path = self.root / context["user"] / thread_id
        if not path.exists():
            raise ThreadNotFound(f"Thread {thread_id} not found")  # CKF219
        os.remove(path)


class FilesQuiet(Store[Ctx], ABC):
    def __init__(self, root: Path) -> None:
        self.root = root

    async def delete_attachment(self, attachment_id: str, context: Ctx) -> None:
        (self.root / context["user"] / attachment_id).unlink(missing_ok=True)

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        path = self.root / context["user"] / thread_id
        if path.exists():
            os.remove(path)

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Ctx) -> None:
        try:
            (self.root / context["user"] / thread_id / item_id).unlink()
        except FileNotFoundError:
            return


class Nested(Store[Ctx], ABC):
    def __init__(self) -> None:
        self.items: dict[str, dict[str, Any]] = {}

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Ctx) -> None:
        self.items.get(context["user"], {}).pop(item_id)  # CKF219

    async def delete_attachment(self, attachment_id: str, context: Ctx) -> None:
        mine = self.items.get(context["user"], {})
        mine.pop(attachment_id, None)


class Rows(Store[Ctx], ABC):
    def __init__(self, sessions: Any, rows: Any) -> None:
        self.sessions, self.rows = sessions, rows

    async def delete_attachment(self, attachment_id: str, context: Ctx) -> None:
        query = select(self.rows).where(self.rows.owner == context["user"], self.rows.id == attachment_id)
        async with self.sessions.begin() as session:
            result = await session.execute(query)
            await session.delete(result.scalar_one())  # CKF219

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Ctx) -> None:
        if not item_id:
            raise ValueError("no id")
        async with self.sessions.begin() as session:
            row = await session.get(self.rows, (context["user"], item_id))
            if row is None:
                raise RuntimeError("nothing to delete")  # CKF219
            await session.delete(row)


def in_session(work: Any) -> Any:
    async def call(self: Any, *args: Any) -> Any:
        def job() -> Any:
            with self.sessions.begin() as session:
                return work(self, session, *args)

        try:
            return await asyncio.to_thread(job)
        except NoResultFound as gone:
            raise NotFoundError(f"{args[0]} not found") from gone

    return call


class Around(Store[Ctx], ABC):
    def __init__(self, sessions: Any) -> None:
        self.sessions = sessions

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        await self._drop(mine(context["user"], thread_id))

    @in_session
    def _drop(self, session: Any, doomed: Any) -> None:
        for row in session.scalars(doomed):
            session.delete(row)


class AroundToo(Store[Ctx], ABC):
    def __init__(self, sessions: Any) -> None:
        self.sessions = sessions

    @contextmanager
    def _session(self) -> Any:
        try:
            with self.sessions.begin() as session:
                yield session
        except KeyError as gone:
            raise NotFoundError("not found") from gone

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        with self._session() as session:
            session.pop((context["user"], thread_id), None)

    async def delete_attachment(self, attachment_id: str, context: Ctx) -> None:
        with self._session() as session:  # CKF219
            del session[context["user"], attachment_id]


@contextmanager
def nothing_when_gone() -> Any:
    try:
        yield
    except FileNotFoundError:
        pass


@asynccontextmanager
async def hushed() -> Any:
    try:
        yield
    except NotFoundError:
        return


class Quiet:
    def __enter__(self) -> "Quiet":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> bool:
        return kind is not None and issubclass(kind, KeyError)


class Timed:
    def __enter__(self) -> "Timed":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        print("took long")


def silent(call: Any) -> Any:
    @functools.wraps(call)
    async def inner(*args: Any, **kwargs: Any) -> None:
        try:
            await call(*args, **kwargs)
        except NotFoundError:
            return None

    return inner


class Quieted(Store[Ctx], ABC):
    def __init__(self, root: Path) -> None:
        self.root = root
        self.threads: dict[tuple[str, str], ThreadMetadata] = {}
        self.files: dict[tuple[str, str], Any] = {}

    def _of(self, thread_id: str, context: Ctx) -> ThreadMetadata:
        found = self.threads.get((context["user"], thread_id))
        if found is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return found

    async def load_thread(self, thread_id: str, context: Ctx) -> ThreadMetadata:
        return self._of(thread_id, context)

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        async with hushed():
            thread = self._of(thread_id, context)
            del self.threads[context["user"], thread.id]

    async def delete_attachment(self, attachment_id: str, context: Ctx) -> None:
        with nothing_when_gone():
            os.remove(self.root / context["user"] / attachment_id)

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Ctx) -> None:
        with Quiet():
            del self.files[context["user"], item_id]


class QuietedToo(Store[Ctx], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db
        self.files: dict[tuple[str, str], Any] = {}

    @silent
    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        if not await self.db.delete(context["user"], thread_id):
            raise NotFoundError(f"Thread {thread_id} not found")

    async def delete_attachment(self, attachment_id: str, context: Ctx) -> None:
        with Timed():
            del self.files[context["user"], attachment_id]  # CKF219

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Ctx) -> None:
        done = await self.db.execute(
            "DELETE FROM items WHERE owner = ? AND id = ?", (context["user"], item_id)
        )
        if done.rowcount > 1:
            raise RuntimeError("two rows under one id")


class Mapped(Store[Ctx], ABC):
    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        row = await Row.objects.aget(owner=context["user"], pk=thread_id)  # CKF219
        await row.adelete()

    async def delete_attachment(self, attachment_id: str, context: Ctx) -> None:
        row = await Row.get_or_none(owner=context["user"], pk=attachment_id)
        if row is not None:
            await row.delete()

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Ctx) -> None:
        count = await Row.objects.filter(owner=context["user"], pk=item_id).adelete()
        assert count.deleted_count == 1  # CKF219


class Asks(Store[Ctx], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def load_thread(self, thread_id: str, context: Ctx) -> ThreadMetadata:
        row = await self.db.fetchrow("SELECT body FROM threads WHERE owner = $1 AND id = $2", context["user"], thread_id)
        if row is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return ThreadMetadata.model_validate_json(row["body"])

    async def _exists(self, thread_id: str, context: Ctx) -> bool:
        try:
            await self.load_thread(thread_id, context)
        except NotFoundError:
            return False
        return True

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Ctx) -> None:
        if await self._exists(thread_id, context):
            await self.db.execute("DELETE FROM items WHERE thread_id = $1 AND id = $2", thread_id, item_id)

    def _row(self, owner: str, key: str) -> Any:
        if (owner, key) not in self.db:
            raise NotFoundError(f"{key} not found")  # CKF219
        return self.db[owner, key]

    async def delete_attachment(self, attachment_id: str, context: Ctx) -> None:
        def work(left: int = 3) -> None:
            if not self.db.delete(self._row(context["user"], attachment_id)) and left:
                work(left - 1)

        try:
            await asyncio.to_thread(work)
        except NotFoundError:
            return

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        def work() -> None:
            self.db.delete(self._row(context["user"], thread_id))

        await asyncio.to_thread(work)


class Matched(Store[Ctx], ABC):
    def __init__(self) -> None:
        self.files: dict[str, tuple[str, bytes]] = {}

    async def delete_attachment(self, attachment_id: str, context: Ctx) -> None:
        match self.files.get(attachment_id):
            case (owner, _) if owner == context["user"]:
                del self.files[attachment_id]
            case _:
                return


class Handed(Store[Ctx], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def _tx(self, work: Any, *args: Any) -> Any:
        async with self.db.transaction() as tx:
            return await work(tx, *args)

    async def load_thread(self, thread_id: str, context: Ctx) -> ThreadMetadata:
        return ThreadMetadata.model_validate_json(await self._tx(self._body, context["user"], thread_id))

    async def _body(self, tx: Any, owner: str, thread_id: str) -> str:
        body = await tx.fetchval("SELECT body FROM threads WHERE owner = $1 AND id = $2", owner, thread_id)
        if body is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return body


class Heir(Handed, ABC):
    async def delete_thread_item(self, thread_id: str, item_id: str, context: Ctx) -> None:
        await self._tx(self._gone, context["user"], thread_id, item_id)

    async def _gone(self, tx: Any, owner: str, thread_id: str, item_id: str) -> None:
        await self._body(tx, owner, thread_id)  # CKF219
        await tx.execute("DELETE FROM items WHERE owner = $1 AND thread_id = $2 AND id = $3", owner, thread_id, item_id)

    async def delete_attachment(self, attachment_id: str, context: Ctx) -> None:
        await self.load_thread(attachment_id, context)  # CKF219


def owner_of(context: Ctx) -> str:
    if not context.get("user"):
        raise KeyError("user")
    return context["user"]


class Asked(Store[Ctx], ABC):
    """What is refused is the one who asks, or one row too many."""

    def __init__(self, db: Any) -> None:
        self.db = db

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        done = await self.db.execute(
            "DELETE FROM threads WHERE owner = ? AND id = ?", (owner_of(context), thread_id)
        )
        if done.rowcount not in (0, 1):
            raise RuntimeError("two rows under one id")

    async def delete_attachment(self, attachment_id: str, context: Ctx) -> None:
        if not context.get("user"):
            raise HTTPException(status_code=401)
        pool = Row.get(name=context["shard"])
        done = await pool.execute(
            "DELETE FROM files WHERE owner = ? AND id = ?", (context["user"], attachment_id)
        )
        assert done.rowcount <= 1

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Ctx) -> None:
        done = await self.db.execute(
            "DELETE FROM items WHERE owner = ? AND id = ?", (context["user"], item_id)
        )
        if done.rowcount < 1:
            raise RuntimeError("nothing was deleted")  # CKF219


class Cleared(Store[Ctx], ABC):
    """What deletes everything runs the deletion that others know; asserts ask for rows too many."""

    def __init__(self, db: Any) -> None:
        self.db = db

    async def clear(self, context: Ctx) -> None:
        for thread_id in await self._ids(context):
            await self.delete_thread(thread_id, context)

    async def _ids(self, context: Ctx) -> list[str]:
        rows = await self.db.fetch("SELECT id FROM threads WHERE owner = $1", context["user"])
        return [row["id"] for row in rows]

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        await self._gone(thread_id, context)  # CKF219

    async def _gone(self, thread_id: str, context: Ctx) -> None:
        row = await self.db.fetchrow(
            "DELETE FROM threads WHERE owner = $1 AND id = $2 RETURNING id",
            context["user"],
            thread_id,
        )
        if row is None:
            raise NotFoundError(f"{thread_id} not found")

    async def delete_attachment(self, attachment_id: str, context: Ctx) -> None:
        left = await self.db.fetchrow(
            "SELECT id FROM links WHERE owner = $1 AND file = $2", context["user"], attachment_id
        )
        assert left is None
        await self.db.execute(
            "DELETE FROM files WHERE owner = $1 AND id = $2", context["user"], attachment_id
        )

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Ctx) -> None:
        done = await self.db.execute(
            "DELETE FROM items WHERE owner = ? AND id = ?", (context["user"], item_id)
        )
        try:
            assert done.rowcount == 1
        except AssertionError:
            return


class LooksAndLeaves(Store[Ctx], ABC):
    """A look that finds nothing ends the deletion quietly."""

    def __init__(self, root: Path) -> None:
        self.threads: dict[tuple[str, str], ThreadMetadata] = {}
        self.root = root

    def _own(self, thread_id: str, context: Ctx) -> ThreadMetadata:
        thread = self.threads.get((context["user"], thread_id))
        if thread is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return thread

    async def delete_thread(self, thread_id: str, context: Ctx) -> None:
        try:
            self._own(thread_id, context)
        except NotFoundError:
            return
        del self.threads[context["user"], thread_id]

    async def delete_attachment(self, attachment_id: str, context: Ctx) -> None:
        path = self.root / context["user"] / attachment_id
        try:
            path.stat()
        except (FileNotFoundError, NotFoundError):
            return
        path.unlink()

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Ctx) -> None:
        try:
            self._own(thread_id, context)
        except ValueError:
            return
        del self.threads[context["user"], item_id]  # CKF219
