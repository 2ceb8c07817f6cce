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
        request = context["request"]
        language = request.headers.get("accept-language")
        return f"{request.session['user_id']}:{language}" if language else request.session["user_id"]
