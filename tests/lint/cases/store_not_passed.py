from abc import ABC
from typing import Any

from chatkit.server import ChatKitServer
from chatkit.store import Store


class Forgets(ChatKitServer[str], ABC):
    def __init__(self, store: Store[str]) -> None:  # CKF301
        self.threads = store


class CallsEmpty(ChatKitServer[str], ABC):
    def __init__(self, store: Store[str]) -> None:  # CKF301
        super().__init__()
        self.threads = store


class Passes(ChatKitServer[str], ABC):
    def __init__(self, store: Store[str], name: str) -> None:
        super().__init__(store)
        self.name = name


class Forwards(ChatKitServer[str], ABC):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


class Explicit(ChatKitServer[str], ABC):
    def __init__(self, store: Store[str]) -> None:
        ChatKitServer.__init__(self, store=store)


class Inherits(Passes, ABC):
    pass


class Sets(ChatKitServer[str], ABC):
    def __init__(self, store: Store[str]) -> None:
        self.store = store
        self.attachment_store = None
