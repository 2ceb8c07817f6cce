import logging
import traceback
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import web
from chatkit.errors import CustomStreamError
from chatkit.store import NotFoundError
from chatkit.types import AssistantMessageContent, ErrorEvent
from django.http import JsonResponse
from fastapi import FastAPI, HTTPException
from fastapi.responses import JSONResponse
import json
from chatkit.errors import StreamError, ErrorCode
from chatkit.server import ChatKitServer, StreamingResult
from chatkit.types import NoticeEvent, ProgressUpdateEvent, ThreadStreamEvent, ThreadMetadata, AssistantMessageItem, ThreadItemDoneEvent
from fastapi import Request
from fastapi.responses import PlainTextResponse, Response
from agents import function_tool, RunContextWrapper
from pydantic import ValidationError
import httpx

app = FastAPI()


class OutOfCredit(Exception):
    """Says to users what they can do."""


def told(work: object) -> object:
    try:
        return work
    except RuntimeError as error:
        return ErrorEvent(message=str(error), allow_retry=True)  # CKF312
    except ValueError as error:
        raise HTTPException(500, detail=f"failed: {error}")  # CKF312
    except Exception as error:
        logging.exception("failed")
        return JSONResponse({"error": repr(error)}, status_code=500)  # CKF312


def traced(work: object) -> object:
    try:
        return work
    except Exception:
        return JsonResponse({"error": traceback.format_exc()}, status=500)  # CKF312


def by_name(work: object) -> object:
    try:
        return work
    except Exception as error:
        message = f"Something went wrong: {error}"
        return ErrorEvent(message=message, allow_retry=True)  # CKF312


def old(work: object) -> object:
    try:
        return work
    except KeyError as error:
        raise CustomStreamError("no %s" % error, allow_retry=False)  # CKF312
    except Exception as error:
        return web.json_response({"error": "failed: {}".format(error)})  # CKF312


async def said(work: Any) -> AsyncIterator[Any]:
    try:
        yield work
    except Exception as error:
        yield AssistantMessageContent(text="Sorry: " + str(error))  # CKF312


async def framed(work: Any) -> AsyncIterator[str]:
    try:
        yield work
    except Exception as error:
        yield f"data: {error}\n\n"  # CKF312


@app.post("/chatkit")
async def route(work: Any) -> dict[str, str]:
    try:
        return work
    except Exception as error:
        return {"error": str(error)}  # CKF312


@app.exception_handler(Exception)
async def on_error(request: Any, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": str(error)}, status_code=500)  # CKF312


def failure(text: str) -> ErrorEvent:
    return ErrorEvent(message=text, allow_retry=True)


def helped(work: object) -> object:
    try:
        return work
    except Exception as error:
        return failure(str(error))  # CKF312


def kept(work: object) -> object:
    try:
        return work
    except NotFoundError as error:
        raise HTTPException(404, detail=str(error))
    except Exception as error:
        logging.error("failed: %s", error)
        return ErrorEvent(message="Something went wrong.", allow_retry=True)


def own(work: object) -> object:
    try:
        return work
    except OutOfCredit as error:
        return ErrorEvent(message=str(error), allow_retry=False)
    except ValueError as error:
        raise HTTPException(status_code=400, detail=str(error)) from error
    except Exception as error:
        logging.exception("failed")
        raise HTTPException(500, detail="internal error") from error


def chosen(work: object, debug: bool) -> object:
    try:
        return work
    except Exception as error:
        text = str(error) if isinstance(error, OutOfCredit) else "Something went wrong."
        shown = repr(error) if debug else text
        return ErrorEvent(message=shown, allow_retry=True)


def counted(work: object) -> object:
    try:
        return work
    except Exception as error:
        logging.warning("failed: %r", error)
        return JSONResponse({"kind": type(error).__name__}, status_code=500)


def kept_short(work: object) -> object:
    try:
        return work
    except Exception as error:
        logging.warning(traceback.format_exc())
        return failure("Something went wrong." if error else "")


@app.exception_handler(OutOfCredit)
async def on_credit(request: Any, error: OutOfCredit) -> JSONResponse:
    return JSONResponse({"detail": str(error)}, status_code=402)


app = FastAPI()
log = logging.getLogger()


class Refused(Exception):
    pass


def error_event(text: str) -> ErrorEvent:
    return ErrorEvent(message=text, allow_retry=True)


def from_error(error: Exception) -> ErrorEvent:
    return ErrorEvent(message=f"Failed: {error}", allow_retry=True)  # CKF312


def kind(error: Exception) -> ErrorEvent:
    log.error("failed: %s", error)
    return ErrorEvent(message="Something went wrong", allow_retry=isinstance(error, TimeoutError))


async def a1() -> AsyncIterator[ThreadStreamEvent]:
    try:
        yield await work()
    except Exception as error:
        yield error_event(str(error))  # CKF312


async def a2() -> AsyncIterator[ThreadStreamEvent]:
    try:
        yield await work()
    except Exception as error:
        yield from_error(error)


async def a3() -> AsyncIterator[ThreadStreamEvent]:
    try:
        yield await work()
    except Exception as error:
        log.exception("x: %s", error)
        yield kind(error)


async def a4() -> AsyncIterator[ThreadStreamEvent]:
    try:
        yield await work()
    except httpx.HTTPError as error:
        raise CustomStreamError(f"The service failed: {error!r}", allow_retry=True) from error  # CKF312


async def a5() -> AsyncIterator[ThreadStreamEvent]:
    try:
        yield await work()
    except Refused as error:
        yield ErrorEvent(message=str(error), allow_retry=False)


async def a6() -> AsyncIterator[ThreadStreamEvent]:
    try:
        yield await work()
    except Exception:
        yield ErrorEvent(message=traceback.format_exc(), allow_retry=False)  # CKF312


async def a7() -> AsyncIterator[ThreadStreamEvent]:
    message = None
    try:
        yield await work()
    except Exception as error:
        message = f"failed: {error}"
    if message:
        yield ErrorEvent(message=message, allow_retry=False)  # CKF312


async def a8() -> AsyncIterator[ThreadStreamEvent]:
    try:
        yield await work()
    except Exception as error:
        item = AssistantMessageItem(id="1", thread_id="2", created_at=now(), content=[AssistantMessageContent(text="Sorry: " + str(error))])  # CKF312
        yield ThreadItemDoneEvent(item=item)


async def a9() -> AsyncIterator[ThreadStreamEvent]:
    try:
        yield await work()
    except Exception as error:
        reference = log_error(error)
        yield ErrorEvent(message=f"Something went wrong ({reference}).", allow_retry=True)


def log_error(error: Exception) -> str:
    log.error("x", exc_info=error)
    return "ab12"


async def a10() -> AsyncIterator[ThreadStreamEvent]:
    try:
        yield await work()
    except Exception as error:
        yield ErrorEvent(message=f"{type(error).__name__} happened", allow_retry=True)


@app.exception_handler(Exception)
async def b1(request: Request, exc: Exception) -> Response:
    return JSONResponse({"detail": str(exc)}, status_code=500)  # CKF312


@app.exception_handler(ValidationError)
async def b2(request: Request, exc: ValidationError) -> Response:
    return JSONResponse({"detail": exc.errors()}, status_code=422)


@app.exception_handler(NotFoundError)
async def b3(request: Request, exc: NotFoundError) -> Response:
    return JSONResponse({"detail": str(exc)}, status_code=404)


async def b4(request: Request, exc: Exception) -> Response:
    log.error("failed", exc_info=exc)
    return PlainTextResponse("Internal error", status_code=500)


app.add_exception_handler(Exception, b4)


@app.post("/c1")
async def c1(request: Request, server: Any) -> Response:
    try:
        return await server.process(await request.body(), request)
    except Exception as exc:
        raise HTTPException(500, detail=f"chat failed: {exc}") from exc  # CKF312


@app.post("/c2")
async def c2(request: Request, server: Any) -> Any:
    try:
        return await server.process(await request.body(), request)
    except Exception as exc:
        return {"error": str(exc)}  # CKF312


@app.post("/c3")
async def c3(request: Request, server: Any) -> Any:
    try:
        return await server.process(await request.body(), request)
    except ValueError as exc:
        raise HTTPException(400, detail=str(exc)) from exc


@app.middleware("http")
async def c4(request: Request, call_next: Any) -> Any:
    try:
        return await call_next(request)
    except Exception as exc:
        return JSONResponse({"error": repr(exc)}, 500)  # CKF312


@app.middleware("http")
async def c5(request: Request, call_next: Any) -> Any:
    try:
        return await call_next(request)
    except Exception as exc:
        log.exception("x")
        body = {"error": "internal", "reference": id(exc)}
        return JSONResponse(body, 500)


async def c6(result: Any) -> AsyncIterator[bytes]:
    try:
        async for chunk in result:
            yield chunk
    except Exception as exc:
        yield f"data: {json.dumps({'type': 'error', 'message': str(exc)})}\n\n".encode()  # CKF312


async def c7(result: Any) -> AsyncIterator[bytes]:
    try:
        async for chunk in result:
            yield chunk
    except Exception as exc:
        event = {"type": "error", "message": str(exc)}
        yield b"data: " + json.dumps(event).encode() + b"\n\n"  # CKF312


async def c8(result: Any) -> AsyncIterator[bytes]:
    try:
        async for chunk in result:
            yield chunk
    except Exception as exc:
        log.error("broken off: %s", exc)
        yield b'data: {"type": "error"}\n\n'


def render(exc: Exception) -> str:
    return f"Error: {exc}"


async def c9() -> AsyncIterator[ThreadStreamEvent]:
    try:
        yield await work()
    except Exception as exc:
        yield ErrorEvent(message=render(exc), allow_retry=True)  # CKF312


def friendly(exc: Exception) -> str:
    if isinstance(exc, TimeoutError):
        return "It took too long."
    return "Something went wrong."


async def c10() -> AsyncIterator[ThreadStreamEvent]:
    try:
        yield await work()
    except Exception as exc:
        yield ErrorEvent(message=friendly(exc), allow_retry=True)


class Server(ChatKitServer[Any]):
    async def respond(self, thread: ThreadMetadata, input_user_message: Any, context: Any) -> AsyncIterator[ThreadStreamEvent]:
        try:
            yield await work()
        except Exception as exc:
            async for event in self._failed(thread, str(exc)):  # CKF312
                yield event

    async def _failed(self, thread: ThreadMetadata, text: str) -> AsyncIterator[ThreadStreamEvent]:
        yield NoticeEvent(level="danger", message=text)

    async def other(self) -> AsyncIterator[ThreadStreamEvent]:
        try:
            yield await work()
        except Exception as exc:
            yield self._error(exc)

    def _error(self, exc: BaseException) -> ErrorEvent:
        return ErrorEvent(message=str(exc) or "unknown", allow_retry=True)  # CKF312


@function_tool
async def tool(ctx: RunContextWrapper[Any], q: str) -> str:
    try:
        return await work()
    except Exception as exc:
        await ctx.context.stream(ProgressUpdateEvent(text=f"Search failed: {exc}"))  # CKF312
        return "failed"


@function_tool
async def tool2(ctx: RunContextWrapper[Any], q: str) -> str:
    try:
        return await work()
    except Exception as exc:
        log.warning("x %s", exc)
        return "the search is not available"


def d1(request: Any, server: Any) -> Any:
    from django.http import HttpResponseServerError
    try:
        return server.process(request.body, request)
    except Exception as e:
        return HttpResponseServerError(e)  # CKF312


def d2(error: Exception) -> dict[str, Any]:
    return {"type": "error", "message": str(error)}


def d3(request: Any, server: Any) -> Any:
    try:
        return server.process(request.body, request)
    except Exception as e:
        return JSONResponse(d2(e), status_code=500)  # CKF312
