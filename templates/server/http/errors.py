"""Every refusal is one JSON object: a code for programs and one clear line for people."""

import binascii
import re
from collections.abc import Sequence
from http import HTTPStatus

from chatkit.errors import CustomStreamError
from chatkit.store import NotFoundError
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from starlette.exceptions import HTTPException

# {% if attachments %}
from ..attachments.errors import AttachmentRefused

# {% endif %}
from ..stores.errors import StoreUnavailable

_STORE_DOWN = "Your conversations cannot be reached right now. Please try again in a moment."


class Refusal(Exception):
    """Turn a request down with a status, a code and a message; headers where the status has any."""

    def __init__(
        self, status: int, code: str, message: str, headers: dict[str, str] | None = None
    ) -> None:
        """Keep what the answer is made of."""
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers

    def response(self) -> JSONResponse:
        """Return the answer."""
        return error_response(self.status, self.code, self.message, self.headers)


def error_response(
    status: int, code: str, message: str, headers: dict[str, str] | None = None
) -> JSONResponse:
    """Return the one form that errors have."""
    content = {"error": {"code": code, "message": message}}
    return JSONResponse(content, status, headers)


def install(app: FastAPI) -> None:
    """Let the application answer with `error_response` wherever it would answer otherwise."""
    kinds: tuple[type[Exception], ...] = (
        Refusal,
        NotFoundError,
        StoreUnavailable,
        RequestValidationError,
        HTTPException,
    )
    for kind in kinds:
        app.add_exception_handler(kind, _answer)
    # {% if attachments %}
    app.add_exception_handler(AttachmentRefused, _answer)
    # {% endif %}


async def _answer(request: Request, error: Exception) -> JSONResponse:
    """Return the answer to an error that a route let through; others are not handled here."""
    match error:
        case Refusal():
            return error.response()
        case NotFoundError():
            return error_response(404, "not_found", str(error) or "Not found")
        case StoreUnavailable():
            return error_response(503, "store_unavailable", _STORE_DOWN, {"Retry-After": "5"})
        case RequestValidationError():
            first = error.errors()[0]
            line = _first_line(first["loc"], first["msg"])
            return error_response(422, "invalid_request", line)
        # {% if attachments %}
        case AttachmentRefused():
            return error_response(error.status, error.code, error.message)
        # {% endif %}
        case HTTPException():
            code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_")
            headers = dict(error.headers) if error.headers else None
            return error_response(error.status_code, code, str(error.detail), headers)
        case _:
            raise error


def invalid(error: ValidationError) -> Refusal:
    """Return the refusal of a body, for the first thing that is wrong with it.

    The value itself is not repeated: it may be long, and somebody's words.
    """
    first = error.errors(include_url=False, include_input=False)[0]
    match first["type"]:
        case "union_tag_invalid":
            return Refusal(422, "unknown_type", "There is no request of this type")
        case "union_tag_not_found":
            return Refusal(422, "unknown_type", "The request has no `type`")
        case _:
            return Refusal(422, "invalid_request", _first_line(first["loc"], first["msg"]))


def refused(error: Exception) -> Refusal | None:
    """Return the refusal of a request that the assistant or the store turned down, else None.

    They say so before anything is written. A ValueError's subclasses are bugs, not refusals: a
    stored record that does not parse, for one.
    """
    match error:
        case CustomStreamError():
            return Refusal(400, "refused", error.message)
        case NotImplementedError():
            return Refusal(400, "not_supported", "This assistant does not offer that")
        case binascii.Error():
            return Refusal(422, "invalid_request", "params.audio_base64: not Base64")
        case ValueError() if type(error) is ValueError:
            return Refusal(400, "bad_request", str(error) or "The request cannot be carried out")
        case _:
            return None


def _first_line(location: Sequence[int | str], message: str) -> str:
    """Return one line for a problem that pydantic found: where, and what."""
    path = ".".join(str(part) for part in location)
    return re.sub(r"\s+", " ", f"{path}: {message}" if path else message)
