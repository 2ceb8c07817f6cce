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


RequestContext = dict[str, Any]


class Kept(ChatKitServer[RequestContext], ABC):
    def __init__(self, store: Store[RequestContext]) -> None:  # CKF301
        self._store = store
        self.agent = AGENT


class Named(ChatKitServer[RequestContext], ABC):
    def __init__(self, store: Store[RequestContext], **kwargs: Any) -> None:
        super().__init__(store, **kwargs)


class ByClass(ChatKitServer[RequestContext], ABC):
    def __init__(self, store: Store[RequestContext]) -> None:
        ChatKitServer.__init__(self, store)


class Mixin:
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.more = 1


class Mixed(Mixin, ChatKitServer[RequestContext], ABC):
    def __init__(self, *args: Any) -> None:
        super().__init__(*args)


class Begun(ChatKitServer[RequestContext], ABC):
    def __init__(self, store: Store[RequestContext]) -> None:
        self._begin(store)

    def _begin(self, store: Store[RequestContext]) -> None:
        super().__init__(store=store)


class Unasked(ChatKitServer[RequestContext], ABC):
    def __init__(self, store: Store[RequestContext]) -> None:  # CKF301
        super().__init__
        self.threads = store


class WithModel(ChatKitServer[RequestContext], ABC):
    def __init__(self, store: Store[RequestContext], model: str) -> None:
        super().__init__(store)
        self.model = model


class Handed(WithModel, ABC):
    def __init__(self, store: Store[RequestContext]) -> None:
        super().__init__(store, "gpt")


class Forgotten(WithModel, ABC):
    def __init__(self, model: str) -> None:  # CKF301
        self.model = model


class Bare(ChatKitServer[RequestContext], ABC):
    def __init__(self, settings: Any) -> None:  # CKF301
        super(ChatKitServer, self).__init__()
        self.settings = settings
