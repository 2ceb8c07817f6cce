"""Attachments: offered where the server takes them, uploaded in two steps, sent along."""

import struct
import zlib
from collections.abc import Generator

import pytest
from playwright.sync_api import FilePayload, expect

from ..apps import Combination
from ..provider.script import Say
from ..provider.stand_in import StandIn
from . import site
from .chat import Browsers, Chat, body

pytestmark = pytest.mark.needs("chromium")


def _png() -> bytes:
    """Return a real picture of one red pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checked = kind + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixel = zlib.compress(b"\x00\xff\x00\x00")
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", pixel) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


_PICTURE: FilePayload = {"name": "red.png", "mimeType": "image/png", "buffer": _png()}
_NOTES: FilePayload = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"Loops end."}


# In place of the plain application: everything else in this module is as elsewhere.
@pytest.fixture(scope="module")
def site_url(provider: StandIn, tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """Run an application that takes attachments."""
    folder = tmp_path_factory.mktemp("attachments")
    chosen = Combination("sqlite", attachments=True)
    with site.running(folder, chosen, provider.base_url) as url:
        yield url


def _choose(chat: Chat, *files: FilePayload) -> None:
    """Choose files in the browser's own dialog."""
    with chat.page.expect_file_chooser() as chooser:
        chat.button("Attach files").click()
    chooser.value.set_files(list(files))


def test_a_file_is_uploaded_and_sent(chat: Chat, model: StandIn) -> None:
    """It is announced, its bytes are put where the server says, and the message names it."""
    with chat.page.expect_request("**/attachments/**") as upload:
        _choose(chat, _NOTES)
    assert upload.value.method == "PUT"
    chip = chat.page.get_by_role("list", name="Attached files").get_by_role("listitem")
    expect(chip).to_contain_text("notes.txt")
    expect(chip).to_have_attribute("data-state", "ready")
    model.will(Say("I have read them."))
    sent = chat.send("What do my notes say?")
    assert len(sent["params"]["input"]["attachments"]) == 1
    expect(chat.answers).to_have_text("I have read them.")
    assert "Loops end." in str(model.requests[-1].body)
    expect(chip).to_have_count(0)
    expect(chat.page.locator(".item-user_message .files")).to_contain_text("notes.txt")
    chat.page.reload()
    expect(chat.page.locator(".item-user_message .files")).to_contain_text("notes.txt")


def test_a_picture_is_shown(chat: Chat, model: StandIn) -> None:
    """A picture alone can be sent, and is shown to its owner, also after a reload."""
    _choose(chat, _PICTURE)
    expect(chat.page.locator("[data-state=ready]")).to_contain_text("red.png")
    model.will(Say("It is red."))
    chat.button("Send message").click()
    expect(chat.answers).to_have_text("It is red.")
    expect(chat.page.locator("img.preview")).to_be_visible()
    chat.page.reload()
    expect(chat.page.locator("img.preview")).to_be_visible()


def test_a_file_can_be_taken_back(chat: Chat, model: StandIn) -> None:
    """A removed file is deleted on the server and does not go along."""
    _choose(chat, _NOTES)
    expect(chat.page.locator("[data-state=ready]")).to_have_count(1)
    with chat.page.expect_response("**/chatkit") as response:
        chat.button("Remove notes.txt").click()
    assert body(response.value.request)["type"] == "attachments.delete"
    assert response.value.ok
    model.will(Say("Nothing there."))
    sent = chat.send("What did I attach?")
    expect(chat.answers).to_have_text("Nothing there.")
    assert sent["params"]["input"]["attachments"] == []


def test_a_refused_file_says_why(chat: Chat) -> None:
    """What the server does not take stays on the screen with the reason, and is not sent."""
    program: FilePayload = {
        "name": "picture.png",
        "mimeType": "image/png",
        "buffer": b"MZ this is no picture",
    }
    _choose(chat, program)
    chip = chat.page.locator("[data-state=failed]")
    expect(chip).to_contain_text("picture.png")
    expect(chip.get_by_role("status")).not_to_be_empty()
    expect(chat.button("Send message")).to_have_attribute("aria-disabled", "true")


def test_pasted_files_are_attached(chat: Chat) -> None:
    """A picture from the clipboard becomes an attachment."""
    chat.message.evaluate(
        """(field) => {
          const clipboardData = new DataTransfer();
          clipboardData.items.add(new File(["Pasted."], "pasted.txt", { type: "text/plain" }));
          field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
        }"""
    )
    expect(chat.page.locator("[data-state=ready]")).to_contain_text("pasted.txt")


def test_another_visitor_cannot_read_it(browsers: Browsers, model: StandIn) -> None:
    """The address of somebody's picture shows nothing to anybody else."""
    owner, other = browsers.visitor().open(), browsers.visitor().open()
    _choose(owner, _PICTURE)
    expect(owner.page.locator("[data-state=ready]")).to_have_count(1)
    model.will(Say("Mine."))
    owner.button("Send message").click()
    picture = owner.page.locator("img.preview")
    expect(picture).to_be_visible()
    address = str(picture.evaluate("picture => picture.src"))
    assert owner.page.context.request.get(address).ok
    assert other.page.context.request.get(address).status == 404
