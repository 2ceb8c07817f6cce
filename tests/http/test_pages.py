"""The pages, what they may load, and what every answer carries."""

import shutil
from pathlib import Path

import httpx
import pytest

from .. import loopback
from .application import Application, database, generated, refused_to_start, serving, until
from .protocol import body

LIST = body("threads.list", {})


def directives(response: httpx.Response) -> dict[str, list[str]]:
    """Return the Content-Security-Policy by directive."""
    parts = (part.split() for part in response.headers["content-security-policy"].split(";"))
    return {name: sources for name, *sources in parts}


def test_the_sample_page_loads_from_here_and_nowhere_else(visitor: httpx.Client) -> None:
    """The page at / has a policy that leaves nothing but this server."""
    page = visitor.get("/")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    policy = directives(page)
    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == ["'self'"]
    assert policy["frame-ancestors"] == ["'self'"]
    assert "unsafe" not in page.headers["content-security-policy"]


def test_the_page_with_openais_component_loads_it(visitor: httpx.Client) -> None:
    """That page, and no other, may load OpenAI's script and frame."""
    policy = directives(visitor.get("/web/chatkit.html"))
    cdn = "https://cdn.platform.openai.com"
    assert cdn in policy["script-src"]
    assert cdn in policy["frame-src"]
    assert "'unsafe-inline'" not in policy["script-src"]


def test_scripts_are_served_and_asked_for_again(visitor: httpx.Client) -> None:
    """A browser keeps a script only as long as it is still the same."""
    script = visitor.get("/web/chat.js")
    assert script.headers["content-type"].startswith("text/javascript")
    assert script.headers["cache-control"] == "no-cache"
    again = visitor.get("/web/chat.js", headers={"if-none-match": script.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    "path", ["/web/../app/config.py", "/web/%2e%2e/app/config.py", "/web/..%2fapp%2fconfig.py"]
)
def test_nothing_beside_the_folder_is_served(application: Application, path: str) -> None:
    """A path that climbs out of the folder finds nothing."""
    with loopback.Client() as client:
        request = client.build_request("GET", application.url)
        request.url = request.url.copy_with(raw_path=path.encode())
        response = client.send(request)
    assert response.status_code == 404
    assert "Settings" not in response.text


def test_without_its_pages_the_api_is_served(tmp_path: Path) -> None:
    """Whoever deletes the folder keeps the API."""
    shutil.copytree(generated("sqlite"), tmp_path, dirs_exist_ok=True)
    shutil.rmtree(tmp_path / "web")
    with serving(tmp_path, database("sqlite")) as application, application.client() as client:
        assert client.get("/").status_code == 404
        assert client.post("/chatkit", json=LIST).status_code == 200


def test_a_folder_that_is_not_there_is_said_at_the_start(tmp_path: Path) -> None:
    """A setting that names no pages is a mistake, unlike a folder that was deleted."""
    settings = database("sqlite") | {"WEB_DIR": str(tmp_path)}
    assert "WEB_DIR" in refused_to_start(generated("sqlite"), settings)


def test_every_answer_carries_the_same_protection(visitor: httpx.Client) -> None:
    """Pages, answers and refusals: no guessing at types, no frames of others, a request's id."""
    for response in (
        visitor.get("/"),
        visitor.post("/chatkit", json=LIST),
        visitor.post("/chatkit", json={}),
        visitor.get("/nowhere"),
    ):
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["referrer-policy"] == "same-origin"
        assert "frame-ancestors" in response.headers["content-security-policy"]
        assert len(response.headers["x-request-id"]) == 32
        assert "server" not in response.headers or "uvicorn" in response.headers["server"]
    assert visitor.post("/chatkit", json=LIST).headers["cache-control"] == "no-store"


def test_a_proxys_request_id_is_taken_over(application: Application, visitor: httpx.Client) -> None:
    """An id that fits one line is kept and logged; another one is replaced."""
    given = "proxy-7.a_b"
    response = visitor.post("/chatkit", json=LIST, headers={"x-request-id": given})
    assert response.headers["x-request-id"] == given
    until(lambda: f"[{given}] POST /chatkit 200" in application.log)
    for odd in ("a b", "x" * 65, "<script>", ""):
        response = visitor.post("/chatkit", json=LIST, headers={"x-request-id": odd})
        assert response.headers["x-request-id"] != odd


def test_the_log_has_no_query_and_no_line_of_the_clients(
    application: Application, visitor: httpx.Client
) -> None:
    """A token in a query and a line break in a path do not reach the log."""
    visitor.get("/nowhere?token=hunter2")
    visitor.get("/a%0aINFO%20forged%20line")
    until(lambda: "forged" in application.log)
    assert "GET /nowhere 404" in application.log
    assert "hunter2" not in application.log
    assert "\nINFO forged" not in application.log
