from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from chatkit.server import ChatKitServer
from fastapi import APIRouter, FastAPI, Request
from pydantic import BaseModel
from starlette.responses import Response

app = FastAPI()
router = APIRouter()
server: ChatKitServer[Any] = ChatKitServer(None)


@dataclass
class RequestContext:
    user_id: str
    locale: str = "en"


class ChatBody(BaseModel):
    user_id: str
    message: dict[str, Any]
    locale: str = "en"


current: ContextVar[str] = ContextVar("current")


@app.middleware("http")
async def identify(request: Request, call_next: Any) -> Response:
    current.set(request.headers.get("x-user-id", "nobody"))  # CKF403
    return await call_next(request)


@app.post("/chatkit")
async def chat(request: Request) -> Any:
    return await server.process(await request.body(), {"user_id": current.get()})
