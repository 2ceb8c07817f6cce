"""What a user gets passes its own tests at once, with options that change most of the text.

Without options, each backend does so in the application that has no others.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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


# What differs from the templates in every line that is long or has a text.
RUFF = """[tool.ruff]
line-length = 60
format.quote-style = 'single'
"""
# All options together, in a src layout.
ALL = ("--helpers", "--class-name", "ChatStore", "--package", "src/shop")
PREFIX = ("--table-prefix", "shop_")
KEYS = ("--context", "dict[str, Any]", "--owner", "user.id")
ATTRIBUTES = ("--context", "shop.visit:Visit", "--owner", "account.id")


@dataclass(frozen=True, slots=True)
class Case:
    """One project: the command's options, and the server its tests run on."""

    name: str
    options: tuple[str, ...]
    server: str | None = None


CASES = [
    Case("memory", ("--backend", "memory", *ALL, *KEYS)),
    Case("sqlite", ("--backend", "sqlite", *ALL, *ATTRIBUTES, *PREFIX)),
    Case("postgres", ("--backend", "postgres", *ALL, *KEYS, *PREFIX), "postgres"),
    Case("mariadb", ("--backend", "mysql", *ALL, *KEYS, *PREFIX), "mariadb"),
    Case(
        "motor",
        ("--backend", "mongodb", "--driver", "motor", *ALL, *ATTRIBUTES, *PREFIX),
        "mongodb",
    ),
]


def parameter(case: Case) -> object:
    marks = [] if case.server is None else [pytest.mark.server]
    return pytest.param(case, id=case.name, marks=marks)


@pytest.mark.parametrize("case", [parameter(case) for case in CASES])
def test_a_store_with_every_option_passes_its_own_tests(case: Case, tmp_path: Path) -> None:
    """Generate it narrow and in single quotes, as the project wants, then run pytest."""
    (tmp_path / "pyproject.toml").write_text(RUFF, encoding="utf-8")
    package = tmp_path / "src" / "shop"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "visit.py").write_text(CONTEXT, encoding="utf-8")
    ours = dict(os.environ)
    told: dict[str, Any] = json.loads(
        passes(tmp_path, ours, "chatkit_forge", "new", "store", *case.options, "--json")
    )
    assert [check["name"] for check in told["checks"]] == ["ruff", "pyright", "promises"]
    backend = case.options[1]
    store = (package / "stores" / f"{backend}.py").read_text(encoding="utf-8")
    by_keys = KEYS[1] in case.options
    assert f"class ChatStore(Store[{'dict[str, Any]' if by_keys else 'Visit'}]):" in store
    assert ("['user']['id']" if by_keys else "context.account.id") in store
    assert "cast('object', " in store
    environment = {"PYTHONPATH": str(tmp_path / "src")}
    if case.server is not None:
        environment[f"TEST_{backend.upper()}_URL"] = url(case.server)
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
