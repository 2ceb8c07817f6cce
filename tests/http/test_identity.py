"""Who is asking comes from a signed cookie, never from the body, and never from another site."""

import json
import stat

import httpx
import pytest

from .. import loopback
from .application import Application, database, generated, refused_to_start, serving
from .protocol import begin, body, call, message

SECRET = "s" * 32
LIST = body("threads.list", {})
SITE = "https://book.example.com"


def cookie_of(response: httpx.Response) -> tuple[str, set[str]]:
    """Return the name of the cookie that a response sets, and its attributes."""
    pair, *attributes = response.headers["set-cookie"].split(";")
    return pair.partition("=")[0], {attribute.strip().lower() for attribute in attributes}


def test_a_visitor_stays_the_same_one(application: Application) -> None:
    """The cookie is set once, is out of the reach of scripts and of other sites, and is enough."""
    with application.client() as client:
        first = client.post("/chatkit", json=LIST)
        name, attributes = cookie_of(first)
        assert name == "visitor"
        assert {"httponly", "samesite=lax", "path=/"} <= attributes
        assert "set-cookie" not in client.post("/chatkit", json=LIST).headers
        thread_id = begin(client)
        with application.client({"cookie": f"visitor={client.cookies['visitor']}"}) as again:
            assert call(again, "threads.list", {})["data"][0]["id"] == thread_id


@pytest.mark.parametrize("change", ["x{0}", "{0}x", "", "eyJ1c2VyX2lkIjogInJvb3QifQ==.x.y"])
def test_a_cookie_that_was_changed_is_nobody(application: Application, change: str) -> None:
    """A forged cookie is a new visitor's first request."""
    with application.client() as client:
        begin(client)
        forged = change.format(client.cookies["visitor"])
        response = loopback.post(
            f"{application.url}/chatkit", json=LIST, headers={"cookie": f"visitor={forged}"}
        )
        assert (response.status_code, response.json()["data"]) == (200, [])
        assert cookie_of(response)[0] == "visitor"


def test_an_id_in_the_body_is_nobodys(application: Application) -> None:
    """What a body says about the user does not open anybody's threads."""
    with application.client() as alice, application.client() as mallory:
        begin(alice)
        for claim in ({"metadata": {"user_id": "alice"}}, {"user_id": "alice"}):
            response = mallory.post("/chatkit", json=LIST | claim)
            assert response.json()["data"] == []


def test_production_sends_its_cookie_over_https_only() -> None:
    """In production the cookie is secure and its name makes browsers hold to that."""
    settings = database("sqlite") | {"ENVIRONMENT": "production", "SESSION_SECRET": SECRET}
    with serving(generated("sqlite"), settings) as application:
        name, attributes = cookie_of(loopback.post(f"{application.url}/chatkit", json=LIST))
        assert name == "__Host-visitor"
        assert {"secure", "httponly", "samesite=lax", "path=/"} <= attributes


def test_production_does_not_start_without_a_secret() -> None:
    """One clear line, whichever way it is started."""
    production = database("sqlite") | {"ENVIRONMENT": "production"}
    folder = generated("sqlite")
    by_uvicorn = ("uvicorn", "app.main:app")
    assert "SESSION_SECRET" in refused_to_start(folder, production)
    assert "SESSION_SECRET" in refused_to_start(folder, production, by_uvicorn)
    assert "SESSION_SECRET" in refused_to_start(folder, production | {"SESSION_SECRET": ""})
    assert "32" in refused_to_start(folder, production | {"SESSION_SECRET": "short"})


def test_development_keeps_a_secret_to_itself(application: Application) -> None:
    """The file that development keeps its secret in is for its owner's eyes."""
    with application.client() as client:
        call(client, "threads.list", {})
    file = generated("sqlite") / ".session_secret"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(file.read_text(encoding="utf-8")) >= 32


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"origin": "{own}"}, 200),
        ({"origin": "{own}", "sec-fetch-site": "same-origin"}, 200),
        ({"origin": "https://public.example", "sec-fetch-site": "same-origin"}, 200),
        ({"sec-fetch-site": "none"}, 200),
        ({"origin": SITE}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://["}, 403),
        ({"origin": SITE, "sec-fetch-site": "cross-site"}, 403),
        ({"origin": "{own}", "sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
    ],
)
def test_pages_of_other_sites_are_refused(
    application: Application, headers: dict[str, str], status: int
) -> None:
    """What browsers say about where a request comes from decides."""
    sent = {name: value.format(own=application.url) for name, value in headers.items()}
    response = loopback.post(f"{application.url}/chatkit", json=LIST, headers=sent)
    assert response.status_code == status, response.text
    assert "access-control-allow-origin" not in response.headers


def test_other_sites_are_let_in_by_setting() -> None:
    """A named origin may ask and read, with its cookie; another one may not."""
    settings = database("sqlite") | {"CORS_ORIGINS": f'["{SITE}"]'}
    preflight = {
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type",
    }
    with serving(generated("sqlite"), settings) as application, application.client() as client:
        site = {"origin": SITE, "sec-fetch-site": "cross-site"}
        asked = client.options("/chatkit", headers=site | preflight)
        assert asked.status_code == 200
        response = client.post("/chatkit", json=LIST, headers=site)
        for answer in (asked, response):
            assert answer.headers["access-control-allow-origin"] == SITE
            assert answer.headers["access-control-allow-credentials"] == "true"
        other = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
        assert client.options("/chatkit", headers=other | preflight).status_code == 400
        assert client.post("/chatkit", json=LIST, headers=other).status_code == 403


def test_everybody_is_no_origin() -> None:
    """A wildcard with cookies would open all threads to all sites."""
    settings = database("sqlite") | {"CORS_ORIGINS": '["*"]'}
    assert "CORS_ORIGINS" in refused_to_start(generated("sqlite"), settings)


@pytest.mark.parametrize(
    "entry",
    [
        "book.example.com",
        "https://book.example.com/",
        "https://book.example.com/lessons",
        "https://Book.example.com",
        "https://*.example.com",
        "https://book.example.com:443",
        "http://book.example.com:80",
        "null",
        "",
    ],
)
def test_what_no_browser_sends_is_no_origin(entry: str) -> None:
    """It would let nobody in, without a word; the line names it and shows what one looks like."""
    settings = database("sqlite") | {"CORS_ORIGINS": json.dumps([SITE, entry])}
    line = refused_to_start(generated("sqlite"), settings)
    assert line == (
        f'CORS_ORIGINS: "{entry}" is no origin as browsers send it; "https://book.example.com" is, '
        "a port behind it only where it is not the usual one"
    )


def test_ports_and_addresses_are_origins() -> None:
    """Whatever browsers may send is taken."""
    origins = [SITE, "http://localhost:3000", "http://[::1]:3000", "https://a-b.example:8443"]
    settings = database("sqlite") | {"CORS_ORIGINS": json.dumps(origins)}
    with serving(generated("sqlite"), settings) as application:
        for origin in origins:
            sent = {"origin": origin, "sec-fetch-site": "cross-site"}
            response = loopback.post(f"{application.url}/chatkit", json=LIST, headers=sent)
            assert response.status_code == 200, origin


def test_a_second_visitor_cannot_go_on_in_a_thread(application: Application) -> None:
    """Over the simple form too, somebody else's thread does not exist."""
    with application.client() as alice, application.client() as bob:
        question = {"query": "Hello", "thread_id": begin(alice)}
        assert bob.post("/assistant/chatkit", json=question).status_code == 404
        assert alice.post("/assistant/chatkit", json=question).status_code == 200
        created = body("threads.create", {"input": message("x")})
        assert bob.post("/chatkit", json=created).status_code == 200
