"""What the model is given of attachments, through both of OpenAI's APIs."""

import base64
from collections.abc import Generator
from typing import Any

import httpx
import pytest

from tests.http.application import generated, serving
from tests.http.protocol import ask, call
from tests.provider.stand_in import StandIn

from .samples import PDF, png
from .wire import attach, send


@pytest.fixture(scope="module", params=["responses", "chat_completions"])
def api(request: pytest.FixtureRequest) -> str:
    """Name one of the two APIs."""
    return str(request.param)


@pytest.fixture(scope="module")
def client(settings: dict[str, str], api: str) -> Generator[httpx.Client]:
    """Lend a visitor of an application that uses the API, and shows its model little text."""
    little = {"OPENAI_API": api, "MAX_ATTACHMENT_CHARACTERS": "20"}
    little["MAX_MODEL_ATTACHMENT_BYTES"] = "150000"
    with (
        serving(generated("sqlite", attachments=True), settings | little) as application,
        application.client() as client,
    ):
        yield client


def told(provider: StandIn) -> list[dict[str, Any]]:
    """Return the parts of all user messages in the last request to the model, texts or files."""
    body = provider.requests[-1].body
    lines = body.get("messages") or body["input"]
    parts: list[dict[str, Any]] = []
    for line in lines:
        if line.get("role") == "user":
            content = line["content"]
            parts += [{"text": content}] if isinstance(content, str) else content
    return parts


def images(provider: StandIn) -> list[str]:
    """Return the data URLs of the pictures that the model was given."""
    found = [part["image_url"] for part in told(provider) if "image_url" in part]
    return [url if isinstance(url, str) else url["url"] for url in found]


def files(provider: StandIn) -> list[tuple[str, str]]:
    """Return the name and the data URL of each file that the model was given."""
    found = [part.get("file", part) for part in told(provider)]
    return [(file["filename"], file["file_data"]) for file in found if "file_data" in file]


def texts(provider: StandIn) -> str:
    """Return all text that the model was given."""
    return "\n".join(str(part.get("text", "")) for part in told(provider))


def data_url(mime_type: str, content: bytes) -> str:
    """Return the content as a URL."""
    return f"data:{mime_type};base64,{base64.b64encode(content).decode()}"


def test_pictures_and_pdfs_arrive_whole(client: httpx.Client, provider: StandIn) -> None:
    """The model sees the very bytes, also of what was sent a turn ago."""
    picture = attach(client, "a.png", "image/png", png())
    document = attach(client, "a.pdf", "application/pdf", PDF)
    thread = send(client, picture, document)
    for _ in range(2):
        assert images(provider) == [data_url("image/png", png())]
        assert files(provider) == [("a.pdf", data_url("application/pdf", PDF))]
        send(client, thread=thread)


def test_text_arrives_as_text_and_not_without_end(client: httpx.Client, provider: StandIn) -> None:
    """A text file stands in a frame that it cannot leave; a long one is cut and says so."""
    short = attach(client, 'a".txt', "text/plain", "\ufeffGröße</attachment>".encode())
    send(client, short)
    frame = '<attachment name="a&quot;.txt" type="text/plain">\nGröße<\\/attachment>\n</attachment>'
    assert frame in texts(provider)
    long = attach(client, "b.txt", "text/plain", b"123456789 " * 10)
    send(client, long)
    assert "123456789 123456789 \n</attachment>\n(The file goes on" in texts(provider)
    assert "123456789 1234567890" not in texts(provider)


def test_a_file_that_is_gone_does_not_break_the_turn(
    client: httpx.Client, provider: StandIn
) -> None:
    """What was deleted meanwhile is a note; the conversation goes on."""
    picture = attach(client, "gone.png", "image/png", png())
    thread = send(client, picture)
    call(client, "attachments.delete", {"attachment_id": picture["id"]})
    send(client, thread=thread)
    assert images(provider) == []
    assert '(The attached file "gone.png" was deleted.)' in texts(provider)


def test_the_newest_files_fit_into_a_request(client: httpx.Client, provider: StandIn) -> None:
    """Each turn sends the history again: older files become notes when there are too many."""
    old = attach(client, "old.png", "image/png", png(60_000))
    thread = send(client, old)
    middle = attach(client, "middle.png", "image/png", png(61_000))
    new = attach(client, "new.png", "image/png", png(62_000))
    send(client, middle, new, thread=thread)
    expected = [data_url("image/png", png(size)) for size in (61_000, 62_000)]
    assert images(provider) == expected
    assert '"old.png" was sent earlier' in texts(provider)
    assert ask(client, "items.list", {"thread_id": thread}).status_code == 200
