"""The sweep ends what a process could not end any more, and touches nothing else."""

import json
import os
import sqlite3
import time
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.http.application import database, generated, serving
from tests.http.protocol import ask

from .wire import announce, attach, kept, outcome, send, upload, wait_for

# Runs the application, but dies without a word at one step on the disk.
DYING = """
import os
import uvicorn
from app.attachments import disk

def die(*paths):
    {before}
    os._exit(9)

real, disk.{step} = disk.{step}, die
from app.main import app
uvicorn.run(app, port=int(os.environ["APP_PORT"]), log_level="warning")
"""
LONG_AGO = 1_000_000.0


@pytest.fixture
def project() -> Path:
    """Return the project."""
    return generated("sqlite", attachments=True)


@pytest.fixture
def own(settings: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """Return settings with a database and a files of their own."""
    return settings | database("sqlite") | {"ATTACHMENTS_DIR": str(tmp_path / "kept")}


@pytest.fixture
def files(own: dict[str, str]) -> Path:
    """Return the folder of these settings."""
    return Path(own["ATTACHMENTS_DIR"])


def dying(project: Path, step: str, before: str = "pass") -> list[str]:
    """Return how to run an application that dies at this step, after `before`."""
    text = DYING.format(step=step, before=before)
    (project / f"dying_at_{step}.py").write_text(text, encoding="utf-8")
    return [f"dying_at_{step}"]


def age(files: Path, seconds: float) -> None:
    """Let the links of all files have expired so many seconds ago, and parts be as old."""
    for label in files.glob("*/*.label"):
        told = json.loads(label.read_text("utf-8"))
        label.write_text(json.dumps(told | {"expires_at": time.time() - seconds}), "utf-8")
    for part in files.glob("*/*.part"):
        os.utime(part, (time.time() - seconds, time.time() - seconds))


def records(settings: dict[str, str]) -> int:
    """Return how many attachments the store knows."""
    path = settings["DATABASE_URL"].removeprefix("sqlite:///")
    with sqlite3.connect(path, timeout=30) as connection:
        return int(connection.execute("SELECT count(*) FROM chatkit_attachments").fetchone()[0])


@pytest.mark.parametrize("type_", ["attachments.delete", "threads.delete"])
def test_a_deletion_that_was_cut_off_is_ended(
    project: Path, own: dict[str, str], files: Path, type_: str
) -> None:
    """The process dies between the record and the file; the next one deletes the file."""
    with (
        serving(project, own, dying(project, "remove")) as application,
        application.client() as client,
    ):
        stays = attach(client, "a.txt", "text/plain", b"stays")
        send(client, stays)
        goes = attach(client, "a.txt", "text/plain", b"goes")
        params = {"attachment_id": goes["id"], "thread_id": send(client, goes)}
        with pytest.raises(httpx.RemoteProtocolError):
            ask(client, type_, params)
        cookies = client.cookies
    assert (records(own), kept(files)) == (1, [b"goes", b"stays"])
    age(files, LONG_AGO)
    with serving(project, own) as application, application.client() as client:
        client.cookies = cookies
        wait_for(lambda: kept(files) == [b"stays"] and len(kept(files, "label")) == 1)
        assert client.get(f"/attachments/{stays['id']}").content == b"stays"


def test_an_upload_that_was_cut_off_can_be_ended(
    project: Path, own: dict[str, str], files: Path
) -> None:
    """The process dies between the file and its record; sending the file again completes it."""
    with (
        serving(project, own, dying(project, "publish", "real(*paths)")) as application,
        application.client() as client,
    ):
        attachment = announce(client, "a.txt", "text/plain", 4)
        with pytest.raises(httpx.RemoteProtocolError):
            upload(attachment, b"text")
        cookies = client.cookies
    assert kept(files) == [b"text"]
    with serving(project, own) as application, application.client() as client:
        client.cookies = cookies
        assert client.get(f"/attachments/{attachment['id']}").status_code == 409
        told = attachment["upload_descriptor"]["url"].partition("/attachments/")[2]
        again = client.put(f"/attachments/{told}", content=b"text")
        assert outcome(again) == (409, "already_uploaded")
        send(client, attachment)
        assert client.get(f"/attachments/{attachment['id']}").content == b"text"


def test_what_never_came_and_what_was_never_sent_is_swept(
    project: Path, own: dict[str, str], files: Path
) -> None:
    """Expired links take their records along, unsent files have a day, sent ones stay."""
    with serving(project, own) as application, application.client() as client:
        announce(client, "never.txt", "text/plain", 4)
        attach(client, "a.txt", "text/plain", b"unsent")
        send(client, attach(client, "a.txt", "text/plain", b"sent"))
    (files / "000").mkdir()
    (files / "000" / "1.2.part").write_bytes(b"half")
    age(files, 1_200)
    for left in ([b"sent", b"unsent"], [b"sent"]):
        with serving(project, own):
            wait_for(partial(_is_left, own, files, left))
        age(files, LONG_AGO)


def _is_left(own: dict[str, str], files: Path, left: list[bytes]) -> bool:
    """Say whether these files are left, each with its record and its label, and no part."""
    counts = {records(own), len(kept(files, "label"))}
    return (kept(files), counts, kept(files, "part")) == (left, {len(left)}, [])


def test_nothing_is_deleted_while_the_store_is_down(
    project: Path, own: dict[str, str], files: Path, tmp_path: Path
) -> None:
    """A store that cannot answer has not said that a file is gone."""
    with serving(project, own) as application, application.client() as client:
        send(client, attach(client, "a.txt", "text/plain", b"sent"))
    age(files, LONG_AGO)
    down = own | {"DATABASE_URL": f"sqlite:///{tmp_path}/nowhere/chat.db"}
    with serving(project, down) as application:
        wait_for(lambda: "The sweep of attachments failed" in application.log)
    assert kept(files) == [b"sent"]


def test_a_young_label_without_a_record_is_left_alone(
    project: Path, own: dict[str, str], files: Path
) -> None:
    """A label is written before its record: the sweep must not come between them."""
    with (
        serving(project, own, dying(project, "remove")) as application,
        application.client() as client,
    ):
        attachment = attach(client, "a.txt", "text/plain", b"young")
        with pytest.raises(httpx.RemoteProtocolError):
            ask(client, "attachments.delete", {"attachment_id": attachment["id"]})
    assert (records(own), kept(files)) == (0, [b"young"])
    with serving(project, own | {"ATTACHMENT_SWEEP_INTERVAL": "0.05"}) as application:
        # It has looked many times by then.
        old = files / "fff" / "1.2.part"
        for _ in range(2):
            old.parent.mkdir(exist_ok=True)
            old.write_bytes(b"half")
            os.utime(old, (0, 0))
            wait_for(lambda: not old.exists())
    assert kept(files) == [b"young"]
