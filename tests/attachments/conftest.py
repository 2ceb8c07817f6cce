"""One running application that takes attachments, and a provider that is told what to answer."""

from collections.abc import Generator
from pathlib import Path

import httpx
import pytest

from tests.http.application import Application, database, generated, serving
from tests.http.conftest import provider_settings
from tests.provider.script import Say
from tests.provider.stand_in import StandIn, standing_in

from .wire import LIMIT


@pytest.fixture(scope="session")
def provider() -> Generator[StandIn]:
    """Lend a provider that has one answer to everything."""
    with standing_in() as stand_in:
        stand_in.otherwise = (Say("An answer."),)
        yield stand_in


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the application keeps its files."""
    return tmp_path_factory.mktemp("attachments") / "kept"


@pytest.fixture(scope="session")
def settings(provider: StandIn, folder: Path) -> dict[str, str]:
    """Return the settings of the application."""
    return {
        **database("sqlite"),
        **provider_settings(provider),
        "ATTACHMENTS_DIR": str(folder),
        "MAX_ATTACHMENT_BYTES": str(LIMIT),
        "ATTACHMENT_SECRET": "x" * 32,
    }


@pytest.fixture(scope="session")
def application(settings: dict[str, str]) -> Generator[Application]:
    """Lend the running application."""
    with serving(generated("sqlite", attachments=True), settings) as application:
        yield application


@pytest.fixture
def visitor(application: Application) -> Generator[httpx.Client]:
    """Lend a visitor nobody knows yet."""
    with application.client() as client:
        yield client
