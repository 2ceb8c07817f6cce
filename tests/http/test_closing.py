"""What the application has opened is closed when it has stopped: connections and threads."""

from pathlib import Path

import pytest

from chatkit_forge.options import Provider
from tests.provider.script import Call
from tests.provider.stand_in import StandIn
from tests.search.qdrant_server import KEY, qdrant
from tests.servers.processes import free_port
from tests.servers.urls import url

from .application import database, generated, serving
from .conftest import provider_settings
from .protocol import begin, message, of, stream

SEARCH = Call(
    "search_content",
    {"queries": ["loops"], "search_scope": "full_book", "chapter": None, "lesson": None},
)


def left_open(folder: Path, settings: dict[str, str], provider: StandIn) -> str:
    """Run the application, let it search, answer and name a thread; return what it left open."""
    port = str(free_port())
    command = ["uvicorn", "watched:app", "--port", port, "--log-level", "warning"]
    some = database("sqlite") | provider_settings(provider) | settings | {"APP_PORT": port}
    provider.will(SEARCH)
    with serving(folder, some, command) as application, application.client() as client:
        asked = stream(client, "threads.create", {"input": message("What is a loop?")})
        assert not of(asked, "error"), asked
        begin(client)
        application.stop()
        [line] = [line for line in application.log.splitlines() if line.startswith("left open: ")]
    return line.removeprefix("left open: ")


@pytest.mark.parametrize(
    ("model", "settings"),
    [
        ("openai", {"TITLE_MODEL": "tiny"}),
        ("openai", {"TITLE_MODEL": "tiny", "OPENAI_API": "chat_completions"}),
        ("litellm", {"TITLE_MODEL": "openai/tiny"}),
    ],
    ids=["responses", "chat_completions", "litellm"],
)
def test_the_provider_and_the_index_are_closed(
    model: Provider, settings: dict[str, str], provider: StandIn
) -> None:
    """Their clients keep connections for the next request, and there is none."""
    folder = generated("sqlite", rag=True, provider=model)
    with qdrant() as server:
        some = settings | {"QDRANT_URL": server.url, "QDRANT_API_KEY": KEY}
        assert left_open(folder, some, provider) == "[] []"


def test_the_embedded_index_is_closed(tmp_path: Path, provider: StandIn) -> None:
    """Its folder is another process's to open when this one has ended."""
    settings = {"QDRANT_PATH": str(tmp_path / "index")}
    assert left_open(generated("sqlite", rag=True), settings, provider) == "[] []"


@pytest.mark.server
@pytest.mark.needs("redis")
def test_the_count_of_requests_is_closed(provider: StandIn) -> None:
    """Redis, which the limits are counted in, is not left with a connection."""
    settings = {"RATE_LIMIT_STORAGE": f"async+{url('redis')}"}
    assert left_open(generated("sqlite", rag=True), settings, provider) == "[] []"
