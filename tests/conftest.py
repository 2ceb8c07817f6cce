"""Fixtures that every room of the tests shares."""

from collections.abc import Callable

import pytest

from .servers import urls


@pytest.fixture
def server_url(request: pytest.FixtureRequest) -> Callable[[str], str]:
    """Return the function from a server's name to its URL, for tests marked `server`.

    A server that is not there fails the test. So does a missing mark: `make quick` goes by it.
    """
    if request.node.get_closest_marker("server") is None:
        pytest.fail("a test that asks for a server has to be marked `server`", pytrace=False)
    return urls.url
