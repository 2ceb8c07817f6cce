"""What the tests of the server have in common."""

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.provider.fixtures import stand_in as stand_in  # noqa: PLC0414  pytest finds it here
from tests.provider.stand_in import StandIn

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
