"""Serve the pages in `web/`, each with what it may load and from where."""

import logging
import os
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from fastapi.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from ..config import settings

logger = logging.getLogger(__name__)

_SELF: Final = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
    "script-src 'self'; style-src 'self'; font-src 'self'; connect-src 'self'; "
    "img-src 'self' data: blob:"
)
# The page with OpenAI's web component: its script and its frame come from OpenAI, and it brings
# styles that stand in the page itself.
_COMPONENT: Final = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
    "script-src 'self' https://cdn.platform.openai.com; "
    "style-src 'self' 'unsafe-inline'; font-src 'self' https://cdn.platform.openai.com; "
    "frame-src https://cdn.platform.openai.com; "
    "connect-src 'self' https://cdn.platform.openai.com https://api.openai.com; "
    "img-src 'self' data: blob: https:"
)
_POLICIES: Final = {"chatkit.html": _COMPONENT}


class _Pages(StaticFiles):
    """Give each file the policy that is meant for it."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the file, or raise HTTPException with 404."""
        return _with_headers(await super().get_response(path, scope), os.path.basename(path))


def install(app: FastAPI) -> None:
    """Serve `web/index.html` at / and the folder at /web; nothing where the folder is gone.

    Raise ValueError when the settings name another folder, and that is not there.
    """
    folder = _folder()
    if folder is None:
        logger.info("no folder `web`: only the API is served")
        return
    index = folder / "index.html"

    @app.get("/", include_in_schema=False)
    async def page() -> Response:
        """Return the sample page."""
        return _with_headers(FileResponse(index), index.name)

    app.mount("/web", _Pages(directory=folder))


def _folder() -> Path | None:
    """Return the folder of the settings, or `web` beside the package or up to two levels above."""
    if settings.web_dir is not None:
        if not (settings.web_dir / "index.html").is_file():
            raise ValueError(f"WEB_DIR: there is no index.html in {settings.web_dir}")
        return settings.web_dir
    around = Path(__file__).resolve().parents[2:5]
    return next((up / "web" for up in around if (up / "web" / "index.html").is_file()), None)


def _with_headers(response: Response, name: str) -> Response:
    """Add the policy, and let browsers ask whether a file is still the same."""
    response.headers["Content-Security-Policy"] = _POLICIES.get(name, _SELF)
    response.headers["Cache-Control"] = "no-cache"
    return response
