"""Starlette application; API keys are kept hashed and resolved by a pure ASGI middleware."""

import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiosqlite
from chatkit.server import StreamingResult
from chatkit.store import NotFoundError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from .server import NotebookServer
from .store import NotebookStore, Researcher


class ApiKeyMiddleware:
    def __init__(self, app: ASGIApp, keys_path: str) -> None:
        self.app = app
        self.keys_path = keys_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scheme, _, key = HTTPConnection(scope).headers.get("authorization", "").partition(" ")
        researcher = await self._resolve(key) if scheme.lower() == "bearer" and key else None
        if researcher is None:
            await PlainTextResponse("unauthorized", 401)(scope, receive, send)
            return
        scope.setdefault("state", {})["researcher"] = researcher
        await self.app(scope, receive, send)

    async def _resolve(self, key: str) -> Researcher | None:
        digest = hashlib.sha256(key.encode()).hexdigest()
        async with aiosqlite.connect(self.keys_path) as db:
            async with db.execute(
                "SELECT lab, login FROM api_key WHERE digest = ? AND revoked_at IS NULL", (digest,)
            ) as cursor:
                row = await cursor.fetchone()
        return Researcher(lab=row[0], login=row[1]) if row else None


def sse(result: StreamingResult) -> StreamingResponse:
    response = StreamingResponse(result, media_type="text/event-stream")
    response.headers["cache-control"] = "no-cache"
    response.headers["connection"] = "keep-alive"
    response.headers["x-accel-buffering"] = "no"
    return response


async def chatkit(request: Request) -> Response:
    server: NotebookServer = request.app.state.server
    result = await server.process(await request.body(), request.state.researcher)
    match result:
        case StreamingResult():
            return sse(result)
        case _:
            return Response(result.json, media_type="application/json")


async def missing(request: Request, exc: Exception) -> Response:
    return JSONResponse({"error": {"code": "not_found"}}, status_code=404)


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    store = NotebookStore(os.environ["NOTEBOOK_DB"])
    await store.start()
    app.state.server = NotebookServer(
        store, os.environ["NOTEBOOK_MODEL"], int(os.environ["NOTEBOOK_WINDOW"])
    )
    try:
        yield
    finally:
        await store.stop()


app = Starlette(
    routes=[Route("/v1/chatkit", chatkit, methods=["POST"])],
    middleware=[Middleware(ApiKeyMiddleware, keys_path=os.environ["NOTEBOOK_KEYS_DB"])],
    exception_handlers={NotFoundError: missing},
    lifespan=lifespan,
)
