from typing import Any

from chatkit.server import ChatKitServer
from fastapi import FastAPI, Request

from .identity import Identity

server: ChatKitServer[Any] = ChatKitServer(None)
app = FastAPI()
app.add_middleware(Identity)


@app.post("/chatkit")
async def chat(request: Request) -> Any:
    return await server.process(await request.body(), {"user_id": request.state.user_id})
