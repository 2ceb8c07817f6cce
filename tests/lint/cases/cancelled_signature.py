from abc import ABC
from typing import Any

from chatkit.server import ChatKitServer
from chatkit.types import ThreadItem, ThreadMetadata


class Short(ChatKitServer[str], ABC):
    async def handle_stream_cancelled(  # CKF310
        self, thread: ThreadMetadata, context: str
    ) -> None:
        print(thread.id, context)


class Plain(ChatKitServer[str], ABC):
    def handle_stream_cancelled(  # CKF310
        self, thread: ThreadMetadata, pending_items: list[ThreadItem], context: str
    ) -> None:
        print(thread.id)


class Right(ChatKitServer[str], ABC):
    async def handle_stream_cancelled(
        self, thread: ThreadMetadata, pending_items: list[ThreadItem], context: str
    ) -> None:
        print(thread.id)


class Forwards(ChatKitServer[str], ABC):
    async def handle_stream_cancelled(self, *args: Any) -> None:
        print(args)


class Mixin:
    async def handle_stream_cancelled(self, thread: ThreadMetadata) -> None:  # CKF310
        print(thread.id)


class Mixed(Mixin, ChatKitServer[str], ABC):
    pass


class Demands(ChatKitServer[str], ABC):
    async def handle_stream_cancelled(  # CKF310
        self, thread: ThreadMetadata, pending_items: list[ThreadItem], context: str, why: str
    ) -> None:
        print(thread.id)
