import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterator
from typing import Any

from chatkit.server import ChatKitServer
from chatkit.store import AttachmentStore
from chatkit.types import ThreadMetadata, ThreadStreamEvent, UserMessageItem
from mine import retried
from typing_extensions import override


class Sync(AttachmentStore[str]):
    def delete_attachment(self, attachment_id: str, context: str) -> None:  # CKF102
        print(attachment_id)


class Later(AttachmentStore[str]):
    def delete_attachment(self, attachment_id: str, context: str) -> Awaitable[None]:
        return self._delete(attachment_id)

    async def _delete(self, attachment_id: str) -> None:
        print(attachment_id)


class Renamed(AttachmentStore[str]):
    async def delete_attachment(self, id: str, context: str) -> None:  # CKF102
        print(id)


class More(AttachmentStore[str]):
    async def delete_attachment(self, attachment_id: str, context: str, *, hard: bool = False) -> None:
        print(attachment_id)


class TooMuch(AttachmentStore[str]):
    async def delete_attachment(self, attachment_id: str, context: str, hard: bool) -> None:  # CKF102
        print(attachment_id)


class Forwards(AttachmentStore[str]):
    async def delete_attachment(self, *args: Any, **kwargs: Any) -> None:
        print(args, kwargs)


class Silent(ChatKitServer[str]):
    async def respond(  # CKF102
        self, thread: ThreadMetadata, input_user_message: UserMessageItem | None, context: str
    ) -> AsyncIterator[ThreadStreamEvent]:
        return self._events()

    def _events(self) -> AsyncIterator[ThreadStreamEvent]:
        raise NotImplementedError


class Handing(ChatKitServer[str]):
    def respond(
        self, thread: ThreadMetadata, input_user_message: UserMessageItem | None, context: str
    ) -> AsyncIterator[ThreadStreamEvent]:
        return self._events()

    async def _events(self) -> AsyncIterator[ThreadStreamEvent]:
        for event in ():
            yield event


class Marked(AttachmentStore[str]):
    @override
    async def delete_attachment(self, context: str, attachment_id: str) -> None:  # CKF102
        print(attachment_id)


class Wrapped(AttachmentStore[str]):
    @retried
    async def delete_attachment(self, *given: str) -> None:
        print(given)


class DeletingMixin:
    async def delete_attachment(self, key: str, context: str) -> None:  # CKF102
        print(key)


class Mixed(DeletingMixin, AttachmentStore[str]):
    pass


class UnusedMixin:
    async def delete_attachment(self, key: str) -> None:
        print(key)


class InThread(AttachmentStore[str]):
    def delete_attachment(self, attachment_id: str, context: str):  # noqa: ANN201  # CKF108
        return asyncio.to_thread(print, attachment_id)


class Yielding(AttachmentStore[str]):
    async def delete_attachment(self, attachment_id: str, context: str) -> AsyncIterator[str]:  # CKF102
        yield attachment_id


class KeywordOnly(AttachmentStore[str]):
    async def delete_attachment(self, attachment_id: str, *, context: str) -> None:  # CKF102
        print(attachment_id)


class Defaults(AttachmentStore[str]):
    async def delete_attachment(self, attachment_id: str, context: str = "", hard: bool = False) -> None:
        print(attachment_id)


class Rest(AttachmentStore[str]):
    async def delete_attachment(self, attachment_id: str, *rest: Any, **others: Any) -> None:
        print(attachment_id)


class SyncEvents(ChatKitServer[str]):
    def respond(  # CKF102
        self, thread: ThreadMetadata, input_user_message: UserMessageItem | None, context: str
    ) -> Iterator[ThreadStreamEvent]:
        yield from ()
