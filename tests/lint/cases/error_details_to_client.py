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
