"""Bytes come in by a signed link: never more than announced, never another kind of file."""

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

import httpx
import pytest

from tests import loopback
from tests.http.application import Application, database, generated, serving

from .samples import EXE, GIF, HTML, JPEG, JPEG_2000, PDF, SVG, WEBP, ZIP, png
from .wire import LIMIT, announce, attach, kept, outcome, refusal, upload, wait_for


def address(attachment: dict[str, Any]) -> SplitResult:
    """Return where the attachment is uploaded to, in its parts."""
    return urlsplit(str(attachment["upload_descriptor"]["url"]))


@pytest.mark.parametrize(
    ("name", "mime_type", "content", "kind"),
    [
        ("a.png", "image/png", png(), "image"),
        ("a.jpg", "image/jpeg", JPEG, "image"),
        ("a.jpg", "image/jpg", JPEG, "image"),
        ("a.gif", "image/gif", GIF, "image"),
        ("a.webp", "image/webp", WEBP, "image"),
        ("a.pdf", "application/pdf", PDF, "file"),
        ("a.txt", "text/plain; charset=utf-8", "BMW: größer €".encode(), "file"),
        ("a.md", "application/octet-stream", b"# Title\n", "file"),
        ("a.csv", "application/vnd.ms-excel", b"a,b\r\n1,2\r\n", "file"),
        ("a.json", "application/json", b'{"a": 1}', "file"),
    ],
)
def test_what_is_accepted_comes_back_as_it_was(
    visitor: httpx.Client, name: str, mime_type: str, content: bytes, kind: str
) -> None:
    """A file of an accepted type is announced, uploaded without a cookie, and read by its owner."""
    attachment = attach(visitor, name, mime_type, content)
    assert attachment["type"] == kind
    read = visitor.get(f"/attachments/{attachment['id']}")
    assert (read.status_code, read.content) == (200, content)
    assert read.headers["content-type"].startswith(attachment["mime_type"])


@pytest.mark.parametrize(
    ("name", "mime_type", "size", "expected"),
    [
        ("a.png", "image/png", LIMIT + 1, (413, "file_too_large")),
        ("a.png", "image/png", 0, (400, "empty_file")),
        ("a.png", "image/png", -5, (400, "empty_file")),
        ("a.exe", "application/x-msdownload", 10, (415, "unsupported_type")),
        ("a.svg", "image/svg+xml", 10, (415, "unsupported_type")),
        ("a", "", 10, (415, "unsupported_type")),
    ],
)
def test_what_is_not_accepted_is_refused_at_once(
    visitor: httpx.Client, name: str, mime_type: str, size: int, expected: tuple[int, str]
) -> None:
    """Wrong sizes and types get no link."""
    assert refusal(visitor, name, mime_type, size) == expected


def test_an_address_that_is_none_is_refused(visitor: httpx.Client) -> None:
    """Links lead to where the request came from: a Host header that is no name gives none."""
    body = {
        "type": "attachments.create",
        "params": {"name": "a.txt", "size": 3, "mime_type": "text/plain"},
    }
    response = visitor.post("/chatkit", json=body, headers={"host": "%00"})
    assert outcome(response) == (400, "bad_host")


@pytest.mark.parametrize(
    ("mime_type", "content"),
    [
        ("image/png", HTML),
        ("image/png", SVG),
        ("image/png", EXE),
        ("image/png", JPEG),
        ("image/jpeg", JPEG_2000),
        ("image/webp", b"RIFF\x24\0\0\0WAVEfmt " + b"\0" * 40),
        ("application/pdf", ZIP),
        ("application/pdf", b"nothing that anybody knows"),
        ("text/plain", png()),
        ("text/plain", EXE),
        ("text/plain", "größer".encode("latin-1")),
        ("text/plain", "UTF-16".encode("utf-16")),
        ("text/plain", b"cut in the middle of a character: \xe2\x82"),
        ("application/json", b"zero \0 byte"),
    ],
)
def test_content_must_fit_the_type(
    visitor: httpx.Client, folder: Path, mime_type: str, content: bytes
) -> None:
    """A file that is something else is refused, nothing of it stays, and the link still works."""
    before = kept(folder)
    attachment = announce(visitor, "a", mime_type, len(content))
    assert outcome(upload(attachment, content)) == (415, "type_mismatch")
    assert kept(folder) == before
    assert kept(folder, "part") == []
    assert visitor.get(f"/attachments/{attachment['id']}").status_code == 409


def sizes(folder: Path) -> list[int]:
    """Return how many bytes each upload under way has on disk."""
    return [len(part) for part in kept(folder, "part")]


def test_more_than_announced_is_never_on_disk(visitor: httpx.Client, folder: Path) -> None:
    """Bytes that nobody announced, in chunks without end, are refused while they stream."""
    attachment = announce(visitor, "a.txt", "text/plain", 100_000)
    largest, sent = 0, 0

    def endless() -> Iterator[bytes]:
        nonlocal largest, sent
        while sent < 50_000_000:
            sent += 10_000
            yield b"x" * 10_000
            if sent == 90_000:
                wait_for(lambda: sizes(folder) == [90_000])
            largest = max([largest, *sizes(folder)])

    told = attachment["upload_descriptor"]
    try:
        response = loopback.put(told["url"], content=endless(), headers=told["headers"])
    except httpx.WriteError:
        # The server hung up while we were still talking.
        assert sent < 50_000_000
    else:
        assert outcome(response) == (413, "file_too_large")
    assert 90_000 <= largest <= 100_000
    assert kept(folder, "part") == []


def test_an_announced_surplus_is_refused_before_it_is_sent(visitor: httpx.Client) -> None:
    """A Content-Length above the size is answered without reading a byte of the body."""
    attachment = announce(visitor, "a.txt", "text/plain", 100)
    told = address(attachment)
    with socket.create_connection((told.hostname, told.port), timeout=30) as connection:
        head = f"PUT {told.path}?{told.query} HTTP/1.1\r\nHost: {told.netloc}\r\n"
        connection.sendall(f"{head}Content-Length: 101\r\n\r\n".encode())
        assert connection.recv(12) == b"HTTP/1.1 413"


def test_a_file_that_is_cut_short_is_refused(visitor: httpx.Client, folder: Path) -> None:
    """Fewer bytes than announced are no file; the whole one may follow."""
    attachment = announce(visitor, "a.txt", "text/plain", 10)
    assert outcome(upload(attachment, b"12345")) == (400, "file_cut_short")
    assert kept(folder, "part") == []
    assert upload(attachment, b"1234567890").status_code == 204


def test_who_hangs_up_leaves_nothing_behind(visitor: httpx.Client, folder: Path) -> None:
    """A connection that breaks in the middle leaves no part, and the upload can begin anew."""
    attachment = announce(visitor, "a.txt", "text/plain", 10)
    told = address(attachment)
    with socket.create_connection((told.hostname, told.port), timeout=30) as connection:
        head = f"PUT {told.path}?{told.query} HTTP/1.1\r\nHost: {told.netloc}\r\n"
        connection.sendall(f"{head}Content-Length: 10\r\n\r\n12345".encode())
        wait_for(lambda: bool(kept(folder, "part")))
    assert upload(attachment, b"1234567890").status_code == 204
    wait_for(lambda: not kept(folder, "part"))


@pytest.mark.parametrize(
    "name",
    [
        "../../../../etc/passwd.txt",
        "..\\..\\windows\\system32.txt",
        "/etc/cron.d/job.txt",
        "a\0b.txt",
        "header\r\nSet-Cookie: a=b.txt",
        'quote".txt',
        "right\u202eto-left.txt",
        "....txt",
        "x" * 5_000 + ".txt",
    ],
)
def test_names_are_shown_and_never_paths(visitor: httpx.Client, folder: Path, name: str) -> None:
    """Whatever a file is called, it lies under a hash; its name is safe to send in a header."""
    attachment = attach(visitor, name, "text/plain", b"text")
    shown = attachment["name"]
    assert shown
    assert len(shown) <= 150
    assert not set(shown) & set("/\\\0\r\n\u202e")
    read = visitor.get(f"/attachments/{attachment['id']}")
    assert read.content == b"text"
    assert "set-cookie" not in read.headers
    assert read.headers["content-disposition"].startswith("attachment; filename")
    for path in folder.parent.rglob("*"):
        hashed = set(path.stem.partition(".")[0]) <= set("0123456789abcdef")
        assert hashed or path == folder, path


def test_a_forged_link_is_refused(visitor: httpx.Client) -> None:
    """A changed token, another attachment's and none at all open nothing."""
    mine = announce(visitor, "a.txt", "text/plain", 4)
    other = announce(visitor, "b.txt", "text/plain", 4)
    url, token = mine["upload_descriptor"]["url"].split("?token=")
    wrong = other["upload_descriptor"]["url"].split("?token=")[1]
    last = "A" if token[-1] != "A" else "B"
    folder, _, rest = token.partition(":")
    forged = [token[:-8] + last * 8, wrong, f"{'0' * len(folder)}:{rest}", "", "é", token[:-1]]
    for attempt in forged:
        response = loopback.put(url, params={"token": attempt}, content=b"text")
        assert outcome(response) == (403, "bad_upload_link"), attempt
    assert upload(mine, b"text").status_code == 204


def test_another_servers_links_are_refused(visitor: httpx.Client, settings: dict[str, str]) -> None:
    """A signature of another secret counts for nothing."""
    attachment = announce(visitor, "a.txt", "text/plain", 4)
    other = settings | {"ATTACHMENT_SECRET": "y" * 32}
    told = address(attachment)
    with serving(generated("sqlite", attachments=True), other) as application:
        response = loopback.put(f"{application.url}{told.path}?{told.query}", content=b"text")
        assert outcome(response) == (403, "bad_upload_link")


def test_a_link_expires(settings: dict[str, str]) -> None:
    """After its time a link is worth nothing, and a slow upload ends with it."""
    short = settings | {"ATTACHMENT_URL_TTL": "1", **database("sqlite")}
    with (
        serving(generated("sqlite", attachments=True), short) as application,
        application.client() as client,
    ):
        attachment = announce(client, "a.txt", "text/plain", 4)
        told = attachment["upload_descriptor"]
        waiting = threading.Event()

        def slowly() -> Iterator[bytes]:
            yield b"te"
            waiting.wait(3)
            yield b"xt"

        response = loopback.put(told["url"], content=slowly())
        assert outcome(response) == (410, "upload_link_expired")
        assert outcome(upload(attachment, b"text")) == (410, "upload_link_expired")


def test_of_parallel_uploads_one_counts(application: Application, folder: Path) -> None:
    """Eight uploads to one link at once: one is taken, the file is its, the others are told so."""
    with application.client() as client:
        attachment = announce(client, "a.txt", "text/plain", 100_000)
        contents = [bytes([65 + number]) * 100_000 for number in range(8)]
        with ThreadPoolExecutor(8) as pool:
            responses = list(pool.map(partial(upload, attachment), contents))
        taken = [
            content
            for content, response in zip(contents, responses, strict=True)
            if response.status_code == 204
        ]
        assert len(taken) == 1
        others = {outcome(response) for response in responses if response.status_code != 204}
        assert others == {(409, "already_uploaded")}
        assert client.get(f"/attachments/{attachment['id']}").content == taken[0]
    assert kept(folder, "part") == []


def test_a_full_disk_is_said_and_leaves_nothing(settings: dict[str, str], tmp_path: Path) -> None:
    """Where no more bytes fit the client is told to come back, and what fits is still taken."""
    project, files = generated("sqlite", attachments=True), tmp_path / "kept"
    (project / "with_little_room.py").write_text(
        """import os, resource, uvicorn
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
from app.main import app
uvicorn.run(app, port=int(os.environ["APP_PORT"]), log_level="warning")
""",
        encoding="utf-8",
    )
    # A database of its own: that of the other tests may have no room left either.
    own = {"DATABASE_URL": f"sqlite:///{tmp_path}/chat.db", "ATTACHMENTS_DIR": str(files)}
    little = settings | own | {"MAX_ATTACHMENT_BYTES": "9000000"}
    with (
        serving(project, little, ["with_little_room"]) as application,
        application.client() as client,
    ):
        attachment = announce(client, "a.txt", "text/plain", 2_000_000)
        told = outcome(upload(attachment, b"x" * 2_000_000))
        assert told == (503, "storage_unavailable")
        assert kept(files, "part") == []
        assert "cannot be kept" in application.log
        attach(client, "a.txt", "text/plain", b"text")


def test_production_asks_for_a_secret(settings: dict[str, str]) -> None:
    """Without a secret, or with a short one, the server says so and does not start."""
    production = settings | {"ENVIRONMENT": "production", "SESSION_SECRET": "z" * 32}
    for secret, word in ((None, "Set ATTACHMENT_SECRET"), ("short", "at least 32 characters")):
        given = {key: value for key, value in production.items() if key != "ATTACHMENT_SECRET"}
        if secret is not None:
            given["ATTACHMENT_SECRET"] = secret
        with (
            pytest.raises(AssertionError, match=word),
            serving(generated("sqlite", attachments=True), given),
        ):
            pytest.fail("it started")
