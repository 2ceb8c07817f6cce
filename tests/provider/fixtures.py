"""Fixtures around the stand-in, for whoever imports them into a conftest."""

from collections.abc import Generator

import pytest

from .stand_in import StandIn, standing_in


@pytest.fixture
def stand_in() -> Generator[StandIn]:
    """Run a stand-in for one test."""
    with standing_in() as provider:
        yield provider
