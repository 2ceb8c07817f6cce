import os
from dataclasses import dataclass
from typing import Annotated, Any

import jwt
from chatkit.server import ChatKitServer
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.security import OAuth2PasswordBearer
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



bearer = OAuth2PasswordBearer("token")


async def user_of(token: Annotated[str, Depends(bearer)]) -> str:
    return jwt.decode(token, os.environ["KEY"], algorithms=["HS256"])["sub"]


@app.post("/chatkit")
async def chat(request: Request, user_id: Annotated[str, Depends(user_of)]) -> Any:
    return await server.process(await request.body(), {"user_id": user_id})
