"""The process itself: quick answers, one line for every failure, the right exit code."""

import errno
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from chatkit_forge import __version__, cli
from chatkit_forge.__main__ import run
from chatkit_forge.errors import OurFault, UsageError

from .cache import OWN_CACHE

ROOT = Path(__file__).parent.parent


def forge(
    *args: str,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    before: Callable[[], None] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run the command line as a process of its own, in which `before` is called first."""
    return subprocess.run(
        [sys.executable, "-m", "chatkit_forge", *args],
        cwd=cwd,
        env={**os.environ, **OWN_CACHE, "PYTHONPATH": str(ROOT), **(env or {})},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        preexec_fn=before,
    )


def imported_by(*args: str, cwd: Path) -> set[str]:
    """Return the modules that a command loads."""
    process = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "chatkit_forge", *args],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    return {line.rpartition("|")[2].strip() for line in process.stderr.splitlines()}


def test_version_is_answered_before_anything_is_imported(tmp_path: Path) -> None:
    """`--version` costs little more than starting Python."""
    done = forge("--version", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, f"chatkit-forge {__version__}\n")
    loaded = imported_by("--version", cwd=tmp_path)
    assert not {"typer", "dataclasses", "pathlib", "chatkit_forge.cli"} & loaded


def test_version_is_the_one_that_is_packaged() -> None:
    """The version is written twice, so that it can be told without reading metadata."""
    packaged = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert packaged["project"]["version"] == __version__


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    """`--help` needs the parser and no more."""
    loaded = imported_by("new", "store", "--help", cwd=tmp_path)
    heavy = {"rich", "jinja2", "libcst", "pydantic", "chatkit", "importlib.metadata", "filelock"}
    assert not heavy & loaded


def test_no_arguments_show_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever types the bare name sees what there is."""
    assert run([]) == 0
    assert "new" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["nw"], "new"),
        (["new"], "missing command"),
        (["new", "shop"], "shop"),
        (["new", "store", "--bakend", "sqlite"], "--backend"),
        (["new", "store", "--backend"], "--backend"),
        (["new", "store", "sqlite"], "sqlite"),
        (["schema"], "--backend"),
        (["--unknown"], "--unknown"),
    ],
)
def test_arguments_that_make_no_sense_are_one_line(
    args: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The parser's complaint is one line that says where help is; the exit code is 2."""
    assert run(args) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert words in err
    assert "--help" in err


def fail_with(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the next command raise an error."""

    def invoke(_: object) -> int:
        raise error

    monkeypatch.setattr(cli, "invoke", invoke)


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (UsageError("that is a file"), 2, "error: that is a file\n"),
        (OurFault("a finding in our own output"), 3, "error: a finding in our own output\n"),
        (KeyboardInterrupt(), 130, "error: interrupted\n"),
        (RuntimeError("two\nlines"), 3, "RuntimeError: two lines"),
    ],
)
def test_every_failure_is_one_line_with_its_exit_code(
    error: BaseException,
    code: int,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What is ours, what is the user's and what is a bug end differently, never in a traceback."""
    monkeypatch.delenv("CHATKIT_FORGE_DEBUG", raising=False)
    fail_with(error, monkeypatch)
    assert run(["new", "store"]) == code
    err = capsys.readouterr().err
    assert words in err
    assert err.count("\n") == 1


def test_a_place_that_may_not_be_read_is_named(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A folder is entered before anything is written: "cannot write" would mislead."""
    fail_with(PermissionError(errno.EACCES, "Permission denied", "app/pyvenv.cfg"), monkeypatch)
    assert run(["new", "store"]) == 2
    err = capfd.readouterr().err
    assert err == "error: no access to app/pyvenv.cfg: Permission denied; check its permissions\n"


def test_a_bug_asks_for_a_report(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An unexpected error says how to see more, and does so when asked."""
    fail_with(ZeroDivisionError("x"), monkeypatch)
    monkeypatch.delenv("CHATKIT_FORGE_DEBUG", raising=False)
    assert run(["new", "store"]) == 3
    assert "bug report" in capsys.readouterr().err
    monkeypatch.setenv("CHATKIT_FORGE_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        run(["new", "store"])


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes of this kind on Windows")
@pytest.mark.parametrize("command", ["--help", "--version"])
def test_a_reader_that_leaves_early_is_no_error(tmp_path: Path, command: str) -> None:
    """`chatkit-forge --help | head -0` ends quietly."""
    reader, writer = os.pipe()
    os.close(reader)
    process = subprocess.run(
        [sys.executable, "-m", "chatkit_forge", command],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": ""},
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writer)
    assert process.stderr == b""
    assert process.returncode not in {0, 2, 3}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is full")
@pytest.mark.parametrize("command", ["--help", "--version"])
def test_output_to_a_full_disk_is_one_line(tmp_path: Path, command: str) -> None:
    """Output that cannot be written is told, not lost."""
    with Path("/dev/full").open("wb") as full:
        process = subprocess.run(
            [sys.executable, "-m", "chatkit_forge", command],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": ""},
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert process.returncode == 2
    assert process.stderr.startswith(b"error: cannot write the output")
    assert process.stderr.count(b"\n") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="no shell of this kind on Windows")
@pytest.mark.parametrize(
    ("command", "code", "complaint"),
    [
        ("--version >&-", 0, ""),
        ("schema --backend sqlite >&-", 0, ""),
        ("new store <&-", 2, "error: --backend is missing"),
        ("new store --backend oracle <&- >&- 2>&-", 2, ""),
    ],
)
def test_a_closed_stream_is_no_bug(tmp_path: Path, command: str, code: int, complaint: str) -> None:
    """Services and cron jobs start programs with streams closed, not only redirected."""
    process = subprocess.run(
        ["/bin/sh", "-c", f'"$0" -m chatkit_forge {command}', sys.executable],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == code
    assert process.stderr.startswith(complaint)
    assert process.stderr.count("\n") == bool(complaint)
