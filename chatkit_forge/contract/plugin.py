"""The pytest plugin: readable assertions for the suite, and which points failed at the end.

Every pytest run of the environment imports this module, so it imports next to nothing.
"""

import argparse
import pkgutil
from collections import Counter
from pathlib import Path

import pytest

from .points import POINTS, point_of

# Named one by one: the package itself is already imported, and pytest would warn about it.
_MODULES = [module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)])]
pytest.register_assert_rewrite(
    *(f"{__package__}.{name}" for name in _MODULES if name not in ("plugin", "points"))
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run play more random operations at night, or fewer of them while one writes."""
    parser.getgroup("chatkit-forge").addoption(
        "--chatkit-examples",
        type=_count,
        metavar="N",
        help="sequences of random operations each store is put through (default: 30)",
    )


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1")
    return int(text)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which points of the contract do not hold; silent when all do."""
    failed = Counter(
        point_of(report.nodeid)
        for report in terminalreporter.stats.get("failed", ())
        if "chatkit_contract" in report.keywords
    )
    if not failed:
        return
    terminalreporter.section("ChatKit contract: what does not hold")
    for point, tests in sorted(failed.items()):
        text = POINTS.get(point, "the surface the SDK relies on")
        label = f"point {point:2}" if point else "surface "
        terminalreporter.line(f"{label}  {text} ({tests} test{'s' * (tests > 1)})")
