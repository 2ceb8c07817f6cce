"""Attachments: taken in two phases, checked, shown to the model, read by their owner, deleted."""

import json
import os
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from app.assistant.agent import build_agent
from app.assistant.demo_model import DemoModel
from app.assistant.page import PageState, request_context
from app.attachments.content import AttachmentReader
from app.attachments.errors import AttachmentRefused
from app.attachments.files import Files, Label
from app.attachments.kinds import display_name
from app.attachments.links import UploadLinks
from app.attachments.store import DiskAttachmentStore
from app.attachments.sweep import sweep
from app.context import RequestContext
from app.server import AssistantServer
from app.stores.sqlite import SqliteStore
from chatkit.server import StreamingResult
from chatkit.store import NotFoundError
from chatkit.types import Attachment, AttachmentCreateParams

pytestmark = pytest.mark.anyio

GIF = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"


@pytest.fixture
def anyio_backend() -> str:
    """Run the tests on asyncio, as the server does."""
    return "asyncio"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncGenerator[SqliteStore]:
    """Open the project's store where tests may write."""
    # {% if backend == "memory" %}
    opened = SqliteStore()
    # {% elif backend == "sqlite" %}
    opened = SqliteStore(f"sqlite:///{tmp_path / 'chatkit.db'}")
    # {% else %}
    # {% if backend == "postgres" %}
    url = os.environ.get("TEST_POSTGRES_URL")
    # {% elif backend == "mysql" %}
    url = os.environ.get("TEST_MYSQL_URL")
    # {% elif backend == "mongodb" %}
    url = os.environ.get("TEST_MONGODB_URL")
    # {% else %}
    url = os.environ.get("TEST_DATABASE_URL")
    # {% endif %}
    if not url:
        # A variable of its own: tests write, and DATABASE_URL may be production's.
        pytest.fail("Set the variable above to a database for tests", pytrace=False)
    opened = SqliteStore(url)
    # {% endif %}
    await opened.connect()
    yield opened
    await opened.close()


def somebody(user_id: str | None = None) -> RequestContext:
    """Return the context of a request by this user, by default by somebody new."""
    return request_context(user_id or f"user-{uuid4().hex}", "request", PageState())


@pytest.fixture
def context() -> RequestContext:
    """Return the context of somebody's requests."""
    return somebody()


def on_disk(store: SqliteStore, folder: Path, ttl: int = 600) -> DiskAttachmentStore:
    """Return attachments in the folder whose links live for `ttl` seconds."""
    links = UploadLinks("s" * 32, ttl=ttl, base_url="http://test")
    return DiskAttachmentStore(store, files=Files(folder), links=links, max_bytes=1_000)


@pytest.fixture
def attachments(store: SqliteStore, tmp_path: Path) -> DiskAttachmentStore:
    """Return attachments in a folder of this test."""
    return on_disk(store, tmp_path / "files")


async def announced(
    attachments: DiskAttachmentStore, name: str, mime_type: str, size: int, context: RequestContext
) -> Attachment:
    """Announce a file as the SDK does, which saves the record afterwards."""
    params = AttachmentCreateParams(name=name, mime_type=mime_type, size=size)
    attachment = await attachments.create_attachment(params, context)
    await attachments.store.save_attachment(attachment, context)
    return attachment


async def fill(attachments: DiskAttachmentStore, attachment: Attachment, content: bytes) -> None:
    """Upload the content in pieces to where the attachment says."""

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(content), 7):
            yield content[start : start + 7]

    assert attachment.upload_descriptor is not None
    (token,) = parse_qs(urlsplit(str(attachment.upload_descriptor.url)).query)["token"]
    await attachments.upload(attachment.id, token, chunks(), None)


async def attached(
    attachments: DiskAttachmentStore,
    context: RequestContext,
    content: bytes,
    name: str = "a.txt",
    mime_type: str = "text/plain",
    *,
    size: int | None = None,
) -> Attachment:
    """Announce and upload a file of this size, by default its own; return its record."""
    announced_size = len(content) if size is None else size
    attachment = await announced(attachments, name, mime_type, announced_size, context)
    await fill(attachments, attachment, content)
    return await attachments.uploaded(attachment.id, context)


def files(attachments: DiskAttachmentStore, tmp_path: Path) -> list[bytes]:
    """Return what all files of the attachments hold, whole or in parts."""
    return [path.read_bytes() for path in tmp_path.glob("files/*/*") if path.suffix != ".label"]


async def test_a_file_comes_in_whole_and_once(
    attachments: DiskAttachmentStore, context: RequestContext, tmp_path: Path
) -> None:
    """The bytes are the owner's afterwards; a second upload to the same link is refused."""
    attachment = await announced(attachments, "a.txt", "text/plain", 12, context)
    with pytest.raises(AttachmentRefused, match="never uploaded"):
        await attachments.uploaded(attachment.id, context)
    await fill(attachments, attachment, b"twelve bytes")
    assert (await attachments.uploaded(attachment.id, context)).upload_descriptor is None
    assert attachments.path(attachment.id, context).read_bytes() == b"twelve bytes"
    with pytest.raises(AttachmentRefused, match="already"):
        await fill(attachments, attachment, b"other  bytes")
    assert files(attachments, tmp_path) == [b"twelve bytes"]
    with pytest.raises(NotFoundError):
        await attachments.uploaded(attachment.id, somebody())


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (("text/plain", 1_001, b""), "file_too_large"),
        (("application/x-msdownload", 10, b""), "unsupported_type"),
        (("text/plain", 10, b"more than ten bytes"), "file_too_large"),
        (("text/plain", 10, b"less"), "file_cut_short"),
        (("image/png", len(GIF), GIF), "type_mismatch"),
        (("text/plain", len(GIF), GIF), "type_mismatch"),
        (("text/plain", 4, b"a\0bc"), "type_mismatch"),
    ],
)
async def test_what_does_not_fit_is_refused_and_leaves_nothing(
    attachments: DiskAttachmentStore,
    context: RequestContext,
    tmp_path: Path,
    file: tuple[str, int, bytes],
    code: str,
) -> None:
    """Sizes and types are held to what was announced, and to what the file really is."""
    mime_type, size, content = file
    with pytest.raises(AttachmentRefused) as refused:
        await attached(attachments, context, content, "a", mime_type, size=size)
    assert refused.value.code == code
    assert files(attachments, tmp_path) == []


async def test_links_expire(store: SqliteStore, context: RequestContext, tmp_path: Path) -> None:
    """After its time a link takes nothing any more."""
    attachments = on_disk(store, tmp_path, ttl=-1)
    attachment = await announced(attachments, "a.txt", "text/plain", 4, context)
    with pytest.raises(AttachmentRefused) as refused:
        await fill(attachments, attachment, b"text")
    assert refused.value.code == "upload_link_expired"


async def test_a_link_opens_its_own_attachment_only(
    attachments: DiskAttachmentStore, context: RequestContext
) -> None:
    """Neither the link of another attachment nor another server's signature is worth anything."""
    mine = await announced(attachments, "a.txt", "text/plain", 4, context)
    other = await announced(attachments, "b.txt", "text/plain", 4, context)
    forged = UploadLinks("t" * 32, base_url="http://test").upload_url(mine.id, "folder")
    assert other.upload_descriptor is not None
    for url in (forged, other.upload_descriptor.url):
        descriptor = other.upload_descriptor.model_copy(update={"url": url})
        with pytest.raises(AttachmentRefused) as refused:
            await fill(
                attachments, mine.model_copy(update={"upload_descriptor": descriptor}), b"text"
            )
        assert refused.value.code == "bad_upload_link"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\system.txt", "system.txt"),
        ("a\r\nb: c.txt", "ab: c.txt"),
        ("..", "file"),
        ("x" * 500 + ".pdf", "x" * 146 + ".pdf"),
    ],
)
def test_names_are_no_paths(name: str, shown: str) -> None:
    """What is shown of a name is its last part, on one line."""
    assert display_name(name) == shown


async def test_the_model_gets_what_it_can_read(
    attachments: DiskAttachmentStore, context: RequestContext
) -> None:
    """Pictures come as pictures, text as text; a file that is gone is a note and no error."""
    reader = AttachmentReader(attachments, max_characters=4)
    picture = await attached(attachments, context, GIF, "a.gif", "image/gif")
    part = await reader.attachment_content(picture, context)
    assert part["type"] == "input_image"
    text = await attached(attachments, context, b"text and more")
    part = await reader.attachment_content(text, context)
    assert part["type"] == "input_text"
    assert "\ntext\n" in part["text"]
    await attachments.delete_attachment(text.id, context)
    part = await reader.attachment_content(text, context)
    assert part["type"] == "input_text"
    assert "was deleted" in part["text"]


async def asked(server: AssistantServer, context: RequestContext, **request: Any) -> str:
    """Send a request to the server and return the whole answer."""
    result = await server.process(json.dumps(request), context)
    if isinstance(result, StreamingResult):
        return b"".join([chunk async for chunk in result]).decode()
    return result.json.decode()


async def test_messages_need_their_files_and_threads_take_them_along(
    attachments: DiskAttachmentStore, context: RequestContext, tmp_path: Path
) -> None:
    """A file that never came cannot be sent; one that was sent is deleted with its thread."""
    agent = build_agent(DemoModel(0))
    server = AssistantServer(agent, attachments.store, attachments)
    attachment = await announced(attachments, "a.txt", "text/plain", 4, context)
    said: dict[str, Any] = {
        "content": [{"type": "input_text", "text": "Hello"}],
        "attachments": [attachment.id],
        "inference_options": {},
    }
    with pytest.raises(AttachmentRefused):
        await asked(server, context, type="threads.create", params={"input": said})
    with pytest.raises(NotFoundError):
        await asked(server, somebody(), type="threads.create", params={"input": said})
    await fill(attachments, attachment, b"text")
    answer = await asked(server, context, type="threads.create", params={"input": said})
    thread_id = json.loads(answer.partition("\n")[0].removeprefix("data: "))["thread"]["id"]
    assert files(attachments, tmp_path) == [b"text"]
    await asked(server, context, type="threads.delete", params={"thread_id": thread_id})
    assert files(attachments, tmp_path) == []
    await server.aclose()


async def test_the_sweep_clears_what_nobody_wants(store: SqliteStore, tmp_path: Path) -> None:
    """Files without a record and records without a file go; what a link may still fill stays."""
    user, young = f"user-{uuid4().hex}", on_disk(store, tmp_path / "files")
    context = somebody(user)
    never = await announced(young, "never.txt", "text/plain", 4, context)
    unsent = await attached(young, context, b"unsent")
    orphan = await attached(young, context, b"orphan")
    await store.delete_attachment(orphan.id, context)
    assert await sweep(young) == 0
    for attachment in (never, unsent, orphan):
        await young.files.put_label(Label(user, attachment.id, expires_at=0))
    assert await sweep(young, unsent_ttl=10**12) == 2
    assert files(young, tmp_path) == [b"unsent"]
    with pytest.raises(NotFoundError):
        await store.load_attachment(never.id, context)
    assert await sweep(young, unsent_ttl=0) == 1
    assert files(young, tmp_path) == []
