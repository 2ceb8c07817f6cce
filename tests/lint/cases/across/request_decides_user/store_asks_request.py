from abc import ABC
from typing import Any

from chatkit.server import ChatKitServer
from chatkit.store import Store
from fastapi import FastAPI

app = FastAPI()
server: ChatKitServer[Any] = ChatKitServer(None)


class Threads(Store[dict[str, Any]], ABC):
    def __init__(self, pool: Any) -> None:
        self.pool = pool

    def _owner(self, context: dict[str, Any]) -> str:
        owner = context["request"].headers.get("x-user-id")  # CKF403
        if not owner:
            raise PermissionError
        return owner
