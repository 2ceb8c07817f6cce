"""Read a JSON body, no further than the limit.

FastAPI's own limit answers an announced size in plain text, not in the form our errors have.
"""

from typing import Annotated

from fastapi import Depends, Request
from pydantic_core import from_json
from starlette.requests import ClientDisconnect

from ..config import settings
from .errors import Refusal


async def _json_body(request: Request) -> bytes:
    """Return the body; it is JSON, says so, and is not too large.

    A page of another site can send text unasked, but JSON only after the browser asked us.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refusal(415, "not_json", "The Content-Type must be application/json")
    # What is announced is refused before it is sent; chunks announce nothing and are counted.
    announced = request.headers.get("content-length", "0")
    _check_size(int(announced) if announced.isdecimal() else 0)
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            _check_size(len(body))
    except ClientDisconnect:
        raise Refusal(400, "incomplete", "The body ended early") from None
    try:
        # Pydantic takes NaN and Infinity, too, and no store would give them back.
        from_json(body, allow_inf_nan=False)
    except ValueError:
        raise Refusal(400, "invalid_json", "The body is not JSON") from None
    return bytes(body)


def _check_size(size: int) -> None:
    limit = settings.max_request_bytes
    if size > limit:
        # What is still to come is not read, so the connection cannot be used again.
        headers = {"Connection": "close"}
        raise Refusal(413, "too_large", f"A request may have {limit} bytes", headers)


JsonBody = Annotated[bytes, Depends(_json_body)]
