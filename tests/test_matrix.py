"""Combinations of options: each on each backend is strictly typed, some run their own tests.

`make matrix`, which sets CHATKIT_FORGE_MATRIX=all, type-checks and runs all there are.
"""

import asyncio
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from itertools import combinations, product
from pathlib import Path

import pytest

from chatkit_forge.options import BACKENDS

from .apps import COMBINATIONS, Combination, write
from .fresh import LIGHT, database
from .typed import findings
from .warm import finished

ALL = os.environ.get("CHATKIT_FORGE_MATRIX") == "all"
PLAIN = tuple(Combination(backend) for backend in BACKENDS)
# Together with the plain ones every two options meet: a test below counts.
PAIRWISE = (
    Combination("postgres", True, True, "jwt", "litellm"),
    Combination("mysql", True, True, "jwt", "litellm"),
    Combination("mongodb", True, True, "jwt", "litellm"),
    Combination("sqlite", True, True, "session", "openai"),
    Combination("sqlite", False, False, "jwt", "litellm"),
    Combination("memory", True, False, "jwt", "openai"),
    Combination("memory", False, True, "session", "litellm"),
)
# Each backend with one option at a time.
SINGLE = tuple(
    chosen
    for backend in BACKENDS
    for chosen in (
        Combination(backend, rag=True),
        Combination(backend, attachments=True),
        Combination(backend, auth="jwt"),
        Combination(backend, provider="litellm"),
    )
)
TYPED = COMBINATIONS if ALL else (*PLAIN, *SINGLE)
OTHERS = tuple(each for each in COMBINATIONS if each not in PLAIN) if ALL else PAIRWISE
# What the program would read of the machine it runs on, and make of the make around it.
FOREIGN = ("DATABASE_", "OPENAI_", "LITELLM_", "QDRANT_", "JWT_", "SESSION_", "ATTACHMENT", "MAKE")


def pairs(chosen: Combination) -> Iterator[tuple[tuple[str, object], tuple[str, object]]]:
    """Yield every two answers that meet in a combination."""
    answers = [(name, getattr(chosen, name)) for name in Combination.__slots__]
    yield from combinations(answers, 2)


def test_every_two_options_meet() -> None:
    """Have each pair of answers in a combination that runs its tests, in ten more than plain."""
    met = {pair for chosen in (*PLAIN, *PAIRWISE) for pair in pairs(chosen)}
    assert met == {pair for chosen in COMBINATIONS for pair in pairs(chosen)}
    assert len(PAIRWISE) <= 10
    assert not set(PAIRWISE) & set(PLAIN)


def test_every_option_is_typed_on_every_backend() -> None:
    """Type-check each backend plain and with each option."""
    wanted = set(product(BACKENDS, ("plain", "rag", "attachments", "jwt", "litellm")))
    names = [str(chosen).partition("-") for chosen in TYPED]
    assert wanted <= {(backend, options or "plain") for backend, _, options in names}


@pytest.mark.slow
def test_all_are_strictly_typed(tmp_path: Path) -> None:
    """Find nothing in strict mode, in one run of pyright over every file of every combination."""
    folders = {chosen: tmp_path / str(chosen) for chosen in TYPED}
    projects = {folder: write(chosen, folder) for chosen, folder in folders.items()}
    assert findings(projects, tmp_path) == []


def parameter(chosen: Combination) -> object:
    """Return a test's parameter; most backends need their server."""
    marks = [] if chosen.backend in {"memory", "sqlite"} else [pytest.mark.server]
    return pytest.param(chosen, id=str(chosen), marks=marks)


# Two classes, so that two workers of pytest share them.
class TestPlain:
    """The applications without options."""

    @pytest.mark.parametrize("chosen", [parameter(chosen) for chosen in PLAIN])
    def test_it_passes_its_own_tests(self, chosen: Combination, tmp_path: Path) -> None:
        """Pass our own rules, lint, formatting and the tests that come with it."""
        own_checks(chosen, tmp_path)


class TestWithOptions:
    """The applications in which options meet."""

    @pytest.mark.slow
    @pytest.mark.parametrize("chosen", [parameter(chosen) for chosen in OTHERS])
    def test_it_passes_its_own_tests(self, chosen: Combination, tmp_path: Path) -> None:
        """Pass our own rules, lint, formatting and the tests that come with it."""
        own_checks(chosen, tmp_path)


def own_checks(chosen: Combination, folder: Path) -> None:
    """Write an application and run what it can be checked with; fail the test with the report."""
    write(chosen, folder)
    ruff = (sys.executable, "-m", "ruff")
    run(folder, *ruff, "check", "--no-cache", ".")
    run(folder, *ruff, "format", "--no-cache", "--check", ".")
    run(folder, sys.executable, "-m", "chatkit_forge", "check", "--no-types")

    async def play() -> str:
        if chosen.backend in {"memory", "sqlite"}:
            return await asyncio.to_thread(own_tests, folder)
        async with database(server(chosen)) as url:
            variable = f"TEST_{chosen.backend.upper()}_URL"
            return await asyncio.to_thread(own_tests, folder, **{variable: url})

    last = asyncio.run(play()).splitlines()[-1]
    assert " passed" in last
    assert "skipped" not in last


def server(chosen: Combination) -> str:
    """Return the server that a combination runs on; MySQL's store is MariaDB's as well."""
    return "mariadb" if chosen.backend == "mysql" and chosen.rag else chosen.backend


def own_tests(folder: Path, **more: str) -> str:
    """Return what `make test` prints there, in our environment.

    Its command, without the seconds that Python needs to import what they all import.
    """
    make = ("make", "--no-print-directory", "--dry-run", "test", "PYTHON=python")
    line = run(folder, *make, **more).rstrip("\n")
    python, flag, *module = shlex.split(line)
    assert (python, flag, "\n" in line) == ("python", "-m", False), line
    code, printed = finished(module, folder, ours() | LIGHT | more)
    if code != 0:
        pytest.fail(f"{line}: {printed[-8000:]}", pytrace=False)
    return printed


def ours() -> dict[str, str]:
    """Return the environment without what decides about a program of the user's."""
    return {name: each for name, each in os.environ.items() if not name.startswith(FOREIGN)}


def run(folder: Path, *command: str, **more: str) -> str:
    """Run a command in the folder and return what it printed; fail the test with it."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=ours() | more,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        pytest.fail(
            f"{' '.join(command)}: {done.stdout[-6000:]}{done.stderr[-2000:]}", pytrace=False
        )
    return done.stdout
