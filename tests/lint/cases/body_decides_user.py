import json
from dataclasses import dataclass
from typing import Annotated, Any

from chatkit.server import ChatKitServer
from fastapi import Body, Depends, FastAPI, Form, Request
from pydantic import BaseModel
from chatkit.server import StreamingResult
from fastapi import Header, HTTPException, Query
from fastapi.responses import Response
from starlette.endpoints import HTTPEndpoint
import falcon.asgi
import jwt
import litestar
from aiohttp import web
from litestar.params import Parameter
import tornado.web

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


app = FastAPI()


class PostedRequest(BaseModel):
    user_id: str
    payload: dict[str, Any]


def get_server() -> Any:
    return app.state.server


async def user_from_body(request: Request) -> str:
    data = await request.json()
    return data["user_id"]  # CKF403


async def user_from_session(request: Request) -> str:
    return request.session["user_id"]


async def user_from_token(authorization: Annotated[str, Header()]) -> str:
    return jwt.decode(authorization, KEY, algorithms=["HS256"])["sub"]


@app.post("/a")
async def a(request: Request, user: Annotated[str, Depends(user_from_body)]) -> Response:
    return await get_server().process(await request.body(), {"user_id": user})


@app.post("/b")
async def b(request: Request, user: Annotated[str, Depends(user_from_session)]) -> Response:
    return await get_server().process(await request.body(), {"user_id": user})


@app.post("/c")
async def c(body: PostedRequest) -> Response:
    return await get_server().process(json.dumps(body.payload), {"user_id": body.user_id})  # CKF403


@app.post("/d")
async def d(request: Request) -> Response:
    raw = await request.body()
    data = json.loads(raw)
    user = data.get("metadata", {}).get("user_id")  # CKF403
    return await get_server().process(raw, {"user_id": user})


@app.post("/e")
async def e(request: Request) -> Response:
    raw = await request.body()
    data = json.loads(raw)
    kind = data["type"]
    return await get_server().process(raw, {"user_id": request.state.user.id, "kind": kind})


@app.post("/f")
async def f(request: Request, user_id: Annotated[str, Form()]) -> Response:  # CKF403
    return await get_server().process(await request.body(), {"user_id": user_id})


@app.post("/g")
async def g(request: Request) -> Response:
    data = await request.json()
    if data["user_id"] != request.session["user_id"]:
        raise HTTPException(403)
    return await get_server().process(await request.body(), {"user_id": data["user_id"]})


@app.post("/h")
async def h(request: Request) -> Response:
    context = await build_context(request)
    return await get_server().process(await request.body(), context)


async def build_context(request: Request) -> dict[str, Any]:
    body = await request.json()
    return {"user_id": body["params"]["user"], "locale": "en"}  # CKF403


class Ctx:
    def __init__(self, user_id: str) -> None:
        self.user_id = user_id

    @classmethod
    async def from_request(cls, request: Request) -> "Ctx":
        body = await request.json()
        return cls(body["user_id"])  # CKF403

    @classmethod
    async def from_session(cls, request: Request) -> "Ctx":
        return cls(request.session["user_id"])


@app.post("/i")
async def i(request: Request) -> Response:
    return await get_server().process(await request.body(), await Ctx.from_request(request))


@app.post("/j")
async def j(request: Request) -> Response:
    return await get_server().process(await request.body(), await Ctx.from_session(request))


class Endpoint(HTTPEndpoint):
    async def post(self, request: Request) -> Response:
        raw = await request.body()
        body = json.loads(raw)
        user = body["user"]["id"]  # CKF403
        return await get_server().process(raw, Ctx(user))


@app.post("/k")
async def k(request: Request) -> Response:
    raw = await request.body()
    body = json.loads(raw)
    claims = verify(body["id_token"])
    return await get_server().process(raw, {"user_id": claims["sub"]})


@app.post("/l")
async def l(request: Request) -> Response:
    return await get_server().process(await request.body(), {"user_id": request.headers["x-user-id"]})  # CKF403


@app.post("/m")
async def m(request: Request) -> Response:
    raw = await request.body()
    try:
        payload = json.loads(raw)
    except ValueError:
        payload = {}
    meta = payload.get("metadata") or {}
    context = Ctx(user_id=meta.get("owner", "anonymous"))  # CKF403
    return await get_server().process(raw, context)


async def django(request: Any) -> Any:
    user_id = request.POST["user_id"]  # CKF403
    return await get_server().process(request.body, {"user_id": user_id})


async def django2(request: Any) -> Any:
    user = await request.auser()
    return await get_server().process(request.body, {"user_id": str(user.pk)})


class View:
    async def post(self, request: Any) -> Any:
        data = json.loads(request.body)
        self.user = data["user_id"]  # CKF403
        return await get_server().process(request.body, {"user_id": self.user})


@dataclass
class Clerk:
    clerk_id: str
    office: str


@dataclass
class Angler:
    id: str
    pond: str


async def by_the_name_of_the_context(request: Request) -> object:
    asked = request.headers["x-angler"]  # CKF403
    return await get_server().process(await request.body(), Angler(asked, "north"))


async def refused_without_a_check(request: web.Request) -> object:
    metadata = json.loads(await request.read()).get("metadata") or {}
    clerk = Clerk(metadata.get("clerk_id", ""), metadata.get("office", ""))  # CKF403
    if not clerk.clerk_id:
        raise web.HTTPUnauthorized(text="clerk_id is missing")
    return await get_server().process(await request.read(), clerk)


async def numbered(request: Request) -> object:
    employee_no = request.headers.get("X-Employee-No")  # CKF403
    return await get_server().process(await request.body(), {"employee_no": employee_no})


async def doctor_of_a_patient(request: Request) -> object:
    patient = request.query_params["patient_id"]
    context = {"doctor_id": request.session["doctor_id"], "patient_id": patient}
    return await get_server().process(await request.body(), context)


async def patient_alone(request: Request) -> object:
    patient = request.query_params["patient_id"]  # CKF403
    return await get_server().process(await request.body(), {"patient_id": patient, "ward": "7"})


@litestar.post("/n")
async def n(request: Request, user: Annotated[str, Parameter(header="X-User-Id")]) -> object:  # CKF403
    return await get_server().process(await request.body(), {"user_id": user})


class Falcon:
    async def on_post(self, req: falcon.asgi.Request, resp: Any) -> None:
        user = req.get_header("X-User-Id")  # CKF403
        resp.text = await get_server().process(await req.stream.read(), {"user_id": user})


@dataclass
class Patient:
    number: str
    doctor_id: str


async def user_who_chose_a_reader(request: Request) -> object:
    context = {"user": request.session["user"], "reader": request.query_params["reader"]}
    return await get_server().process(await request.body(), context)


async def patient_who_chose_a_doctor(request: Request) -> object:
    context = Patient(request.session["patient"], request.query_params["doctor"])
    return await get_server().process(await request.body(), context)


async def patient_by_number(request: Request) -> object:
    number = request.headers["x-number"]  # CKF403
    return await get_server().process(await request.body(), Patient(number, "7"))


class Tornado(tornado.web.RequestHandler):
    async def post(self) -> None:
        user = self.get_argument("user")  # CKF403
        self.write(await get_server().process(self.request.body, {"user_id": user}))
