from dataclasses import dataclass
from typing import Any

from chatkit.server import ChatKitServer
from chatkit.types import ChatKitReq
from fastapi import APIRouter, FastAPI, Request
from pydantic import BaseModel
from pydantic import TypeAdapter

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
async def chat(request: Request) -> Any:
    raw = await request.body()
    parsed = TypeAdapter(ChatKitReq).validate_json(raw)
    context = {"user_id": parsed.metadata.get("user_id")}  # CKF403
    return await server.process(raw, context)
