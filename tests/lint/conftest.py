"""Print the table of the corpus at the end of a test run."""

import pytest

_TABLE = pytest.StashKey[list[str]]()
_HEAD = "half      marked  found  recall  wrong"


@pytest.fixture
def corpus_table(request: pytest.FixtureRequest) -> list[str]:
    """Return the lines that are printed at the end of the run."""
    return request.config.stash.setdefault(_TABLE, [])


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print what the rules found in each half of the corpus."""
    lines = config.stash.get(_TABLE, list[str]())
    if lines:
        terminalreporter.section("corpus of stores and servers")
        for line in (_HEAD, *lines):
            terminalreporter.write_line(line)
