"""Around each request: its id, the headers of its answer, one line in the log.

The line holds no text of any message and no query, which may carry an upload token.
"""

import logging
import re
import time
from contextvars import ContextVar
from typing import Final
from urllib.parse import quote
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..assistant.failures import failure
from ..config import settings
from .errors import error_response

logger = logging.getLogger(__name__)

# Tasks inherit it: what an answer logs carries the id of the request that asked for it.
current_request: ContextVar[str] = ContextVar("current_request", default="-")

_HEADER: Final = "x-request-id"
# A proxy's id is taken over; anything that could break a line of the log is not.
_TRUSTED_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
# Defaults; a page brings a policy of its own.
_HEADERS: Final = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}


class RequestLog:
    """Wrap the whole application, so that what breaks inside is answered and logged as well."""

    def __init__(self, app: ASGIApp) -> None:
        """Keep the application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(_HEADER, "")
        request_id = given if _TRUSTED_ID.fullmatch(given) else uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        current_request.set(request_id)
        begun, status = time.monotonic(), 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers[_HEADER] = request_id
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except Exception as error:
            event = failure(error, request_id)  # It logs the error.
            if status:
                raise  # Only a broken connection tells the client now.
            answer = error_response(500, "internal_error", event.message or "Something went wrong")
            await answer(scope, receive, send_with_headers)
        finally:
            logger.info(
                "%s %s %s in %.0f ms",
                scope["method"],
                quote(scope["path"]),
                status or "unanswered",
                1000 * (time.monotonic() - begun),
            )


class _WithRequestId(logging.Filter):
    """Give every record the id of the request it was written in."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Add the id; keep every record."""
        record.request_id = current_request.get()
        return True


def _told_once(record: logging.LogRecord) -> bool:
    """Leave out what the SDK logs of an error that it raises: we answer, and log what is ours."""
    return record.msg != "Error while generating streamed response"


def configure_logging() -> None:
    """Write the log to stderr, unless the process has set up logging already."""
    # Uvicorn's own lines repeat ours, with the query.
    logging.getLogger("uvicorn.access").disabled = True
    logging.getLogger("chatkit").addFilter(_told_once)
    if logging.root.handlers:
        return
    handler = logging.StreamHandler()
    handler.addFilter(_WithRequestId())
    handler.setFormatter(
        logging.Formatter("%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s")
    )
    logging.root.addHandler(handler)
    logging.root.setLevel(settings.log_level)
    # The SDK prints its lines itself when LOG_LEVEL is in the environment.
    logging.getLogger("chatkit").handlers.clear()
