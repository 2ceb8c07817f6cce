from typing import Any

from chatkit.server import ChatKitServer
from fastapi import FastAPI, Request

from .guard_around import GatewayOnly

server: ChatKitServer[Any] = ChatKitServer(None)
app = FastAPI()
app.add_middleware(GatewayOnly)


@app.post("/chatkit")
async def chat(request: Request) -> Any:
    return await server.process(await request.body(), {"user_id": request.headers["x-user-id"]})
