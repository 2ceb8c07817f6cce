"""Deselects the tests whose server or program this machine does without, and prints tables."""

import gc
import shutil

import pytest

from .cache import BEGAN_HERE, CACHE
from .examples import proven_once
from .servers import absent


def pytest_unconfigure() -> None:
    """Remove what this run remembered, at its very end: others may be part of it."""
    if BEGAN_HERE:
        shutil.rmtree(CACHE, ignore_errors=True)


@pytest.fixture(scope="session")
def examples_found() -> list[str]:
    """Return what pyright finds in the examples; whoever writes the same need not ask again."""
    return proven_once()


def pytest_collection_finish() -> None:
    """Search for garbage seldom, and not in what is there for all tests: a fifth of the time."""
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what `python -m tests.servers` said it could not get, and nothing else."""
    try:
        missing = absent.left_out()
    except ValueError as error:
        raise pytest.UsageError(str(error)) from error
    needed = [_needs(item) for item in items]
    left = [item for item, needs in zip(items, needed, strict=True) if needs & missing]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item, needs in zip(items, needed, strict=True) if not needs & missing]


def _needs(item: pytest.Item) -> set[str]:
    """Return what a test needs by its marks; raises UsageError for what nobody provides."""
    names = {str(name) for mark in item.iter_markers("needs") for name in mark.args}
    if unknown := names - absent.WITHOUT.keys():
        raise pytest.UsageError(f"{item.nodeid}: needs({', '.join(sorted(unknown))}) is nothing")
    return names


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the lines that tests recorded as "table: TITLE", passed or not, on any worker."""
    tables: dict[str, list[str]] = {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport) and report.when == "call":
                for name, line in report.user_properties:
                    kind, _, title = name.partition(": ")
                    if kind == "table":
                        tables.setdefault(title, []).append(str(line))
    for title, lines in tables.items():
        terminalreporter.section(title)
        for line in lines:
            terminalreporter.line(line)
