"""Deleting deletes the bytes, with a thread those of all its messages, and nobody else's."""

from collections.abc import Generator
from pathlib import Path

import httpx
import pytest

from tests import loopback
from tests.http.application import Application
from tests.http.protocol import ask, call, items, message

from .wire import announce, attach, kept, outcome, send, upload, wait_for


def test_a_deleted_attachment_is_gone(visitor: httpx.Client, folder: Path) -> None:
    """Neither the file nor its label nor its record is left; doing it again is quiet."""
    before = kept(folder), kept(folder, "label")
    attachment = attach(visitor, "a.txt", "text/plain", b"to be deleted")
    for _ in range(2):
        call(visitor, "attachments.delete", {"attachment_id": attachment["id"]})
    assert (kept(folder), kept(folder, "label")) == before
    assert visitor.get(f"/attachments/{attachment['id']}").status_code == 404
    assert upload(attachment, b"to be deleted").status_code == 404


def test_a_thread_takes_its_files_along(visitor: httpx.Client, folder: Path) -> None:
    """Deleting a thread deletes the files of all its messages, and of no other thread."""
    other = send(visitor, attach(visitor, "a.txt", "text/plain", b"stays"))
    thread = send(visitor, attach(visitor, "a.txt", "text/plain", b"goes 1"))
    send(visitor, attach(visitor, "b.txt", "text/plain", b"goes 2"), thread=thread)
    call(visitor, "threads.delete", {"thread_id": thread})
    assert {b"goes 1", b"goes 2"}.isdisjoint(kept(folder))
    assert b"stays" in kept(folder)
    assert len(items(visitor, other)) == 2


@pytest.mark.parametrize("deleted_first", ["the one that has it", "the one that has not"])
def test_an_attachment_belongs_to_the_thread_it_was_sent_in_first(
    visitor: httpx.Client, deleted_first: str
) -> None:
    """There it may be sent again; elsewhere it is refused: deleting that would take the file."""
    attachment = attach(visitor, "a.txt", "text/plain", b"twice")
    first, second = send(visitor, attachment), send(visitor)
    send(visitor, attachment, thread=first)
    said = {"input": message("Look", (attachment["id"],))}
    before = call(visitor, "threads.list", {})["data"]
    for type_, params in (
        ("threads.create", said),
        ("threads.add_user_message", said | {"thread_id": second}),
    ):
        assert outcome(ask(visitor, type_, params)) == (409, "attachment_in_use")
    assert call(visitor, "threads.list", {})["data"] == before
    assert len(items(visitor, second)) == 2
    there = f"/attachments/{attachment['id']}"
    if deleted_first == "the one that has not":
        call(visitor, "threads.delete", {"thread_id": second})
        assert visitor.get(there).content == b"twice"
    call(visitor, "threads.delete", {"thread_id": first})
    assert visitor.get(there).status_code == 404


def test_nobody_deletes_the_files_of_others(application: Application, folder: Path) -> None:
    """Another visitor's thread and attachment stay, whatever is asked."""
    with application.client() as alice, application.client() as bob:
        attachment = attach(alice, "a.txt", "text/plain", b"alice's")
        thread = send(alice, attachment)
        ask(bob, "threads.delete", {"thread_id": thread})
        ask(bob, "attachments.delete", {"attachment_id": attachment["id"]})
        assert alice.get(f"/attachments/{attachment['id']}").content == b"alice's"
    assert b"alice's" in kept(folder)


def test_a_delete_during_the_upload_wins(visitor: httpx.Client, folder: Path) -> None:
    """An upload that ends after its attachment was deleted brings nothing back."""
    attachment = announce(visitor, "a.txt", "text/plain", 12)

    def chunks() -> Generator[bytes]:
        yield b"much "
        wait_for(lambda: bool(kept(folder, "part")))
        call(visitor, "attachments.delete", {"attachment_id": attachment["id"]})
        yield b"too lat"

    told = attachment["upload_descriptor"]
    assert loopback.put(told["url"], content=chunks(), timeout=60).status_code == 404
    assert b"much too lat" not in kept(folder)
    assert kept(folder, "part") == []
    assert visitor.get(f"/attachments/{attachment['id']}").status_code == 404
