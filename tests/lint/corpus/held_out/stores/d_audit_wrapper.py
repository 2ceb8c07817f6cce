"""AuditedStore: keeps the trail that the regulator asks for around whatever store is configured.

The trail names who did what to which id and how it ended; it never holds what was said.
"""

import asyncio
import functools
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar

from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata

logger = logging.getLogger(__name__)


class Actor(Protocol):
    """What the trail needs to know of a request context."""

    @property
    def tenant_id(self) -> str: ...

    @property
    def user_id(self) -> str: ...


ActorT = TypeVar("ActorT", bound=Actor)
P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class AuditRecord:
    at: str
    tenant: str
    actor: str
    action: str
    subject: str
    outcome: str


class AuditSink(Protocol):
    async def write(self, record: AuditRecord) -> None: ...


class JsonLinesSink:
    """One line per record; the file is written on a worker thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = asyncio.Lock()

    def _append(self, line: str) -> None:
        with self._path.open("a", encoding="utf-8") as trail:
            trail.write(line + "\n")

    async def write(self, record: AuditRecord) -> None:
        async with self._lock:
            await asyncio.to_thread(self._append, json.dumps(asdict(record)))


def audited(
    action: str, subject: Callable[..., str]
) -> Callable[
    [Callable[Concatenate["AuditedStore[Any]", P], Awaitable[R]]],
    Callable[Concatenate["AuditedStore[Any]", P], Awaitable[R]],
]:
    """Record the call under `action`; `subject` picks the id out of the call's own arguments."""

    def decorate(
        method: Callable[Concatenate["AuditedStore[Any]", P], Awaitable[R]],
    ) -> Callable[Concatenate["AuditedStore[Any]", P], Awaitable[R]]:
        @functools.wraps(method)
        async def call(self: "AuditedStore[Any]", *args: P.args, **kwargs: P.kwargs) -> R:
            actor: Actor = kwargs["context"] if "context" in kwargs else args[-1]  # type: ignore[assignment]
            target = subject(*args, **kwargs)
            try:
                result = await method(self, *args, **kwargs)
            except NotFoundError:
                await self.record(actor, action, target, "not_found")
                raise
            except Exception as error:
                await self.record(actor, action, target, type(error).__name__)
                raise
            await self.record(actor, action, target, "ok")
            return result

        return call

    return decorate


def _thread_id(thread_id: str, *_: Any, **__: Any) -> str:
    return thread_id


def _thread(thread: ThreadMetadata, *_: Any, **__: Any) -> str:
    return thread.id


def _item(thread_id: str, item: ThreadItem, *_: Any, **__: Any) -> str:
    return f"{thread_id}/{item.id}"


def _item_id(thread_id: str, item_id: str, *_: Any, **__: Any) -> str:
    return f"{thread_id}/{item_id}"


def _attachment(attachment: Attachment, *_: Any, **__: Any) -> str:
    return attachment.id


def _attachment_id(attachment_id: str, *_: Any, **__: Any) -> str:
    return attachment_id


def _everything(*_: Any, **__: Any) -> str:
    return "*"


class AuditedStore(Store[ActorT], Generic[ActorT]):
    def __init__(self, inner: Store[ActorT], sink: AuditSink) -> None:
        self._inner = inner
        self._sink = sink

    async def record(self, actor: Actor, action: str, subject: str, outcome: str) -> None:
        at = datetime.now(timezone.utc).isoformat()
        try:
            await self._sink.write(AuditRecord(at, actor.tenant_id, actor.user_id, action, subject, outcome))
        except OSError:
            logger.exception("audit trail is not writable, action=%s outcome=%s", action, outcome)

    def generate_thread_id(self, context: ActorT) -> str:
        return self._inner.generate_thread_id(context)

    def generate_item_id(self, item_type: StoreItemType, thread: ThreadMetadata, context: ActorT) -> str:
        return self._inner.generate_item_id(item_type, thread, context)

    @audited("thread.read", _thread_id)
    async def load_thread(self, thread_id: str, context: ActorT) -> ThreadMetadata:
        return await self._inner.load_thread(thread_id, context)

    @audited("thread.write", _thread)
    async def save_thread(self, thread: ThreadMetadata, context: ActorT) -> None:
        await self._inner.save_thread(thread, context)

    @audited("thread.items", _thread_id)
    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: ActorT
    ) -> Page[ThreadItem]:
        return await self._inner.load_thread_items(thread_id, after, limit, order, context)

    @audited("thread.list", _everything)
    async def load_threads(self, limit: int, after: str | None, order: str, context: ActorT) -> Page[ThreadMetadata]:
        return await self._inner.load_threads(limit, after, order, context)

    @audited("thread.delete", _thread_id)
    async def delete_thread(self, thread_id: str, context: ActorT) -> None:
        await self._inner.delete_thread(thread_id, context)

    @audited("item.add", _item)
    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: ActorT) -> None:
        await self._inner.add_thread_item(thread_id, item, context)

    @audited("item.write", _item)
    async def save_item(self, thread_id: str, item: ThreadItem, context: ActorT) -> None:
        await self._inner.save_item(thread_id, item, context)

    @audited("item.read", _item_id)
    async def load_item(self, thread_id: str, item_id: str, context: ActorT) -> ThreadItem:
        return await self._inner.load_item(thread_id, item_id, context)

    @audited("item.delete", _item_id)
    async def delete_thread_item(self, thread_id: str, item_id: str, context: ActorT) -> None:
        await self._inner.delete_thread_item(thread_id, item_id, context)

    @audited("attachment.write", _attachment)
    async def save_attachment(self, attachment: Attachment, context: ActorT) -> None:
        await self._inner.save_attachment(attachment, context)

    @audited("attachment.read", _attachment_id)
    async def load_attachment(self, attachment_id: str, context: ActorT) -> Attachment:
        return await self._inner.load_attachment(attachment_id, context)

    @audited("attachment.delete", _attachment_id)
    async def delete_attachment(self, attachment_id: str, context: ActorT) -> None:
        await self._inner.delete_attachment(attachment_id, context)
