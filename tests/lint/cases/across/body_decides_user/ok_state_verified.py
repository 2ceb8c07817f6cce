import os
from dataclasses import dataclass
from typing import Any

import jwt
from chatkit.server import ChatKitServer
from fastapi import APIRouter, FastAPI, Request
from pydantic import BaseModel
from starlette.middleware.base import BaseHTTPMiddleware
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


class Identity(BaseHTTPMiddleware):
    async def dispatch(self, request: Request, call_next: Any) -> Response:
        claims = jwt.decode(request.headers["authorization"][7:], os.environ["KEY"], algorithms=["HS256"])
        request.state.user_id = claims["sub"]
        request.state.page = request.headers.get("x-page")
        return await call_next(request)


@app.post("/chatkit")
async def chat(request: Request) -> Any:
    return await server.process(await request.body(), {"user_id": request.state.user_id, "page": request.state.page})
