"""Who is asking: a signed cookie tells visitors apart; nobody signs in.

A first visit gets a random user id. Whoever has a login of their own replaces `current_user`: it
returns the id that all threads of the user are kept under.
"""

import logging
import os
import secrets
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final
from uuid import uuid4

from fastapi import Depends, FastAPI, Request
from starlette.middleware.sessions import SessionMiddleware
from starlette.types import ASGIApp

from ..config import settings

logger = logging.getLogger(__name__)

_SHORTEST_SECRET: Final = 32  # characters


class _SignedCookie(SessionMiddleware):
    """Keep the visitor's id in a cookie that scripts cannot read and nobody can change."""

    def __init__(self, app: ASGIApp) -> None:
        """Take the settings as they are when the application starts."""
        production = settings.environment == "production"
        super().__init__(
            app,
            secret_key=_secret(),
            # The prefix makes browsers hold to what the other options say.
            session_cookie="__Host-visitor" if production else "visitor",
            max_age=settings.session_max_age_days * 86_400,
            same_site="lax",
            https_only=production,
        )


def install(app: FastAPI) -> None:
    """Prepare the application; raises ValueError in production without a secret."""
    if settings.environment == "production" and settings.session_secret is None:
        raise ValueError("Set SESSION_SECRET: production signs its cookies with it")
    if settings.session_secret is not None:
        length = len(settings.session_secret.get_secret_value())
        if length < _SHORTEST_SECRET:
            raise ValueError(f"SESSION_SECRET must have at least {_SHORTEST_SECRET} characters")
    app.add_middleware(_SignedCookie)


async def current_user(request: Request) -> str:
    """Return the visitor's id; a new visitor gets one, and the cookie with the answer."""
    today = datetime.now(UTC).date().isoformat()
    user_id = request.session.get("user_id")
    if not isinstance(user_id, str):
        user_id = request.session["user_id"] = uuid4().hex
    # Written once a day: whoever keeps coming back stays known for ever.
    if request.session.get("seen") != today:
        request.session["seen"] = today
    return user_id


async def rate_key(request: Request) -> str:
    """Return who a request is counted for: the visitor, or the address of one who is new.

    Otherwise leaving out the cookie would leave out the limit.
    """
    user_id = request.session.get("user_id")
    if isinstance(user_id, str):
        return f"user:{user_id}"
    return f"address:{request.client.host if request.client else 'unknown'}"


# In this order: a visitor who has just become one is still new to the limit.
RateKey = Annotated[str, Depends(rate_key)]
CurrentUser = Annotated[str, Depends(current_user)]


def _secret() -> str:
    """Return the secret of the settings, or the one that development keeps in a file."""
    if settings.session_secret is not None:
        return settings.session_secret.get_secret_value()
    path = settings.session_secret_file
    try:
        return _kept_secret(path)
    except OSError as error:
        logger.warning("No SESSION_SECRET, and %s cannot be kept (%s)", path, error.strerror)
        logger.warning("Visitors will be strangers after the next start")
        return secrets.token_urlsafe(32)


def _kept_secret(path: Path) -> str:
    """Return the secret in the file, made if it is missing; raises OSError."""
    if not path.exists():
        with tempfile.NamedTemporaryFile("w", dir=path.parent) as draft:
            draft.write(secrets.token_urlsafe(32))
            draft.flush()
            try:
                # Complete or not there: two processes that start at once agree on one secret.
                os.link(draft.name, path)
                logger.info("No SESSION_SECRET: development keeps one in %s", path)
            except FileExistsError:
                logger.debug("%s was made by another process", path)
    return path.read_text(encoding="utf-8")
