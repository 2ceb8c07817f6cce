import hashlib
from dataclasses import dataclass
from typing import Annotated, Any

from chatkit.server import ChatKitServer
from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Request
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


KEYS: dict[str, str] = {}


def owner(x_api_key: Annotated[str, Header()]) -> str:
    user = KEYS.get(hashlib.sha256(x_api_key.encode()).hexdigest())
    if user is None:
        raise HTTPException(401)
    return user


@app.post("/chatkit")
async def chat(request: Request, user_id: Annotated[str, Depends(owner)]) -> Any:
    return await server.process(await request.body(), {"user_id": user_id})
