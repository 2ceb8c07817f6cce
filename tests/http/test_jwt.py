"""Who is asking comes from a bearer token: one algorithm, this audience, not expired."""

import base64
import hmac
import json
import time
from collections.abc import Generator
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from .. import loopback
from .application import Application, generated, refused_to_start, serving
from .protocol import begin, body, call

SECRET = "k" * 32
AUDIENCE = "book"
CLAIMED = {"JWT_AUDIENCE": AUDIENCE, "JWT_ISSUER": "login", "JWT_SECRET": SECRET}
LIST = body("threads.list", {})


def claims(**changes: Any) -> dict[str, Any]:
    """Return the claims of a good token with these changes; None leaves a claim out."""
    good = {"sub": "alice", "aud": AUDIENCE, "iss": "login", "exp": int(time.time()) + 600}
    return {name: value for name, value in (good | changes).items() if value is not None}


def token(key: Any = SECRET, algorithm: str = "HS256", **changes: Any) -> str:
    """Return a signed token."""
    return jwt.encode(claims(**changes), key, algorithm=algorithm)


def encoded(part: bytes) -> str:
    """Return one of the three parts of a token."""
    return base64.urlsafe_b64encode(part).decode().rstrip("=")


def part(content: dict[str, Any]) -> str:
    """Return a part of a token that is JSON."""
    return encoded(json.dumps(content).encode())


def asked(application: Application, authorization: str | None) -> httpx.Response:
    """Ask for the list of threads with this header."""
    headers = {} if authorization is None else {"authorization": authorization}
    return loopback.post(f"{application.url}/chatkit", json=LIST, headers=headers)


@pytest.fixture(scope="module")
def by_token() -> Generator[Application]:
    """Lend an application that takes tokens."""
    with serving(generated("memory", "jwt"), CLAIMED | {"DEMO_WORD_DELAY": "0"}) as application:
        yield application


def test_two_users_do_not_see_each_other(by_token: Application) -> None:
    """The subject of the token is the owner of the threads."""
    alice, bob = ({"authorization": f"Bearer {token(sub=name)}"} for name in ("alice", "bob"))
    with by_token.client(alice) as one, by_token.client(bob) as other:
        thread_id = begin(one)
        assert call(other, "threads.list", {})["data"] == []
        with by_token.client({"authorization": f"bearer {token()}"}) as again:
            assert call(again, "threads.list", {})["data"][0]["id"] == thread_id
        question = {"query": "Hello", "thread_id": thread_id}
        assert other.post("/assistant/chatkit", json=question).status_code == 404


def numbered() -> str:
    """Return a token whose subject is a number, which PyJWT does not sign either."""
    said = f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part(claims(sub=7))}"
    return f"{said}.{encoded(hmac.digest(SECRET.encode(), said.encode(), 'sha256'))}"


def forged() -> dict[str, str | None]:
    """Return headers that must not open anything, by name."""
    good = token()
    head, payload, signature = good.split(".")
    bad = {
        "another key": token("x" * 32),
        "another algorithm": token("k" * 64, "HS512"),
        "no signature": f"{part({'alg': 'none', 'typ': 'JWT'})}.{payload}.",
        "a signature cut off": f"{head}.{payload}.",
        "a changed signature": f"{head}.{payload}.{signature[::-1]}",
        "another audience": token(aud="shop"),
        "no audience": token(aud=None),
        "another issuer": token(iss="somebody"),
        "no issuer": token(iss=None),
        "expired": token(exp=int(time.time()) - 60),
        "no expiry": token(exp=None),
        "not yet": token(nbf=int(time.time()) + 600),
        "no subject": token(sub=None),
        "an empty subject": token(sub=""),
        "a subject that is a number": numbered(),
        "no token": "x",
        "too many parts": f"{good}.{good}",
    }
    headers: dict[str, str | None] = {name: f"Bearer {value}" for name, value in bad.items()}
    return headers | {"no header": None, "no credentials": "Bearer", "another scheme": "Basic YTpi"}


@pytest.mark.parametrize("name", list(forged()))
def test_other_tokens_are_refused(by_token: Application, name: str) -> None:
    """401 as JSON, with the challenge that the standard asks for, and no reason to guess from."""
    response = asked(by_token, forged()[name])
    assert response.status_code == 401, response.text
    assert response.json()["error"]["code"] == "unauthorized"
    assert response.headers["www-authenticate"].startswith("Bearer")
    assert "set-cookie" not in response.headers


def test_a_token_is_asked_for_before_anything_is_read(by_token: Application) -> None:
    """Nobody's body is looked at, however wrong or large it is."""
    for content in (b"{", b" " * 300_000):
        response = loopback.post(f"{by_token.url}/chatkit", content=content)
        assert response.status_code == 401
    assert loopback.get(f"{by_token.url}/healthz").status_code == 200
    assert loopback.get(f"{by_token.url}/readyz").status_code == 200


def pem(key: RSAPrivateKey) -> str:
    """Return the public key as text."""
    kind, form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(kind, form).decode()


def test_a_public_key_is_no_secret() -> None:
    """With RS256 a token that is signed by HS256 with the public key is refused: all know it."""
    key = generate_private_key(65537, 2048)
    settings = {"JWT_AUDIENCE": AUDIENCE, "JWT_ALGORITHM": "RS256", "JWT_PUBLIC_KEY": pem(key)}
    with serving(generated("memory", "jwt"), settings) as application:
        good = token(key, "RS256")
        assert asked(application, f"Bearer {good}").status_code == 200
        # PyJWT itself refuses to make such a token.
        confused = f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{good.split('.')[1]}"
        signature = hmac.digest(pem(key).encode(), confused.encode(), "sha256")
        assert asked(application, f"Bearer {confused}.{encoded(signature)}").status_code == 401


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"JWT_AUDIENCE": ""}, "JWT_AUDIENCE"),
        ({"JWT_SECRET": ""}, "JWT_SECRET"),
        ({"JWT_SECRET": "short"}, "32 bytes"),
        ({"JWT_ALGORITHM": "ES256"}, "JWT_PUBLIC_KEY"),
        ({"JWT_ALGORITHM": "ES256", "JWT_PUBLIC_KEY": "no key"}, "ES256"),
    ],
)
def test_without_a_key_it_does_not_start(changes: dict[str, str], word: str) -> None:
    """One clear line about the setting that is missing or wrong."""
    line = refused_to_start(generated("memory", "jwt"), CLAIMED | changes)
    assert word in line
    assert "short" not in line
