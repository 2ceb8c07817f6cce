"""What the tests of the server have in common."""

from collections.abc import AsyncGenerator, Generator
from pathlib import Path
from typing import Any

import pytest

from tests.provider.fixtures import stand_in as stand_in  # noqa: PLC0414  pytest finds it here
from tests.provider.stand_in import StandIn

from .chats import part
from .provider_talk import APIS, Talk


@pytest.fixture(params=APIS)
def talk(
    request: pytest.FixtureRequest,
    stand_in: StandIn,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Generator[Talk]:
    """Start a generated server once for each way to reach a model."""
    started = Talk(request.param, stand_in, tmp_path, monkeypatch)
    yield started
    started.close()


@pytest.fixture
def anyio_backend() -> str:
    """Run asynchronous tests on asyncio, as the server does."""
    return "asyncio"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncGenerator[Any]:
    """Open a new database, whose every call suspends."""
    async with part("stores.sqlite").SqliteStore(f"sqlite:///{tmp_path}/chat.db") as opened:
        yield opened
