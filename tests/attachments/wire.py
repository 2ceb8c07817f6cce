"""Announce, upload and send files over HTTP, as a page does."""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx

from tests import loopback
from tests.http.protocol import ask, call, message, stream

LIMIT = 200_000


def announce(client: httpx.Client, name: str, mime_type: str, size: int) -> dict[str, Any]:
    """Return the attachment that the server made of the announcement."""
    return call(client, "attachments.create", {"name": name, "mime_type": mime_type, "size": size})


def refusal(client: httpx.Client, name: str, mime_type: str, size: int) -> tuple[int, str]:
    """Return the status and the code that an announcement is refused with."""
    params = {"name": name, "mime_type": mime_type, "size": size}
    return outcome(ask(client, "attachments.create", params))


def upload(attachment: dict[str, Any], content: bytes) -> httpx.Response:
    """Send the bytes where the attachment says, without any cookie."""
    told = attachment["upload_descriptor"]
    return loopback.request(told["method"], told["url"], content=content, headers=told["headers"])


def outcome(response: httpx.Response) -> tuple[int, str]:
    """Return the status and the code of an answer."""
    return response.status_code, response.json()["error"]["code"] if response.content else ""


def attach(client: httpx.Client, name: str, mime_type: str, content: bytes) -> dict[str, Any]:
    """Announce and upload a file; return the attachment."""
    attachment = announce(client, name, mime_type, len(content))
    response = upload(attachment, content)
    assert response.status_code == 204, response.text
    return attachment


def send(client: httpx.Client, *attachments: dict[str, Any], thread: str | None = None) -> str:
    """Send a message with the attachments and return its thread's id."""
    said = message("Look", tuple(attachment["id"] for attachment in attachments))
    if thread is None:
        return str(stream(client, "threads.create", {"input": said})[0]["thread"]["id"])
    stream(client, "threads.add_user_message", {"input": said, "thread_id": thread})
    return thread


def wait_for(condition: Callable[[], bool]) -> None:
    """Return as soon as the condition holds; fail when it does not within a minute."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def kept(folder: Path, kind: str = "data") -> list[bytes]:
    """Return what the files of this kind hold."""
    found: list[bytes] = []
    for path in folder.glob(f"*/*.{kind}"):
        # Parts may go at any moment.
        with suppress(FileNotFoundError):
            found.append(path.read_bytes())
    return sorted(found)
