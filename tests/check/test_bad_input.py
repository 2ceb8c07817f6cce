"""Bad input is a finding or one clear line; it is never a crash, and never "clean"."""

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

import chatkit_forge
from chatkit_forge import mend, pyright_process
from chatkit_forge.__main__ import run
from chatkit_forge.discover import Unreadable, discover

from .running import BAD, GOOD, check, found, write

IMPORT = "from chatkit.types import UserMessageTextContent\n"
CALL = 'UserMessageTextContent(type="text", text="hi")'
ELIF = "".join(f"elif a == {n}:\n    pass\n" for n in range(1500))

# What is in the file, and whether its mistake is found (line, column) or it cannot be checked.
SOURCES: dict[str, tuple[str | bytes, tuple[int, int] | str]] = {
    "syntax": (f"{IMPORT}def broken(:\n", "does not parse"),
    "unfinished": (f"{BAD}x = 1 + \\\n", "does not parse"),
    "dedent": (f"{IMPORT}if 1:\n        x = 1\n    y = 2\n", "does not parse"),
    "long_number": (f"{BAD}x = {'9' * 5000}\n", "does not parse"),
    "latin_1": (f"# -*- coding: latin-1 -*-\n{BAD}X = 'é'\n".encode("latin-1"), (4, 39)),
    "not_utf_8": (f"{BAD}X = 'é'\n".encode("latin-1"), "is not Python source"),
    "utf_16": (BAD.encode("utf-16"), "it is UTF-16"),
    "utf_16_unmarked": (BAD.encode("utf-16-be"), "null bytes"),
    "utf_8_marked": (BAD.encode("utf-8-sig"), (3, 39)),
    "unknown_encoding": (f"# coding: klingon\n{BAD}", "unknown encoding"),
    "null_byte": (f"{BAD}\0", "null bytes"),
    "parentheses": (f"{BAD}x = {'(' * 3000}1{')' * 3000}\n", "nested"),
    "plus": (f"{BAD}x = {'+'.join(['1'] * 5000)}\n", "nested too deeply"),
    "attributes": (f"{BAD}x = a{'.b' * 3000}\n", "nested too deeply"),
    "elif": (f"{BAD}if a == 0:\n    pass\n{ELIF}", (3, 39)),
    "windows": (BAD.replace("\n", "\r\n"), (3, 39)),
    "old_mac": (BAD.replace("\n", "\r"), (3, 39)),
    "form_feed": (f"{IMPORT}\f\nX = 'a\f\u2028\x1cb'\nC = {CALL}\n", (4, 33)),
    "tabs": (f"{IMPORT}def f():\n\tif 1:\n\t\treturn {CALL}\n", (4, 38)),
    "not_ascii": (f"{IMPORT}C = {{'ключ😀': {CALL}}}\n", (2, 43)),
    "no_last_line_end": (BAD.rstrip("\n"), (3, 39)),
}
# Python's parser and libcst draw the line at different depths.
NOT_MENDED = {"elif", "old_mac"}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write all of them into one project, and what holds no mistake beside them."""
    folder = tmp_path_factory.mktemp("bad") / "p"
    write(folder, {f"{name}.py": text for name, (text, _) in SOURCES.items()})
    write(folder, {"empty.py": "", "comment.py": "# chatkit"})
    os.symlink("circle.py", folder / "circle.py")
    os.symlink("..", folder / "up")
    os.symlink("nowhere.py", folder / ".#lock.py")
    os.mkfifo(folder / "pipe.py")
    return folder


def test_each_file_is_checked_or_named(project: Path) -> None:
    """One run over all of them: each mistake is found where it stands, or the file is named."""
    entries = {entry["path"]: entry for entry in found(project)}
    for name, (_, wanted) in SOURCES.items():
        entry = entries.pop(f"{name}.py")
        if isinstance(wanted, str):
            assert (entry["code"], wanted in entry["message"]) == ("CKF001", True), entry
        else:
            assert (entry["code"], entry["line"], entry["column"]) == ("CKF107", *wanted), entry
    assert {path: entry["message"] for path, entry in entries.items()} == {
        "circle.py": "this file cannot be read: Too many levels of symbolic links",
        "pipe.py": "this file cannot be read: it is no ordinary file",
    }


def test_every_format_takes_them(project: Path) -> None:
    """No form of the report stumbles over what such a file holds."""
    outputs = [f"--output={name}=../out.{name}" for name in ("sarif", "gitlab", "junit", "json")]
    result = check(project, "--no-types", "--statistics", *outputs)
    assert (result.returncode, "Traceback" in result.stderr) == (1, False)
    assert "CKF001  unreadable-file" in result.stdout


def test_fixes_leave_what_they_cannot_mend(tmp_path: Path) -> None:
    """Each file is mended in its own encoding and line ends, or stays as it was, to the byte."""
    folder = write(tmp_path / "p", {f"{n}.py": text for n, (text, _) in SOURCES.items()})
    result = check(folder, "--no-types", "--fix")
    assert result.returncode == 1
    for name, (text, wanted) in SOURCES.items():
        before = text if isinstance(text, bytes) else text.encode()
        after = (folder / f"{name}.py").read_bytes()
        if isinstance(wanted, str) or name in NOT_MENDED:
            assert after == before, name
        else:
            assert after == before.replace(b'type="text"', b'type="input_text"'), name
        assert (f"{name}.py was not mended: " in result.stderr) == (name in NOT_MENDED)


def test_a_large_file_is_checked(tmp_path: Path) -> None:
    """Five megabytes are no reason to look away."""
    text = BAD + "".join(f"VALUE_{n} = {'a long text ' * 20!r}\n" for n in range(20_000))
    folder = write(tmp_path / "p", {"large.py": text})
    assert len(text) > 5_000_000
    assert [entry["code"] for entry in found(folder)] == ["CKF107"]


def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    """A file whose name is not UTF-8 is reported in every form."""
    folder = write(tmp_path / "p", {"a.py": BAD})
    os.rename(folder / "a.py", os.fsencode(folder) + b"/\xff.py")
    for name in ("full", "json", "sarif", "github", "gitlab", "junit"):
        result = check(folder, "--no-types", "--format", name, "--output", f"{name}=out")
        assert (result.returncode, "CKF107" in result.stdout) == (1, True), result.stderr


def test_a_name_that_is_no_plain_argument(tmp_path: Path) -> None:
    """A dash, a blank and a line's end reach pyright; what it cannot read is named."""
    source = f'{BAD}WRONG: int = "x"\n'
    names = ["-a.py", "-b c.py", "-d\ne.py", "f\\g.py"]
    folder = write(tmp_path / "p", dict.fromkeys(names, source))
    for files in (["-a.py", "f\\g.py"], names):
        result = check(folder, "--format", "json", "--", *files)
        entries = [(e["path"], e["code"]) for e in json.loads(result.stdout)]
        assert entries == [
            (name, code)
            for name in files
            for code in (
                ("CKF001", "CKF107") if "\\" in name else ("CKF107", "reportAssignmentType")
            )
        ]


@contextmanager
def another_user() -> Generator[None]:
    """Be somebody who may not read everything, for the superuser may."""
    was = os.geteuid()
    if was == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(was)


def test_what_may_not_be_read_is_named(tmp_path: Path) -> None:
    """A file and a folder without permission are findings, not silence."""
    folder = write(tmp_path / "p", {"a.py": BAD, "closed/b.py": BAD})
    (folder / "a.py").chmod(0)
    (folder / "closed").chmod(0)
    # As far up as the folders are pytest's own, which are for its user alone.
    own = Path(tempfile.gettempdir()).resolve()
    for parent in (folder, *folder.parents):
        if own not in parent.parents:
            break
        parent.chmod(parent.stat().st_mode | 0o055)
    with another_user():
        result = list(discover(folder, ()))
    (folder / "closed").chmod(0o755)
    assert {(str(each.path), isinstance(each, Unreadable)) for each in result} == {
        ("a.py", True),
        ("closed", True),
    }


def test_a_folder_that_vanishes_is_named(tmp_path: Path) -> None:
    """What was there when its folder was listed and is gone now was not checked."""
    folder = write(tmp_path / "p", {"a.py": GOOD, "b.py": BAD, "c/d.py": BAD})
    files = discover(folder, ())
    first = next(files)
    (folder / "b.py").unlink()
    (folder / "c" / "d.py").unlink()
    (folder / "c").rmdir()
    rest = [(str(each.path), isinstance(each, Unreadable)) for each in files]
    assert (str(first.path), rest) == ("a.py", [("b.py", True), ("c", True)])


def test_a_working_folder_that_is_gone_is_one_line(tmp_path: Path) -> None:
    """A shell can stand in a folder that was removed."""
    script = "import os; os.rmdir(os.getcwd()); from chatkit_forge.__main__ import main; main()"
    (tmp_path / "gone").mkdir()
    result = subprocess.run(
        [sys.executable, "-c", script, "check"],
        cwd=tmp_path / "gone",
        env={**os.environ, "PYTHONPATH": str(Path(chatkit_forge.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == "error: the current folder does not exist any more\n"


@pytest.mark.parametrize("arguments", [[], ["a.py", "z.py"], ["in/a.py", "real"], ["in"]])
def test_a_linked_file_is_looked_at_once(tmp_path: Path, arguments: list[str]) -> None:
    """It is reported and mended under its own name, whichever name was found or typed."""
    folder = write(tmp_path / "p", {"real/a.py": BAD})
    for link, target in {"a.py": "real/a.py", "z.py": "real/a.py", "in": "real"}.items():
        os.symlink(target, folder / link)
    assert [entry["path"] for entry in found(folder, *arguments)] == ["real/a.py"]
    fixed = check(folder, "--no-types", "--fix", *arguments)
    assert (fixed.returncode, fixed.stderr) == (0, "fixed 1 in 1 files\n")
    assert (folder / "a.py").is_symlink()


def test_odd_lines_of_gitignore_are_passed_over(tmp_path: Path) -> None:
    """Git takes no offence at them; the other lines count. In our own settings they are wrong."""
    folder = write(
        tmp_path / "p", {".gitignore": b"!\nb\\\n\xff\n[z-a]\nc.py\n", "a.py": BAD, "c.py": BAD}
    )
    assert [entry["path"] for entry in found(folder)] == ["a.py"]
    write(folder, {"pyproject.toml": "[tool.chatkit-forge]\nexclude = ['!']\n"})
    result = check(folder, "--no-types")
    assert (result.returncode, result.stderr) == (
        2, "error: pyproject.toml: exclude: Invalid git pattern: '!'\n",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("import os; os.kill(os.getpid(), 9)", "ended with code -9 and no answer"),
        ("print('{')", "ended with code 0 and no answer"),
        ('print(\'{"generalDiagnostics": [], "summary": {"filesAnalyzed": 0}}\')', "0 of 1 files"),
        (None, "cannot be started"),
    ],
)
def test_a_broken_pyright_is_no_clean_bill(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    program: str | None,
    words: str,
) -> None:
    """One that is killed, talks nonsense, skips files or cannot be started is exit 3, one line."""
    command = ["/no/such/program"] if program is None else [sys.executable, "-c", program]

    def broken(python: str) -> list[str]:
        return [*command, python]

    monkeypatch.setattr(pyright_process, "command", broken)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(write(tmp_path / "p", {"a.py": GOOD}))
    assert run(["check"]) == 3
    output = capsys.readouterr()
    assert (output.out, len(output.err.splitlines())) == ("", 1)
    assert words in output.err
    assert f"pyright for {sys.executable} (" in output.err


def test_a_missing_pyright_is_no_clean_bill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without the package it is exit 3, and said how to get it."""
    find = importlib.util.find_spec

    def find_no_pyright(name: str) -> ModuleSpec | None:
        return None if name == "pyright" else find(name)

    monkeypatch.setattr(importlib.util, "find_spec", find_no_pyright)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(write(tmp_path / "p", {"a.py": GOOD}))
    assert run(["check"]) == 3
    assert "pyright is missing; reinstall it" in capsys.readouterr().err


def test_a_file_that_changed_meanwhile_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What somebody saved while fixes were made is kept, and the file is named."""
    folder = write(tmp_path / "p", {"a.py": BAD, "b.py": BAD})
    write_mended = mend.write

    def save_first(root: Path, mended: mend.Mended, seen: Mapping[str, bytes]) -> list[str]:
        write(folder, {"a.py": f"# mine\n{BAD}"})
        return write_mended(root, mended, seen)

    monkeypatch.setattr(mend, "write", save_first)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(folder)
    assert run(["check", "--no-types", "--fix"]) == 1
    assert (folder / "a.py").read_text() == f"# mine\n{BAD}"
    assert (folder / "b.py").read_text() == GOOD
    said = capsys.readouterr().err
    assert "a.py changed on disk meanwhile" in said
    assert "fixed 1 in 1 files" in said
    assert sorted(path.name for path in folder.iterdir()) == ["a.py", "b.py"]
