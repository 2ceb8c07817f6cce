"""A signed cookie tells visitors apart, and nothing else does."""

import stat
from pathlib import Path
from types import SimpleNamespace
from typing import Literal

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from app.config import settings
from app.http import auth, errors
from app.http.rate_limit import RateLimits

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    """Run the tests on asyncio, as the server does."""
    return "asyncio"


@pytest.fixture(autouse=True)
def secret_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Set a secret, and keep the file for development's own out of the project."""
    monkeypatch.setattr(settings, "environment", "development")
    monkeypatch.setattr(settings, "session_secret", SecretStr("s" * 32))
    monkeypatch.setattr(settings, "session_secret_file", tmp_path / "secret")
    monkeypatch.setattr(settings, "address_rate_limit", "10/hour")
    monkeypatch.setattr(settings, "rate_limit_storage", SecretStr("async+memory://"))
    return tmp_path / "secret"


def browser(cookie: str | None = None) -> httpx.AsyncClient:
    """Return a browser in front of an application that says who is asking, and counted for whom."""
    app = FastAPI()
    app.state.running = SimpleNamespace(limits=RateLimits())
    errors.install(app)
    auth.install(app)

    @app.get("/me")
    async def me(user_id: auth.CurrentUser, key: auth.RateKey) -> list[str]:
        return [user_id, key]

    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="https://book.example.com",
        headers=None if cookie is None else {"cookie": cookie},
    )


def permissions(file: Path) -> int:
    """Return who may read and write the file."""
    return stat.S_IMODE(file.stat().st_mode)


async def who(client: httpx.AsyncClient) -> tuple[str, str]:
    """Return the id of who is asking and what the limits count."""
    response = await client.get("/me")
    user_id, key = response.json()
    return user_id, key


async def test_a_visitor_stays_the_same_one() -> None:
    """A new visitor is counted by address, a known one by the id that the cookie holds."""
    async with browser() as client:
        user_id, key = await who(client)
        assert key.startswith("address:")
        assert await who(client) == (user_id, f"user:{user_id}")
    async with browser() as another:
        assert (await who(another))[0] != user_id


async def test_an_address_brings_so_many_new_visitors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond them only those who are known go on, however many share the address."""
    monkeypatch.setattr(settings, "address_rate_limit", "2/hour")
    async with browser() as client:
        user_id, _ = await who(client)
        value = client.cookies["visitor"]
        for status in (200, 429):
            client.cookies.clear()
            assert (await client.get("/me")).status_code == status
        client.cookies.set("visitor", value, "book.example.com")
        assert (await who(client))[0] == user_id


@pytest.mark.parametrize("environment", ["development", "production"])
async def test_scripts_and_other_sites_cannot_use_the_cookie(
    monkeypatch: pytest.MonkeyPatch, environment: Literal["development", "production"]
) -> None:
    """The cookie is out of their reach; in production it travels over https only."""
    monkeypatch.setattr(settings, "environment", environment)
    async with browser() as client:
        cookie = (await client.get("/me")).headers["set-cookie"].lower()
    production = environment == "production"
    assert cookie.startswith("__host-visitor=") == production
    assert ("secure" in cookie) == production
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


async def test_a_changed_cookie_is_nobodys(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cookie that was changed, or signed with another secret, makes a new visitor."""
    async with browser() as client:
        user_id, _ = await who(client)
        value = client.cookies["visitor"]
    for forged in (f"x{value}", value[:-1], "", value.partition(".")[0]):
        async with browser(f"visitor={forged}") as client:
            assert (await who(client))[0] != user_id
    monkeypatch.setattr(settings, "session_secret", SecretStr("t" * 32))
    async with browser(f"visitor={value}") as client:
        assert (await who(client))[0] != user_id


async def test_development_keeps_its_own_secret(
    monkeypatch: pytest.MonkeyPatch, secret_file: Path
) -> None:
    """Without a secret visitors stay known after a restart, and only we can read the file."""
    monkeypatch.setattr(settings, "session_secret", None)
    async with browser() as client:
        user_id, _ = await who(client)
        value = client.cookies["visitor"]
    assert permissions(secret_file) == 0o600
    async with browser(f"visitor={value}") as client:
        assert (await who(client))[0] == user_id


@pytest.mark.parametrize("secret", [None, SecretStr(""), SecretStr("short")])
async def test_production_does_not_start_without_a_secret(
    monkeypatch: pytest.MonkeyPatch, secret: SecretStr | None
) -> None:
    """A secret that is missing or short is said at the start."""
    monkeypatch.setattr(settings, "environment", "production")
    monkeypatch.setattr(settings, "session_secret", secret)
    with pytest.raises(ValueError, match="SESSION_SECRET"):
        auth.install(FastAPI())
