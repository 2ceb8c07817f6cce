"""Only the owner gets a file out, and no file is ever a page of this site."""

from pathlib import Path

import httpx
import pytest

from tests.http.application import Application, generated, serving
from tests.http.protocol import ask, items, message

from .samples import HTML, PDF, SVG, png
from .wire import announce, attach, kept, outcome, send, upload


def test_foreign_and_unknown_files_are_not_there(application: Application) -> None:
    """To everybody but the owner an attachment does not exist: not to read, send or delete."""
    with application.client() as alice, application.client() as bob:
        attachment = attach(alice, "secret.txt", "text/plain", b"secret")
        mine = attachment["id"]
        unknown = "atc_" + "0" * 32
        for attachment_id in (mine, unknown, "..%2f..%2fetc%2fpasswd", "x" * 300, "%00"):
            assert bob.get(f"/attachments/{attachment_id}").status_code == 404
        for attachment_id in (mine, unknown):
            said = {"input": message("Look", (attachment_id,))}
            assert outcome(ask(bob, "threads.create", said)) == (404, "not_found")
            ask(bob, "attachments.delete", {"attachment_id": attachment_id})
        assert ask(bob, "threads.list", {}).json()["data"] == []
        assert alice.get(f"/attachments/{mine}").content == b"secret"


def test_a_file_that_was_never_uploaded_cannot_be_sent(visitor: httpx.Client) -> None:
    """A message about it is refused before anything is stored; after the upload it goes."""
    attachment = announce(visitor, "late.txt", "text/plain", 4)
    said = {"input": message("Look", (attachment["id"],))}
    response = ask(visitor, "threads.create", said)
    assert outcome(response) == (409, "not_uploaded")
    assert "late.txt" in response.json()["error"]["message"]
    assert ask(visitor, "threads.list", {}).json()["data"] == []
    thread = send(visitor)
    response = ask(visitor, "threads.add_user_message", {**said, "thread_id": thread})
    assert outcome(response) == (409, "not_uploaded")
    assert len(items(visitor, thread)) == 2
    assert upload(attachment, b"text").status_code == 204
    send(visitor, attachment, thread=thread)
    assert len(items(visitor, thread)) == 4


def test_too_many_files_are_refused(visitor: httpx.Client) -> None:
    """A message with a thousand ids is not a thousand questions to the store."""
    said = {"input": message("Look", tuple(f"atc_{number}" for number in range(1000)))}
    response = ask(visitor, "threads.create", said)
    assert outcome(response) == (422, "too_many_attachments")


def test_pictures_are_shown_and_other_files_are_saved(visitor: httpx.Client) -> None:
    """Pictures may be drawn in place; a PDF comes as a download."""
    picture = attach(visitor, "a.png", "image/png", png())
    read = visitor.get(picture["preview_url"])
    assert read.headers["content-disposition"] == 'inline; filename="a.png"'
    document = attach(visitor, "a.pdf", "application/pdf", PDF)
    read = visitor.get(f"/attachments/{document['id']}")
    assert read.headers["content-disposition"] == 'attachment; filename="a.pdf"'


@pytest.mark.parametrize(
    ("name", "mime_type", "content"),
    [("a.svg", "image/svg+xml", SVG), ("a.html", "text/html", HTML)],
)
def test_documents_with_scripts_are_never_pages(
    settings: dict[str, str], name: str, mime_type: str, content: bytes
) -> None:
    """Where SVG and HTML are accepted at all, they are text to save and nothing that runs."""
    accepting = settings | {"ATTACHMENT_MIME_TYPES": f'["{mime_type}"]'}
    with (
        serving(generated("sqlite", attachments=True), accepting) as application,
        application.client() as client,
    ):
        attachment = attach(client, name, mime_type, content)
        assert attachment["type"] == "file"
        read = client.get(f"/attachments/{attachment['id']}")
        assert read.headers["content-disposition"].startswith("attachment;")
        assert read.headers["x-content-type-options"] == "nosniff"
        assert read.headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert "no-store" in read.headers["cache-control"]


def test_what_was_sent_is_stored_complete(visitor: httpx.Client) -> None:
    """The message carries the attachment with its thread and without the link to upload it."""
    attachment = attach(visitor, "a.txt", "text/plain", b"text")
    thread = send(visitor, attachment)
    (stored,) = items(visitor, thread)[0]["attachments"]
    assert stored["thread_id"] == thread
    assert "upload_descriptor" not in stored
    assert "metadata" not in stored


@pytest.mark.parametrize("host", ["a b", "a/b", "[::", ""])
def test_a_host_that_is_none_gets_no_link_to_it(
    application: Application, visitor: httpx.Client, host: str
) -> None:
    """What cannot be an address in a Host header is not repeated in a link."""
    visitor.headers["host"] = host
    attachment = announce(visitor, "a.txt", "text/plain", 4)
    assert attachment["upload_descriptor"]["url"].startswith(f"{application.url}/attachments/")


def test_links_begin_with_the_setting(settings: dict[str, str], folder: Path) -> None:
    """Behind a proxy the server's own address is what its setting says."""
    behind = settings | {"ATTACHMENTS_BASE_URL": "https://files.example.com/api/"}
    with (
        serving(generated("sqlite", attachments=True), behind) as application,
        application.client() as client,
    ):
        attachment = announce(client, "a.png", "image/png", 100)
    begin = f"https://files.example.com/api/attachments/{attachment['id']}"
    assert attachment["preview_url"] == begin
    assert attachment["upload_descriptor"]["url"].startswith(f"{begin}?token=")
    assert kept(folder, "part") == []
