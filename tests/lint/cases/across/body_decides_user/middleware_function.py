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


@app.middleware("http")
async def identify(request: Request, call_next: Any) -> Response:
    user = request.query_params.get("user")  # CKF403
    request.state.user = user
    return await call_next(request)


@app.post("/chatkit")
async def chat(request: Request) -> Any:
    context = {"user_id": request.state.user}
    return await server.process(await request.body(), context)
