"""Files come from any site that has a signed link; nothing else of another site does."""

from collections.abc import Generator

import httpx
import pytest

from .. import loopback
from .application import Application, database, generated, serving
from .protocol import body, call

FRAME = {"origin": "https://cdn.platform.openai.com", "sec-fetch-site": "cross-site"}
BOOK = {"origin": "https://book.example.com", "sec-fetch-site": "same-site"}
TEXT = b"Once upon a time"
PREFLIGHT = {
    "access-control-request-method": "PUT",
    "access-control-request-headers": "content-type",
}


@pytest.fixture(scope="module")
def running() -> Generator[Application]:
    """Lend an application that one other site may use."""
    settings = database("sqlite") | {"CORS_ORIGINS": f'["{BOOK["origin"]}"]'}
    with serving(generated("sqlite", attachments=True), settings) as application:
        yield application


@pytest.fixture
def client(running: Application) -> Generator[httpx.Client]:
    """Lend a visitor nobody knows yet."""
    with running.client() as client:
        yield client


def link(client: httpx.Client) -> str:
    """Announce a file and return where it is to be uploaded."""
    params = {"name": "a.txt", "size": len(TEXT), "mime_type": "text/plain"}
    created = call(client, "attachments.create", params)
    return str(created["upload_descriptor"]["url"])


def test_a_link_may_be_used_from_a_frame_of_another_site(client: httpx.Client) -> None:
    """The link is asked for here; the file comes from elsewhere, without a cookie."""
    url = link(client)
    asked = loopback.options(url, headers=FRAME | PREFLIGHT)
    sent = loopback.put(url, content=TEXT, headers=FRAME | {"content-type": "text/plain"})
    assert (asked.status_code, sent.status_code) == (200, 204), sent.text
    for response in (asked, sent):
        assert response.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in response.headers


def test_a_named_site_uploads_with_its_cookie(client: httpx.Client) -> None:
    """A site of the setting is answered by its name, as everywhere else."""
    url = link(client)
    sent = loopback.put(url, content=TEXT, headers=BOOK | {"content-type": "text/plain"})
    assert sent.status_code == 204
    assert sent.headers["access-control-allow-origin"] == BOOK["origin"]
    assert sent.headers["access-control-allow-credentials"] == "true"


def test_only_uploads_come_from_anywhere(client: httpx.Client) -> None:
    """Questions of another site are refused, and a file is not read without its owner."""
    asked = client.post("/chatkit", json=body("threads.list", {}), headers=FRAME)
    assert asked.status_code == 403
    url = link(client)
    loopback.put(url, content=TEXT, headers=FRAME | {"content-type": "text/plain"})
    address = url.partition("?")[0]
    assert client.get(address).content == TEXT
    assert loopback.get(address, headers=FRAME).status_code == 404
