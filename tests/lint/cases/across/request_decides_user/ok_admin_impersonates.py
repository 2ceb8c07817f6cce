from typing import Any

from chatkit.server import ChatKitServer
from fastapi import FastAPI, HTTPException, Request

app = FastAPI()
server: ChatKitServer[Any] = ChatKitServer(None)


@app.post("/chatkit")
async def chat(request: Request) -> Any:
    user_id = request.session["user_id"]
    wanted = request.query_params.get("user_id")
    if wanted and not request.session.get("is_admin"):
        raise HTTPException(403)
    if wanted != user_id and "admin" not in request.session["roles"]:
        raise HTTPException(403)
    return await server.process(await request.body(), {"user_id": wanted or user_id})
