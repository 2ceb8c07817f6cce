"""What the broken variants fail is worth seeing on every run, passed or not."""

import pytest

from .broken import TABLE


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print which tests caught which broken store."""
    table = terminalreporter.config.stash.get(TABLE, None)
    if table:
        terminalreporter.section("broken stores, and the tests that catch them")
        for line in table:
            terminalreporter.line(line)
