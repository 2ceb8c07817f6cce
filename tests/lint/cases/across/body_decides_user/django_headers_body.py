import json
from dataclasses import dataclass
from typing import Any

from chatkit.server import ChatKitServer
from fastapi import APIRouter, FastAPI
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


def context_for(request: Any) -> dict[str, Any]:
    data = json.loads(request.body)
    return {"user_id": data["user"]["id"], "locale": data.get("locale")}  # CKF403


async def chat(request: Any) -> Any:
    return await server.process(request.body, context_for(request))
