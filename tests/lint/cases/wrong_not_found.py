from abc import ABC
from typing import Any

from chatkit.store import NotFoundError, Store
from chatkit.types import Page, ThreadMetadata
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import wraps
import operator
from fastapi import HTTPException
from chatkit.types import ThreadItem, Attachment
from django.http import Http404
from aiohttp import web
from werkzeug.exceptions import NotFound
from sqlalchemy import select
from sqlalchemy.exc import NoResultFound


class Wrong(Store[str], ABC):
    def __init__(self) -> None:
        self.threads: dict[str, dict[str, ThreadMetadata]] = {}

    async def load_thread(self, thread_id: str, context: str) -> ThreadMetadata:
        return self.threads[context][thread_id]  # CKF206

    async def load_item(self, thread_id: str, item_id: str, context: str) -> Any:
        found = await self.find(context, item_id)
        if not found:
            raise ValueError("no such item")  # CKF206
        return found

    async def load_attachment(self, attachment_id: str, context: str) -> Any:
        found = await self.find(context, attachment_id)
        if found is None:
            return None  # CKF206
        return found

    async def find(self, owner: str, key: str) -> Any:
        return (owner, key)


class Right(Store[str], ABC):
    def __init__(self) -> None:
        self.threads: dict[str, ThreadMetadata] = {}

    async def load_thread(self, thread_id: str, context: str) -> ThreadMetadata:
        if not isinstance(context, str):
            raise PermissionError("no owner")
        try:
            return self.threads[context + thread_id]
        except KeyError:
            raise NotFoundError(f"Thread {thread_id} not found") from None

    async def load_item(self, thread_id: str, item_id: str, context: str) -> Any:
        if len(item_id) > 255:
            raise ValueError("the id is too long")
        raise NotFoundError(f"Item {item_id} not found")


KEPT = Page


class ThreadMissing(Exception):
    pass


class Gone(NotFoundError):
    pass


class WrongAgain(Store[dict[str, Any]], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db
        self.threads: dict[tuple[str, str], ThreadMetadata] = {}

    async def load_thread(self, thread_id: str, context: dict[str, Any]) -> ThreadMetadata:
        row = await self.db.fetchrow("SELECT data FROM threads WHERE owner = $1", context["user"])
        return ThreadMetadata.model_validate_json(row["data"]) if row else None  # CKF206

    async def load_attachment(self, attachment_id: str, context: dict[str, Any]) -> Any:
        row = await self.db.fetchrow("SELECT data FROM files WHERE owner = $1", context["user"])
        if row is None:
            raise ThreadMissing(attachment_id)  # CKF206
        return row

    async def load_item(self, thread_id: str, item_id: str, context: dict[str, Any]) -> Any:
        row = await self._row(context["user"], thread_id, item_id)
        return row["data"]

    async def _row(self, owner: str, thread_id: str, item_id: str) -> Any:
        row = await self.db.fetchrow("SELECT data FROM items WHERE owner = $1", owner, thread_id)
        if row is None:
            raise KeyError(item_id)  # CKF206
        return row


class FallsOff(Store[dict[str, Any]], ABC):
    def __init__(self, sessions: Any, query: Any) -> None:
        self.sessions, self.query = sessions, query
        self.threads: dict[tuple[str, str], ThreadMetadata] = {}

    async def load_thread(self, thread_id: str, context: dict[str, Any]) -> ThreadMetadata:
        if not context["user_id"]:
            raise PermissionError("sign in")
        thread = self.threads[(context["user_id"], thread_id)]
        return thread  # CKF206

    async def load_item(self, thread_id: str, item_id: str, context: dict[str, Any]) -> Any:
        for item in await self.query(context["user_id"], thread_id):  # CKF206
            if item.id == item_id:
                return item

    async def load_attachment(self, attachment_id: str, context: dict[str, Any]) -> Any:
        async with self.sessions() as session:
            found = await session.execute(self.query(context["user_id"], attachment_id))
            return found.scalar_one().data  # CKF206


class RightAgain(Store[dict[str, Any]], ABC):
    def __init__(self, sessions: Any, query: Any) -> None:
        self.sessions, self.query = sessions, query
        self.threads: dict[tuple[str, str], ThreadMetadata] = {}

    async def load_thread(self, thread_id: str, context: dict[str, Any]) -> ThreadMetadata:
        key = (context["user_id"], thread_id)
        if key in self.threads:
            return self.threads[key]
        raise Gone(f"Thread {thread_id} not found")

    async def load_item(self, thread_id: str, item_id: str, context: dict[str, Any]) -> Any:
        for item in await self.query(context["user_id"], thread_id):
            if item.id == item_id:
                return item
        raise NotFoundError(f"Item {item_id} not found")

    async def load_attachment(self, attachment_id: str, context: dict[str, Any]) -> Any:
        try:
            return await self._file(context["user_id"], attachment_id)
        except KeyError:
            raise NotFoundError(f"Attachment {attachment_id} not found") from None

    async def _file(self, owner: str, key: str) -> Any:
        found = await self.query(owner, key)
        if found is None:
            raise KeyError(key)
        return found


def or_404(row: Any, what: str) -> Any:
    if row is None:
        raise HTTPException(status_code=404, detail=f"{what} not found")  # CKF206
    return row


def found(row: Any, what: str, key: str) -> Any:
    if row is None:
        raise NotFoundError(f"{what} {key} not found")
    return row


def translated(method: Any) -> Any:
    @wraps(method)
    async def inner(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return await method(self, *args, **kwargs)
        except (KeyError, LookupError) as error:
            raise NotFoundError(str(error)) from error

    return inner


@contextmanager
def missing(what: str, key: str):
    try:
        yield
    except KeyError:
        raise NotFoundError(f"{what} {key} not found") from None


class ByHelpers(Store[dict[str, Any]], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db
        self.pool: Any = None
        self._threads: dict[tuple[str, str], ThreadMetadata] = {}

    async def load_thread(self, thread_id: str, context: dict[str, Any]) -> ThreadMetadata:
        row = or_404(await self.db.fetchrow("SELECT * FROM threads WHERE owner = $1 AND id = $2", context["user"], thread_id), "Thread")
        return ThreadMetadata.model_validate_json(row["data"])

    async def load_item(self, thread_id: str, item_id: str, context: dict[str, Any]) -> ThreadItem:
        row = await self.db.fetchrow("SELECT * FROM items WHERE owner = $1 AND id = $2", context["user"], item_id)
        match row:
            case None:
                raise KeyError(item_id)  # CKF206
            case _:
                return row

    async def load_attachment(self, attachment_id: str, context: dict[str, Any]) -> Attachment:
        with suppress(KeyError):
            return self._files[(context["user"], attachment_id)]  # CKF206


class Translated(Store[dict[str, Any]], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db
        self.pool: Any = None
        self._threads: dict[tuple[str, str], ThreadMetadata] = {}

    @translated
    async def load_thread(self, thread_id: str, context: dict[str, Any]) -> ThreadMetadata:
        return self._threads[context["user"], thread_id]

    async def load_item(self, thread_id: str, item_id: str, context: dict[str, Any]) -> ThreadItem:
        with missing("Item", item_id):
            return self._items[context["user"]][item_id]

    async def load_attachment(self, attachment_id: str, context: dict[str, Any]) -> Attachment:
        if not context.get("user"):
            raise HTTPException(status_code=401, detail="sign in")
        if self.pool is None:
            raise RuntimeError("connect() first")
        row = await self.pool.fetchrow("SELECT data FROM files WHERE owner = $1 AND id = $2", context["user"], attachment_id)
        return found(row, "Attachment", attachment_id)


class Refusals(Store[dict[str, Any]], ABC):
    def __init__(self, db: Any) -> None:
        self.db = db

    async def load_thread(self, thread_id: str, context: dict[str, Any]) -> ThreadMetadata:
        if not thread_id:
            raise ValueError("thread_id must not be empty")
        user = context.get("user")
        if not user:
            raise ValueError("no user")
        async with self.sessions() as session:
            return (await session.execute(select(Row).where(Row.owner == user, Row.id == thread_id))).scalar_one()  # CKF206

    async def load_item(self, thread_id: str, item_id: str, context: dict[str, Any]) -> ThreadItem:
        row = await self.items.find_one({"owner": context["user"], "id": item_id})
        if row is None:
            raise Http404("no such item")  # CKF206
        return row

    async def load_attachment(self, attachment_id: str, context: dict[str, Any]) -> Attachment:
        row = await self.files.find_one({"owner": context["user"], "id": attachment_id})
        if not row:
            raise web.HTTPNotFound(text="no such file")  # CKF206
        return row


class OneRow(Store[dict[str, Any]], ABC):
    async def load_thread(self, thread_id: str, context: dict[str, Any]) -> ThreadMetadata:
        async with self.sessions() as session:
            try:
                row = (await session.execute(select(Row).where(Row.owner == context["user"], Row.id == thread_id))).scalar_one()
            except NoResultFound:
                raise NotFoundError(f"Thread {thread_id} not found") from None
            return row.data

    async def load_item(self, thread_id: str, item_id: str, context: dict[str, Any]) -> ThreadItem:
        async with self.sessions() as session:
            result = await session.exec(select(Row).where(Row.owner == context["user"], Row.id == item_id))
            row = result.one()  # CKF206
        return row.data

    async def load_attachment(self, attachment_id: str, context: dict[str, Any]) -> Attachment:
        record = await FileRecord.objects.aget(owner=context["user"], id=attachment_id)  # CKF206
        return record.data


class Records(Store[dict[str, Any]], ABC):
    async def load_thread(self, thread_id: str, context: dict[str, Any]) -> ThreadMetadata:
        try:
            record = await ThreadRecord.objects.aget(owner=context["user"], id=thread_id)
        except ThreadRecord.DoesNotExist:
            raise NotFoundError(f"Thread {thread_id} not found") from None
        return record.data

    async def load_item(self, thread_id: str, item_id: str, context: dict[str, Any]) -> ThreadItem:
        for item in self._items.get((context["user"], thread_id), []):
            if item.id == item_id:
                return item
        raise KeyError(f"no item {item_id}")  # CKF206

    async def load_attachment(self, attachment_id: str, context: dict[str, Any]) -> Attachment:
        raw = await self.redis.hget(f"files:{context['user']}", attachment_id)
        return Attachment.validate_json(raw) if raw is not None else None  # CKF206


class Keys(Store[dict[str, Any]], ABC):
    async def load_thread(self, thread_id: str, context: dict[str, Any]) -> ThreadMetadata:
        return await self._get("thread", thread_id, context)

    async def _get(self, kind: str, key: str, context: dict[str, Any]) -> Any:
        raw = await self.redis.get(f"{context['user']}:{kind}:{key}")
        if raw is None:
            raise LookupError(f"{kind} {key} does not exist")  # CKF206
        return raw

    async def load_item(self, thread_id: str, item_id: str, context: dict[str, Any]) -> ThreadItem:
        try:
            return await self._get("item", item_id, context)
        except LookupError as error:
            raise NotFoundError(f"Item {item_id} not found") from error

    async def load_attachment(self, attachment_id: str, context: dict[str, Any]) -> Attachment:
        data = await self._get_file(attachment_id, context)
        if data is None:
            raise FileNotFoundError(attachment_id)  # CKF206
        return data


class Lists(Store[dict[str, Any]], ABC):
    async def load_thread(self, thread_id: str, context: dict[str, Any]) -> ThreadMetadata:
        rows = [t for t in self.threads if t.id == thread_id and t.owner == context["user"]]
        if len(rows) == 0:
            raise ValueError(f"unknown thread {thread_id}")  # CKF206
        return rows[0]

    async def load_item(self, thread_id: str, item_id: str, context: dict[str, Any]) -> ThreadItem:
        rows = [i for i in self.items if i.id == item_id and i.owner == context["user"]]
        return rows[0]  # CKF206

    async def load_attachment(self, attachment_id: str, context: dict[str, Any]) -> Attachment:
        if (row := self.files.get((context["user"], attachment_id))) is not None:
            return row
        raise RuntimeError(f"attachment {attachment_id} is missing")  # CKF206


class RightLast(Store[dict[str, Any]], ABC):
    async def load_thread(self, thread_id: str, context: dict[str, Any]) -> ThreadMetadata:
        row = self._rows.get((context["user"], thread_id))
        if row is not None:
            return row
        raise NotFoundError(f"Thread {thread_id} not found")

    async def load_item(self, thread_id: str, item_id: str, context: dict[str, Any]) -> ThreadItem:
        row = self._rows.get((context["user"], item_id))
        if row is None:
            self._gone(item_id)
        if row.kind not in KINDS:
            raise ValueError("an item of an unknown kind")
        return row

    def _gone(self, key: str) -> None:
        raise NotFoundError(f"Item {key} not found")

    async def load_attachment(self, attachment_id: str, context: dict[str, Any]) -> Attachment:
        response = await self.http.get(f"/files/{context['user']}/{attachment_id}")
        if response.status_code == 404:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        if not response.is_success:
            raise RuntimeError("the file service is down")
        body = response.json()
        if not isinstance(body, dict):
            raise ValueError("the file service answered nonsense")
        return body


class Services(Store[dict[str, Any]], ABC):
    async def load_attachment(self, attachment_id: str, context: dict[str, Any]) -> Attachment:
        response = await self.http.get(f"/files/{context['user']}/{attachment_id}")
        if response.status_code == 404:
            raise KeyError(attachment_id)  # CKF206
        return response.json()

    async def load_thread(self, thread_id: str, context: dict[str, Any]) -> ThreadMetadata:
        row = await self.db.fetchrow("SELECT * FROM threads WHERE id = $1 AND owner = $2", thread_id, context["user"])
        if row is None:
            return  # CKF206
        return row

    async def load_item(self, thread_id: str, item_id: str, context: dict[str, Any]) -> ThreadItem:
        row = await self.db.fetchrow("SELECT * FROM items WHERE id = $1 AND owner = $2", item_id, context["user"])
        if row:
            return row
        return None  # CKF206


class Walrus(Store[dict[str, Any]], ABC):
    async def load_thread(self, thread_id: str, context: dict[str, Any]) -> ThreadMetadata:
        if (row := await self.rows.find_one({"owner": context["user"], "id": thread_id})) is None:
            raise NotFoundError(f"Thread {thread_id} not found")
        return row["body"]

    async def load_item(self, thread_id: str, item_id: str, context: dict[str, Any]) -> ThreadItem:
        row = await self.rows.find_one({"owner": context["user"], "id": item_id})
        return row["body"]  # CKF206


def database_path(url: str | None) -> str:
    if url is None:
        raise ValueError("No database URL: set DATABASE_URL")
    return url.partition("://")[2]


def row_of(rows: list[Any], key: str) -> Any:
    row = next((each for each in rows if each.id == key), None)
    if row is None:
        raise ValueError(f"{key} does not exist")  # CKF206
    return row


class Configured(Store[dict[str, Any]], ABC):
    async def load_thread(self, thread_id: str, context: dict[str, Any]) -> ThreadMetadata:
        connection = await self.connect(database_path(self.url))
        rows = await connection.rows("threads", context["user"])
        return row_of(rows, thread_id)


class Answered(Store[dict[str, Any]], ABC):
    """What was looked up is answered, or let go on, whatever came of it."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], ThreadMetadata] = {}
        self.lists: dict[tuple[str, str], list[ThreadItem]] = {}

    async def load_thread(self, thread_id: str, context: dict[str, Any]) -> ThreadMetadata:
        try:
            return self.rows[context["user"], thread_id]
        except KeyError:
            print("no such thread")
            raise  # CKF206

    async def load_item(
        self, thread_id: str, item_id: str, context: dict[str, Any]
    ) -> ThreadItem:
        items = self.lists.get((context["user"], thread_id), [])
        item = next(each for each in items if each.id == item_id)  # CKF206
        return item


class AnsweredNone(Answered, ABC):
    async def load_item(
        self, thread_id: str, item_id: str, context: dict[str, Any]
    ) -> ThreadItem:
        items = self.lists.get((context["user"], thread_id), [])
        item = next((each for each in items if each.id == item_id), None)  # CKF206
        return item


class AnsweredWell(Answered, ABC):
    async def load_item(
        self, thread_id: str, item_id: str, context: dict[str, Any]
    ) -> ThreadItem:
        items = self.lists.get((context["user"], thread_id), [])
        item = next((each for each in items if each.id == item_id), None)
        if item is None:
            raise NotFoundError(f"Item {item_id} not found")
        return item
