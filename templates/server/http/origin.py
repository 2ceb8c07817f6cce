"""Pages of other sites may not act in a visitor's name; the setting says which ones may.

Browsers say where a request comes from, and pages cannot lie about it. Programs that are no
browsers say nothing: they carry nobody's cookies.
"""

import re
from typing import Final

from fastapi import FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

# {% if attachments %}
from ..attachments.origin import Uploads, is_upload

# {% endif %}
from ..config import settings
from .errors import Refusal

# Compared letter by letter: an entry with a path or the scheme's own port would let nobody in.
_ORIGIN: Final = re.compile(
    r"(?!https://.*:443$|http://.*:80$)[a-z][a-z0-9+.-]*://[a-z0-9._:\[\]-]+"
)


def install(app: FastAPI) -> None:
    """Let pages of `settings.cors_origins` read the answers; raises ValueError for no origins."""
    if "*" in settings.cors_origins:
        raise ValueError("CORS_ORIGINS must name each origin: `*` would open everybody's threads")
    for entry in settings.cors_origins:
        if not _ORIGIN.fullmatch(entry):
            raise ValueError(
                f'CORS_ORIGINS: "{entry}" is no origin as browsers send it; '
                '"https://book.example.com" is, a port behind it only where it is not the usual one'
            )
    # {% if attachments %}
    app.add_middleware(Uploads, named=Named)
    # {% else %}
    if settings.cors_origins:
        app.add_middleware(Named)
    # {% endif %}


class Named(CORSMiddleware):
    """Answer the origins of the settings, which may send cookies and tokens."""

    def __init__(self, app: ASGIApp) -> None:
        """Take the settings as they are when the application starts."""
        super().__init__(
            app,
            allow_origins=settings.cors_origins,
            allow_credentials=True,
            allow_methods=["GET", "POST", "PUT"],
            allow_headers=["Authorization", "Content-Type", "X-Request-ID"],
            expose_headers=["Retry-After", "X-Request-ID"],
        )


async def same_origin(request: Request) -> None:
    """Refuse what a page of a foreign site sends; reading is the browser's own to refuse."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    # {% if attachments %}
    if is_upload(request.scope) and request.method == "PUT":
        return
    # {% endif %}
    origin = request.headers.get("origin")
    if origin in settings.cors_origins:
        return
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        allowed = site in ("same-origin", "none")
    else:
        # The scheme is not compared: a proxy that ends TLS speaks http to us.
        allowed = origin is None or origin.partition("://")[2] == request.headers.get("host")
    if not allowed:
        raise Refusal(403, "foreign_origin", "Pages of this origin may not use the assistant")
