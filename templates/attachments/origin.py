"""Files come from any site that holds a signed link.

OpenAI's component uploads from a frame of its own site. Such a request needs no cookie: the
link's signature is the permission.
"""

from collections.abc import Callable

from fastapi.middleware.cors import CORSMiddleware
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from ..config import settings


class Uploads:
    """Answer every origin where files are uploaded, but without cookies."""

    def __init__(self, app: ASGIApp, named: Callable[[ASGIApp], ASGIApp]) -> None:
        """Leave all the rest, and the origins of the settings, to `named`."""
        self._named = named(app)
        self._open = CORSMiddleware(
            app, allow_origins=["*"], allow_methods=["PUT"], allow_headers=["Content-Type"]
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run one request."""
        if is_upload(scope) and Headers(scope=scope).get("origin") not in settings.cors_origins:
            await self._open(scope, receive, send)
        else:
            await self._named(scope, receive, send)


def is_upload(scope: Scope) -> bool:
    """Say whether the request is for an attachment's own address."""
    return scope["type"] == "http" and scope["path"].startswith("/attachments/")
