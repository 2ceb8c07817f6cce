from typing import Any

from chatkit.server import ChatKitServer
from fastapi import Depends, FastAPI, Header, HTTPException, Request

app = FastAPI()
server: ChatKitServer[Any] = ChatKitServer(None)


async def caller(authorization: str = Header(), db: Any = Depends()) -> Any:
    row = await db.fetchrow("SELECT user_id FROM tokens WHERE token = $1", authorization.removeprefix("Bearer "))
    if row is None:
        raise HTTPException(401)
    return row


@app.post("/chatkit")
async def chat(request: Request, row: Any = Depends(caller)) -> Any:
    return await server.process(await request.body(), {"user_id": row["user_id"]})
