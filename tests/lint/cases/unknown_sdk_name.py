import contextlib
from abc import ABC

import chatkit.types
import chatkit.models  # CKF103
from chatkit import types
from chatkit.server import ChatKitServer, ThreadStreamEvent
from chatkit.store import (
    InMemoryStore,  # CKF103
    NotFoundError,
    Store,
)
from chatkit.store import UserMessageItem as Message  # CKF103
from chatkit.stores import PostgresStore  # CKF103
from chatkit.types import MessageContentPart, Page  # CKF103
from chatkit.types import *  # noqa: F403

try:
    from chatkit.types import SomethingNew
except ImportError:
    SomethingNew = None

print(types.ThreadMetadata, types.ThreadMeta)  # CKF103
print(types.__name__)
print(chatkit.models, ChatKitServer, ThreadStreamEvent, InMemoryStore, NotFoundError, Store)
print(Message, PostgresStore, MessageContentPart, Page)


with contextlib.suppress(ImportError):
    from chatkit.types import Later

from chatkit import server, store  # noqa: E402

print(chatkit.types.ThreadMeta)  # CKF103
print(chatkit.types.ThreadMetadata, chatkit.Store)  # CKF103


class Desk(server.ChatKitServer[str], ABC):
    def kinds(self, types: list[str]) -> None:
        types.append("x")


server = Desk(store.Store)
server.process("{}", "me")
newer = types.Newer if hasattr(types, "Newer") else None
