"""One stand-in for the provider a module, and one running application a backend."""

from collections.abc import Generator
from typing import cast

import httpx
import pytest

from chatkit_forge.options import BACKENDS, Backend
from tests.provider.script import Say
from tests.provider.stand_in import StandIn, standing_in

from .application import Application, database, generated, serving

_NEED_A_SERVER = ("postgres", "mysql", "mongodb")
EVERY_BACKEND = [
    pytest.param(backend, marks=[pytest.mark.server] if backend in _NEED_A_SERVER else [])
    for backend in BACKENDS
]


def provider_settings(provider: StandIn) -> dict[str, str]:
    """Return the settings that let the stand-in answer; the limits are out of the way."""
    return {
        "OPENAI_API_KEY": "sk-stand-in",
        "OPENAI_BASE_URL": provider.base_url,
        "RATE_LIMIT": "10000/minute",
        "READ_RATE_LIMIT": "10000/minute",
        "ADDRESS_RATE_LIMIT": "10000/minute",
    }


@pytest.fixture(scope="module")
def provider() -> Generator[StandIn]:
    """Lend a provider that has one answer to everything, unless it is told another."""
    with standing_in() as stand_in:
        stand_in.otherwise = (Say("An answer in several words."),)
        yield stand_in


@pytest.fixture(scope="module", params=EVERY_BACKEND)
def on_each(request: pytest.FixtureRequest, provider: StandIn) -> Generator[Application]:
    """Lend a running application, one backend after the other."""
    backend = cast("Backend", request.param)
    settings = database(backend) | provider_settings(provider)
    with serving(generated(backend, attachments=True), settings) as application:
        yield application


@pytest.fixture(scope="module")
def application(provider: StandIn) -> Generator[Application]:
    """Lend a running application on SQLite, without attachments."""
    settings = database("sqlite") | provider_settings(provider)
    with serving(generated("sqlite"), settings) as application:
        yield application


@pytest.fixture
def visitor(application: Application) -> Generator[httpx.Client]:
    """Lend a visitor nobody knows yet."""
    with application.client() as client:
        yield client
