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
