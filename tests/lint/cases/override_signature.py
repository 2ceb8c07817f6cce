from collections.abc import AsyncIterator, Awaitable
from typing import Any

from chatkit.server import ChatKitServer
from chatkit.store import AttachmentStore
from chatkit.types import ThreadMetadata, ThreadStreamEvent, UserMessageItem


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
