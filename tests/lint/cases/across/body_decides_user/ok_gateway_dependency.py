import hashlib
import hmac
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


def from_gateway(x_signature: Annotated[str, Header()], x_user_id: Annotated[str, Header()]) -> None:
    wanted = hmac.new(b"key", x_user_id.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(wanted, x_signature):
        raise HTTPException(401)


@app.post("/chatkit", dependencies=[Depends(from_gateway)])
async def chat(request: Request, x_user_id: Annotated[str, Header()]) -> Any:
    return await server.process(await request.body(), {"user_id": x_user_id})
