"""A bearer token says who is asking: one algorithm, this audience, not expired."""

import time
from typing import Any

import httpx
import jwt
import pytest
from app.config import settings
from app.http import auth, errors
from fastapi import FastAPI
from pydantic import SecretStr

pytestmark = pytest.mark.anyio

SECRET = "s" * 32


@pytest.fixture
def anyio_backend() -> str:
    """Run the tests on asyncio, as the server does."""
    return "asyncio"


@pytest.fixture(autouse=True)
def configured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take tokens of this audience that are signed with the secret."""
    monkeypatch.setattr(settings, "jwt_algorithm", "HS256")
    monkeypatch.setattr(settings, "jwt_audience", "book")
    monkeypatch.setattr(settings, "jwt_issuer", "login")
    monkeypatch.setattr(settings, "jwt_secret", SecretStr(SECRET))
    monkeypatch.setattr(settings, "jwt_public_key", None)


def token(key: str = SECRET, algorithm: str = "HS256", **changes: Any) -> str:
    """Return a signed token with these claims; None leaves one out."""
    good = {"sub": "alice", "aud": "book", "iss": "login", "exp": int(time.time()) + 600}
    claims = {name: value for name, value in (good | changes).items() if value is not None}
    return jwt.encode(claims, key, algorithm=algorithm)


async def asked(authorization: str | None) -> httpx.Response:
    """Ask an application that says who is asking."""
    app = FastAPI()
    auth.install(app)
    errors.install(app)

    @app.get("/me")
    async def me(user_id: auth.CurrentUser, key: auth.RateKey) -> list[str]:
        return [user_id, key]

    headers = None if authorization is None else {"authorization": authorization}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.get("/me", headers=headers)


async def test_the_subject_is_the_user() -> None:
    """A good token opens what is kept under its subject."""
    response = await asked(f"Bearer {token(sub='bob')}")
    assert response.json() == ["bob", "user:bob"]


@pytest.mark.parametrize(
    "changes",
    [
        {"key": "x" * 32},
        {"key": "s" * 64, "algorithm": "HS512"},
        {"aud": "shop"},
        {"aud": None},
        {"iss": "somebody"},
        {"exp": int(time.time()) - 3_600},
        {"exp": None},
        {"nbf": int(time.time()) + 3_600},
        {"sub": None},
        {"sub": ""},
    ],
)
async def test_another_token_is_refused(changes: dict[str, Any]) -> None:
    """Whatever is wrong with a token, the answer is 401 with the challenge."""
    response = await asked(f"Bearer {token(**changes)}")
    assert response.status_code == 401
    assert response.json()["error"]["code"] == "unauthorized"
    assert response.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("authorization", [None, "Bearer", "Bearer x.y.z", "Basic YTpi"])
async def test_without_a_token_nothing_opens(authorization: str | None) -> None:
    """No header, no token in it, or another scheme."""
    assert (await asked(authorization)).status_code == 401


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("jwt_audience", None),
        ("jwt_secret", None),
        ("jwt_secret", SecretStr("short")),
        ("jwt_algorithm", "RS256"),
    ],
)
async def test_without_a_key_it_does_not_start(
    monkeypatch: pytest.MonkeyPatch, name: str, value: object
) -> None:
    """A setting that is missing is said at the start."""
    monkeypatch.setattr(settings, name, value)
    with pytest.raises(ValueError, match="JWT_"):
        auth.install(FastAPI())
