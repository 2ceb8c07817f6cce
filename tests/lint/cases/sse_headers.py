from chatkit.server import StreamingResult
from fastapi.responses import StreamingResponse
from starlette.responses import StreamingResponse as Streaming
from typing import Any
from chatkit.server import ChatKitServer
from fastapi import FastAPI, Request, Response as FResponse
from fastapi.responses import Response
import starlette.responses as sr
from sse_starlette.sse import EventSourceResponse
from django.http import StreamingHttpResponse
from aiohttp import web
from quart import make_response, Response as QResponse
from litestar.response import Stream

SOME = {"Cache-Control": "no-cache"}
ALL = {"cache-control": "no-cache", "Connection": "keep-alive", "X-Accel-Buffering": "no"}


def none(result: StreamingResult) -> StreamingResponse:
    return StreamingResponse(result, media_type="text/event-stream")  # CKF307


def some(result: StreamingResult) -> Streaming:
    return Streaming(
        result,
        media_type="text/event-stream",
        headers=SOME,  # CKF307
    )


def every(result: StreamingResult) -> StreamingResponse:
    return StreamingResponse(result, media_type="text/event-stream", headers=ALL)


def computed(result: StreamingResult, headers: dict[str, str]) -> StreamingResponse:
    return StreamingResponse(result, media_type="text/event-stream", headers=headers)


def spread(result: StreamingResult) -> StreamingResponse:
    return StreamingResponse(result, media_type="text/event-stream", headers={**ALL, "A": "b"})


def later(result: StreamingResult) -> StreamingResponse:
    response = StreamingResponse(result, media_type="text/event-stream")  # CKF307
    response.headers["Cache-Control"] = "no-cache"
    return response


def all_later(result: StreamingResult) -> StreamingResponse:
    response = StreamingResponse(result, media_type="text/event-stream")
    response.headers["Cache-Control"] = "no-cache"
    response.headers.update({"Connection": "keep-alive", "X-Accel-Buffering": "no"})
    return response


def file(chunks: list[bytes]) -> StreamingResponse:
    return StreamingResponse(iter(chunks), media_type="application/pdf")


SSE = "text/event-stream"


def by_name(result: StreamingResult) -> StreamingResponse:
    return StreamingResponse(result, media_type=SSE)  # CKF307


def local(result: StreamingResult) -> StreamingResponse:
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return StreamingResponse(result, media_type=SSE, headers=headers)  # CKF307


def merged(result: StreamingResult) -> StreamingResponse:
    return StreamingResponse(result, media_type=SSE, headers={**SOME, "A": "b"})  # CKF307


def one_by_one(result: StreamingResult) -> StreamingResponse:
    headers: dict[str, str] = {}
    headers["Cache-Control"] = "no-cache"
    headers["Connection"] = "keep-alive"
    headers["X-Accel-Buffering"] = "no"
    return StreamingResponse(result, media_type=SSE, headers=headers)


class EventStream(StreamingResponse):
    media_type = "text/event-stream"

    def __init__(self, content: object) -> None:
        super().__init__(content, headers=dict(ALL))
        self.headers.setdefault("Cache-Control", "no-cache")
        self.headers.setdefault("Connection", "keep-alive")
        self.headers.setdefault("X-Accel-Buffering", "no")


class Bare(StreamingResponse):
    media_type = "text/event-stream"


def own(result: StreamingResult) -> StreamingResponse:
    return EventStream(result)


def bare(result: StreamingResult) -> StreamingResponse:
    return Bare(result)  # CKF307


def for_streams() -> dict[str, str]:
    return {"Cache-Control": "no-cache", "Connection": "keep-alive", "X-Accel-Buffering": "no"}


def made(result: StreamingResult) -> StreamingResponse:
    return StreamingResponse(result, media_type=SSE, headers=for_streams())


def each(result: StreamingResult) -> StreamingResponse:
    response = StreamingResponse(result, media_type=SSE)
    for name, value in ALL.items():
        response.headers[name] = value
    return response


BASE = {"Cache-Control": "no-cache"}
FULL = {**BASE, "Connection": "keep-alive", "X-Accel-Buffering": "no"}
app = FastAPI()
MEDIA = "text/event-stream"


class FullStream(StreamingResponse):
    media_type = "text/event-stream"

    def __init__(self, content: Any, **kwargs: Any) -> None:
        super().__init__(content, headers=FULL, **kwargs)


class PlainStream(StreamingResponse):
    media_type = "text/event-stream"


def a(result: Any) -> Any:
    return FullStream(result)


def b(result: Any) -> Any:
    return PlainStream(result)  # CKF307


def c(result: Any) -> Any:
    return StreamingResponse(result, media_type=MEDIA, headers=BASE)  # CKF307


def d(result: Any) -> Any:
    return StreamingResponse(result, media_type=MEDIA, headers=FULL)


def e(result: Any) -> Any:
    return sr.StreamingResponse(result, 200, None, "text/event-stream")  # CKF307


def f(result: Any) -> Any:
    response = StreamingResponse(result, media_type="text/event-stream")
    for name, value in FULL.items():
        response.headers[name] = value
    return response


def g(result: Any) -> Any:
    response = StreamingHttpResponse(result, content_type="text/event-stream")
    response.headers.update(FULL)
    return response


def h(result: Any) -> Any:
    return StreamingResponse(result, headers={"Content-Type": "text/event-stream"})  # CKF307


def i(result: Any) -> Any:
    return StreamingResponse(result, headers={"Content-Type": "text/event-stream", **FULL})


def j(result: Any) -> Any:
    return EventSourceResponse(result)


def k(result: Any) -> Any:
    return stream(result, {"Cache-Control": "no-store"})  # CKF307


def stream(result: Any, headers: dict[str, str]) -> Any:
    return StreamingResponse(result, media_type="text/event-stream", headers=headers)


def l(result: Any) -> Any:
    return stream2(result)


def stream2(result: Any, headers: dict[str, str] = FULL) -> Any:
    return StreamingResponse(result, media_type="text/event-stream", headers=headers)


def m(result: Any) -> Any:
    return StreamingResponse(result, media_type="text/event-stream", headers=_headers())


def _headers() -> dict[str, str]:
    return {"Cache-Control": "no-cache", "Connection": "keep-alive", "X-Accel-Buffering": "no"}


def n(result: Any) -> Any:
    headers = dict(FULL)
    headers["X-Request-Id"] = "1"
    return StreamingResponse(result, media_type="text/event-stream", headers=headers)


def o(result: Any) -> Any:
    headers = dict(BASE, Connection="keep-alive")
    return StreamingResponse(result, media_type="text/event-stream", headers=headers)  # CKF307


def p(rows: Any) -> Any:
    return StreamingResponse(rows, media_type="text/csv")


async def q(request: Any, result: Any) -> Any:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})  # CKF307
    await response.prepare(request)
    async for chunk in result:
        await response.write(chunk)
    return response


def r(result: Any) -> Any:
    return sr.StreamingResponse(
        content=result,
        media_type="text/event-stream; charset=utf-8",
        headers={"cache-control": "no-cache", "x-accel-buffering": "no"},  # CKF307
    )


class OwnStream(StreamingResponse):
    def __init__(self, result: StreamingResult) -> None:
        super().__init__(result, media_type="text/event-stream")  # CKF307


def s(result: Any) -> Any:
    return OwnStream(result)
