from dataclasses import dataclass
from typing import Any

from chatkit.server import ChatKitServer
from fastapi import APIRouter, FastAPI, Request
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


@app.get("/threads")
async def threads(request: Request) -> Any:
    user = request.query_params["user_id"]  # CKF403
    page = await server.store.load_threads(20, None, "desc", {"user_id": user})
    return page.model_dump()
