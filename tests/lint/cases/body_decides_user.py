import json
from typing import Annotated, Any

from chatkit.server import ChatKitServer
from fastapi import Body, Depends, FastAPI, Form, Request
from pydantic import BaseModel

SERVER: Any = ChatKitServer
app = FastAPI()


class ChatRequest(BaseModel):
    user_id: str
    page: str
    message: dict[str, Any]


class RequestContext(BaseModel):
    user_id: str = ""
    page: str = ""


async def from_body(request: Request) -> object:
    body = await request.json()
    user = body.get("user_id")  # CKF403
    return await SERVER.process(await request.body(), {"user_id": user})


async def from_text(request: Request) -> object:
    raw = await request.body()
    data = json.loads(raw)
    context = {"user_id": data["owner"]}  # CKF403
    return await SERVER.process(raw, context)


async def at_once(request: Request) -> object:
    context = {"user_id": (await request.json())["user_id"]}  # CKF403
    return await SERVER.process(request=await request.body(), context=context)


@app.post("/model")
async def from_model(payload: ChatRequest) -> object:
    context = RequestContext(user_id=payload.user_id)  # CKF403
    return await SERVER.process(json.dumps(payload.message), context)


@app.post("/dict")
async def from_dict(payload: dict[str, Any]) -> object:
    metadata = payload.get("metadata") or {}
    context: dict[str, Any] = {"page": payload["page"]}
    context["user_id"] = metadata.get("user_id", "anonymous")  # CKF403
    return await SERVER.process(json.dumps(payload), context)


@app.post("/form")
async def from_form(request: Request, user_id: Annotated[str, Form()]) -> object:  # CKF403
    return await SERVER.process(await request.body(), {"user_id": user_id})


@app.post("/embedded")
async def embedded(request: Request, user_id: str = Body(embed=True)) -> object:  # CKF403
    return await SERVER.process(await request.body(), RequestContext(user_id=user_id))


@app.post("/parsed")
async def parsed(request: Request) -> object:
    raw = await request.body()
    asked = ChatRequest.model_validate_json(raw)
    context = RequestContext(page=asked.page)
    context.user_id = asked.user_id  # CKF403
    return await SERVER.process(raw, context)


def django(request: Any) -> object:
    return SERVER.process(request.body, {"user_id": request.POST["user_id"]})  # CKF403


async def caller(request: Request) -> str:
    body = await request.json()
    return body["metadata"]["user"]["id"]  # CKF403


async def dependent(request: Request, user: Annotated[str, Depends(caller)]) -> object:
    return await SERVER.process(await request.body(), {"user_id": user})


def context_of(payload: ChatRequest) -> RequestContext:
    return RequestContext(user_id=payload.user_id, page=payload.page)  # CKF403


async def helped(payload: ChatRequest, request: Request) -> object:
    return await SERVER.process(await request.body(), context_of(payload))


async def from_session(request: Request) -> object:
    body = await request.json()
    context = {"user_id": request.session["user_id"], "page": body["page"]}
    return await SERVER.process(await request.body(), context)


async def unrelated(request: Request) -> object:
    body = await request.json()
    return body["user_id"]


async def checked(request: Request) -> object:
    body = await request.json()
    user_id: str = request.session["user_id"]
    if body.get("user_id") != user_id:
        raise PermissionError
    return await SERVER.process(await request.body(), {"user_id": user_id})


async def logged(request: Request) -> object:
    body = await request.json()
    print("asked for", body.get("email"))
    return await SERVER.process(await request.body(), {"user_id": request.state.user.id})


async def signed_in(request: Request) -> str:
    return str(request.session["user_id"])


class CurrentUser(BaseModel):
    user_id: str


async def by_dependency(
    payload: ChatRequest, user: Annotated[CurrentUser, Depends(signed_in)]
) -> object:
    context = RequestContext(user_id=user.user_id, page=payload.page)
    return await SERVER.process(json.dumps(payload.message), context)


async def by_token(request: Request, tokens: Any) -> object:
    body = await request.json()
    claims = await tokens.verify(body["token"])
    return await SERVER.process(await request.body(), {"user_id": claims["sub"]})


async def decoded(request: Request, jwt: Any) -> object:
    claims = jwt.decode(request.headers["Authorization"])
    user = claims["sub"]
    return await SERVER.process(await request.body(), {"user_id": user, "email": claims["email"]})


async def named_in_session(request: Request, data: dict[str, Any]) -> object:
    user = request.session["user"]
    context = {"user_id": user["id"], "theme": data["theme"]}
    return await SERVER.process(await request.body(), context)
