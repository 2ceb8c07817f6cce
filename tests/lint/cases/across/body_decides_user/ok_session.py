from dataclasses import dataclass
from typing import Annotated, Any

from chatkit.server import ChatKitServer
from fastapi import APIRouter, FastAPI, Header, Request
from pydantic import BaseModel

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


@app.post("/chatkit")
async def chat(request: Request, x_request_id: Annotated[str | None, Header()] = None) -> Any:
    user_id = request.session["user_id"]
    context = {"user_id": user_id, "locale": request.headers.get("accept-language"), "request_id": x_request_id,
               "user_agent": request.headers.get("user-agent"), "page": request.query_params.get("page")}
    return await server.process(await request.body(), context)
