from chatkit.server import StreamingResult
from fastapi.responses import StreamingResponse
from starlette.responses import StreamingResponse as Streaming

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
