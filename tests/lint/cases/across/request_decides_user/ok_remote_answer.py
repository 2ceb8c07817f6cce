from typing import Any

from chatkit.server import ChatKitServer
from fastapi import Depends, FastAPI, Request

app = FastAPI()
server: ChatKitServer[Any] = ChatKitServer(None)


@app.post("/chatkit")
async def chat(request: Request, http: Any = Depends()) -> Any:
    answer = await http.get("/me", headers={"authorization": request.headers["authorization"]})
    data = answer.json()
    return await server.process(await request.body(), {"user_id": data["user_id"], "email": data["email"]})
