"""Who is asking: a signed cookie tells visitors apart; nobody signs in.

A first visit gets a random user id. Whoever has a login of their own lets `current_user` return
the id of who is logged in.
"""

import logging
import os
import secrets
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv6Address, IPv6Network, ip_address
from pathlib import Path
from typing import Annotated, Final
from uuid import uuid4

from fastapi import Depends, FastAPI, Request
from starlette.middleware.sessions import SessionMiddleware
from starlette.types import ASGIApp

from ..config import settings
from .running import App

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
    secret = settings.session_secret
    if not secret and settings.environment == "production":
        raise ValueError("Set SESSION_SECRET: production signs its cookies with it")
    if secret and len(secret) < _SHORTEST_SECRET:
        raise ValueError(f"SESSION_SECRET must have at least {_SHORTEST_SECRET} characters")
    app.add_middleware(_SignedCookie)


@dataclass(frozen=True, slots=True)
class _Visitor:
    user_id: str
    is_new: bool


async def _visitor(request: Request, app: App) -> _Visitor:
    """Return who the cookie says it is, or a new visitor, whose answer brings the cookie.

    Raises Refusal when too many new ones come from one address.
    """
    known = request.session.get("user_id")
    if isinstance(known, str):
        visitor = _Visitor(known, False)
    else:
        # Before there is a cookie: a request that is refused later brings one as well.
        await app.limits.count_newcomer(_address(request))
        visitor = _Visitor(uuid4().hex, True)
    # Written once a day: whoever keeps coming back stays known for ever.
    today = datetime.now(UTC).date().isoformat()
    if visitor.is_new or request.session.get("seen") != today:
        request.session.update(user_id=visitor.user_id, seen=today)
    return visitor


async def current_user(visitor: Annotated[_Visitor, Depends(_visitor)]) -> str:
    """Return the id that all threads of the visitor are kept under."""
    return visitor.user_id


async def rate_key(request: Request, visitor: Annotated[_Visitor, Depends(_visitor)]) -> str:
    """Return who a request is counted for: the visitor, or the address of one who is new.

    Otherwise leaving out the cookie would leave out the limit.
    """
    return f"address:{_address(request)}" if visitor.is_new else f"user:{visitor.user_id}"


CurrentUser = Annotated[str, Depends(current_user)]
RateKey = Annotated[str, Depends(rate_key)]


def _address(request: Request) -> str:
    """Return where a request comes from: an IPv4 address, or the network of an IPv6 one.

    It is the proxy's word where uvicorn believes that proxy (FORWARDED_ALLOW_IPS).
    """
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host  # A Unix socket has none, and some proxies say "unknown".
    if not isinstance(address, IPv6Address):
        return host
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    # Whoever has one of these has 2 ** 64 of them.
    return str(IPv6Network((int(address), 64), strict=False))


def _secret() -> str:
    """Return the secret of the settings, or the one that development keeps in a file."""
    if settings.session_secret:
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
