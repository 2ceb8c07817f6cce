from typing import Any

from chatkit.agents import AgentContext
from chatkit.server import ChatKitServer
from fastapi import Request
from typing import Annotated
from dataclasses import dataclass, field
from chatkit.server import StreamingResult
from fastapi import APIRouter, Depends, FastAPI
from fastapi.responses import Response, StreamingResponse, JSONResponse
from starlette.endpoints import HTTPEndpoint
from starlette.middleware.base import BaseHTTPMiddleware
from pydantic import BaseModel

server: Any = ChatKitServer


async def empty(request: Request) -> object:
    return await server.process(await request.body(), {})  # CKF309


async def nothing(request: Request) -> object:
    return await server.process(await request.body(), context=None)  # CKF309


async def named(request: Request) -> object:
    context = {"user_id": request.session["user_id"]}
    return await server.process(await request.body(), context=context)


async def other(queue: Any) -> object:
    return await queue.process("job", {})


class RequestContext(dict[str, str]):
    pass


async def by_name(request: Request) -> object:
    context: dict[str, Any] = {}
    return await server.process(await request.body(), context)  # CKF309


async def other_server(request: Request, support: Any) -> object:
    context = RequestContext()
    return await support.process(await request.body(), context)  # CKF309


async def agent(thread: Any, store: Any, context: Any) -> object:
    return AgentContext[Any](thread=thread, store=store, request_context={})  # CKF309


async def filled(request: Request) -> object:
    context: dict[str, Any] = {}
    context["user_id"] = request.session["user_id"]
    return await server.process(await request.body(), context)


async def handed(request: Request, identify: Any) -> object:
    context = RequestContext()
    identify(request, context)
    return await server.process(await request.body(), context)


app = FastAPI()
router = APIRouter()
HEADERS = {"Cache-Control": "no-cache", "Connection": "keep-alive", "X-Accel-Buffering": "no"}
EMPTY: dict[str, Any] = {}


@dataclass
class Ctx:
    user_id: str | None = None
    roles: list[str] = field(default_factory=list)


class Model(BaseModel):
    user_id: str = "anonymous"


@app.post("/a")
async def a(request: Request, server: Any = Depends()) -> Response:
    result = await server.process(await request.body(), Ctx())  # CKF309
    return Response(result.json)


@app.post("/b")
async def b(request: Request, server: Any = Depends()) -> Response:
    result = await server.process(await request.body(), Ctx(user_id=request.state.user_id))
    return Response(result.json)


@app.post("/c")
async def c(request: Request, server: Any = Depends()) -> Response:
    result = await server.process(await request.body(), context=EMPTY)  # CKF309
    return Response(result.json)


@app.post("/d")
async def d(request: Request, server: Any = Depends()) -> Response:
    context: dict[str, Any] = {}
    context["user"] = request.user.id
    result = await server.process(await request.body(), context)
    return Response(result.json)


@app.post("/e")
async def e(request: Request, server: Any = Depends()) -> Response:
    result = await server.process(await request.body(), Model())  # CKF309
    return Response(result.json)


@app.post("/f")
async def f(request: Request, server: Any = Depends()) -> Response:
    result = await server.process(await request.body(), {"user_id": None})  # CKF309
    return Response(result.json)


@app.post("/g")
async def g(request: Request, server: Any = Depends()) -> Response:
    return await run(server, await request.body(), context=None)  # CKF309


async def run(server: Any, body: bytes, context: Any) -> Response:
    result = await server.process(body, context)
    return Response(result.json)


class Endpoint(HTTPEndpoint):
    async def post(self, request: Request) -> Response:
        result = await request.app.state.server.process(await request.body(), dict())  # CKF309
        return Response(result.json)


async def h(request: Request) -> Response:
    result = await request.app.state.chat.process(await request.body(), {})  # CKF309
    return Response(result.json)


@app.post("/i")
async def i(request: Request, server: Any = Depends()) -> Response:
    payload = await request.body()
    user = request.state.user
    result = await server.process(payload, {"request": request, "user": user})
    return Response(result.json)


@app.post("/j")
async def j(request: Request, server: Any = Depends()) -> Response:
    result = await server.process(await request.body(), {"locale": "en"})
    return Response(result.json)


async def worker(pipeline: Any, job: Any) -> None:
    await pipeline.process(job, {})


@dataclass
class Visitor:
    user_id: str
    org: str


async def current_visitor(request: Request) -> Visitor:
    return Visitor(request.session["user_id"], request.session["org"])


SHARED = Visitor(user_id="visitor", org="default")
KNOWN = {"user_id": "web"}


@app.post("/k")
async def k(request: Request, user: Annotated[Visitor, Depends(current_visitor)]) -> Response:
    result = await server.process(await request.body(), SHARED)  # CKF309
    return Response(result.json)


@app.post("/l")
async def l(request: Request) -> Response:
    print("asked by", request.state.user.id)
    result = await server.process(await request.body(), KNOWN)  # CKF309
    return Response(result.json)


@app.post("/m")
async def m(request: Request) -> Response:
    result = await server.process(await request.body(), {"user_id": "demo"})
    return Response(result.json)


@app.post("/n")
async def n(request: Request, user: Annotated[Visitor, Depends(current_visitor)]) -> Response:
    context = dict(KNOWN)
    context["user_id"] = user.user_id
    result = await server.process(await request.body(), context)
    return Response(result.json)


@app.post("/o")
async def o(request: Request, user: Annotated[Visitor, Depends(current_visitor)]) -> Response:
    if user.user_id == "probe":
        result = await server.process(await request.body(), KNOWN)
    else:
        result = await server.process(await request.body(), user)
    return Response(result.json)


@app.post("/p")
async def p(request: Request, user: Annotated[Visitor, Depends(current_visitor)]) -> Response:
    result = await server.process(await request.body(), {"by": user.user_id, "tenant": "school"})
    return Response(result.json)
