from typing import Any

from chatkit.server import ChatKitServer
from fastapi import FastAPI, Request
from typing_extensions import TypedDict

app = FastAPI()
server: ChatKitServer[Any] = ChatKitServer(None)




class Ctx(TypedDict):
    user_id: str
    locale: str


@app.post("/chatkit")
async def chat(request: Request) -> Any:
    ctx = Ctx(user_id=request.headers.get("x-user-id", "demo"), locale="en")  # CKF403
    return await server.process(await request.body(), ctx)
