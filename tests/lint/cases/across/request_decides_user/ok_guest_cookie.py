from typing import Any

from chatkit.server import ChatKitServer
from fastapi import Depends, FastAPI, Request

app = FastAPI()
server: ChatKitServer[Any] = ChatKitServer(None)


@app.post("/chatkit")
async def chat(request: Request, guests: Any = Depends()) -> Any:
    guest = await guests.by_secret(request.cookies.get("guest_secret"))
    return await server.process(await request.body(), {"user_id": guest.id})
