"""Who is asking: the bearer token of whoever runs the login says so.

Only tokens that name this audience, have not expired and carry a subject are taken, and only with
the one algorithm of the settings: a token's own header decides nothing.
"""

import logging
from typing import Annotated, Final

import jwt
from fastapi import Depends, FastAPI
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from ..config import settings
from .errors import Refusal

logger = logging.getLogger(__name__)

# A secret shorter than the hash can be guessed: RFC 7518, section 3.2.
_SHORTEST_SECRET: Final = {"HS256": 32, "HS384": 48, "HS512": 64}  # bytes
# Seconds that the clocks of two machines may be apart.
_LEEWAY: Final = 10

_bearer = HTTPBearer(auto_error=False)


def install(app: FastAPI) -> None:
    """Check the settings; raises ValueError without an audience or a usable key."""
    if not settings.jwt_audience:
        raise ValueError("Set JWT_AUDIENCE: a token for another service must not open this one")
    key = _key()
    shortest = _SHORTEST_SECRET.get(settings.jwt_algorithm, 0)
    if len(key.encode()) < shortest:
        raise ValueError(f"JWT_SECRET must have {shortest} bytes for {settings.jwt_algorithm}")
    try:
        jwt.get_algorithm_by_name(settings.jwt_algorithm).prepare_key(key)
    except (jwt.PyJWTError, ValueError, TypeError, NotImplementedError) as error:
        reason = f"does not work with {settings.jwt_algorithm} ({type(error).__name__})"
        name = "JWT_SECRET" if settings.jwt_algorithm.startswith("HS") else "JWT_PUBLIC_KEY"
        raise ValueError(f"{name} {reason}") from None


async def current_user(
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> str:
    """Return the token's subject: all threads of the user are kept under it."""
    if bearer is None:
        raise _unauthorized("A bearer token is required", "Bearer")
    try:
        claims = jwt.decode(
            bearer.credentials,
            _key(),
            algorithms=[settings.jwt_algorithm],
            audience=settings.jwt_audience,
            issuer=settings.jwt_issuer,
            leeway=_LEEWAY,
            options={"require": ["exp", "aud", "sub"]},
        )
    except jwt.InvalidTokenError as error:
        logger.info("a token was refused: %s", type(error).__name__)
        problem = "has expired" if isinstance(error, jwt.ExpiredSignatureError) else "is not valid"
        raise _unauthorized(f"The token {problem}", 'Bearer error="invalid_token"') from None
    subject = claims["sub"]
    if not subject:
        raise _unauthorized("The token is not valid", 'Bearer error="invalid_token"')
    return str(subject)


CurrentUser = Annotated[str, Depends(current_user)]


async def rate_key(user_id: CurrentUser) -> str:
    """Return who a request is counted for."""
    return f"user:{user_id}"


RateKey = Annotated[str, Depends(rate_key)]


def _unauthorized(message: str, challenge: str) -> Refusal:
    return Refusal(401, "unauthorized", message, {"WWW-Authenticate": challenge})


def _key() -> str:
    """Return the key that signatures are checked with; raises ValueError when it is not set."""
    if settings.jwt_algorithm.startswith("HS"):
        if not settings.jwt_secret:
            raise ValueError(f"Set JWT_SECRET: {settings.jwt_algorithm} tokens are checked with it")
        return settings.jwt_secret.get_secret_value()
    if not settings.jwt_public_key:
        raise ValueError(f"Set JWT_PUBLIC_KEY: {settings.jwt_algorithm} tokens are checked with it")
    return settings.jwt_public_key
