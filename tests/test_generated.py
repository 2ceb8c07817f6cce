"""What a user gets passes its own tests at once, with options that change most of the text.

Without options, each backend does so in the application that has no others.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from .fresh import LIGHT
from .servers.urls import url
from .warm import finished

CONTEXT = '''"""Who is asking, in this shop's own words."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Account:
    """A customer's account."""

    id: str


@dataclass(frozen=True, slots=True)
class Visit:
    """One request."""

    account: Account
'''


@dataclass(frozen=True, slots=True)
class Case:
    """One project: the command's options, and the server its tests run on."""

    name: str
    options: tuple[str, ...]
    server: str | None = None


CASES = [
    Case("memory", ("--backend", "memory", "--context", "dict[str, Any]")),
    Case(
        "sqlite",
        (
            *("--backend", "sqlite", "--class-name", "ChatStore", "--helpers"),
            *("--context", "shop.visit:Visit", "--owner", "account.id"),
            *("--table-prefix", "shop_", "--package", "shop"),
        ),
    ),
    Case(
        "postgres",
        (
            *("--backend", "postgres", "--class-name", "Threads", "--table-prefix", "pg_gen_"),
            *("--context", "dict[str, Any]", "--owner", "user.id"),
        ),
        "postgres",
    ),
    Case(
        "mariadb",
        (
            *("--backend", "mysql", "--table-prefix", "gen_", "--helpers"),
            *("--package", "src/chat"),
        ),
        "mariadb",
    ),
    Case(
        "motor",
        (
            *("--backend", "mongodb", "--driver", "motor", "--helpers", "--class-name", "Chats"),
            *("--table-prefix", "gen_", "--context", "shop.visit:Visit", "--owner", "account.id"),
            *("--package", "shop"),
        ),
        "mongodb",
    ),
]


def parameter(case: Case) -> object:
    marks = [] if case.server is None else [pytest.mark.server]
    return pytest.param(case, id=case.name, marks=marks)


@pytest.mark.parametrize("case", [parameter(case) for case in CASES])
def test_generated_project_passes_its_own_tests(case: Case, tmp_path: Path) -> None:
    """Generate, then run pytest as the command's last lines say."""
    if "shop.visit:Visit" in case.options:
        (tmp_path / "shop").mkdir()
        (tmp_path / "shop" / "__init__.py").touch()
        (tmp_path / "shop" / "visit.py").write_text(CONTEXT, encoding="utf-8")
    ours = dict(os.environ)
    passes(tmp_path, ours, "chatkit_forge", "new", "store", *case.options)
    environment = {"PYTHONPATH": str(tmp_path / "src")} if "src/chat" in case.options else {}
    if case.server is not None:
        backend = case.options[1].upper()
        environment[f"TEST_{backend}_URL"] = url(case.server)
    options = ("-q", "-p", "no:cacheprovider")
    report = passes(tmp_path, ours | environment | LIGHT, "pytest", *options, "tests")
    assert " passed" in report
    assert "skipped" not in report


def passes(folder: Path, environment: dict[str, str], *module: str) -> str:
    """Run a Python module in the folder and return what it printed; fail the test with it."""
    code, printed = finished(module, folder, environment)
    if code != 0:
        pytest.fail(f"{' '.join(module)}: {printed[-6000:]}", pytrace=False)
    return printed
