"""`new store` from end to end, by the real command in real folders."""

import ctypes
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from chatkit_forge.__main__ import run
from tests.test_main import ROOT, forge

FILES = {
    "app/__init__.py",
    "app/config.py",
    "app/context.py",
    "app/stores/__init__.py",
    "app/stores/codec.py",
    "app/stores/errors.py",
    "app/stores/schema.py",
    "app/stores/sqlite.py",
    "tests/test_sqlite_store.py",
}
# What is like an example is proven with it.
pytestmark = pytest.mark.usefixtures("examples_found")
RECEIPT = ".chatkit-forge.json"
STORE = "app/stores/sqlite.py"
SETTINGS = """
from pydantic import SecretStr
from pydantic_settings import BaseSettings

class Settings(BaseSettings):
    database_url: SecretStr | None = None
    max_page_size: int = 50

settings = Settings()
"""


def tree(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder with its bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def lay_out(project: Path, files: Mapping[str, str]) -> dict[str, bytes]:
    """Write files into a project and return the project's tree."""
    for name, text in files.items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tree(project)


def new_store(
    project: Path, *args: str, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `new store` in a project."""
    return forge("new", "store", *args, cwd=project, env={"PATH": "", **(env or {})})


def states(output: str) -> dict[str, str]:
    """Return the state of each file from `--json`."""
    return {file["path"]: file["state"] for file in json.loads(output)["files"]}


@pytest.fixture(scope="module")
def first_run(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """Write a SQLite store in an empty folder, once for all tests that start from one."""
    project = tmp_path_factory.mktemp("first")
    # The README shows it: a first run proves what is written.
    cache = {"XDG_CACHE_HOME": str(tmp_path_factory.mktemp("cache"))}
    return project, new_store(project, "--backend", "sqlite", env=cache)


@pytest.fixture
def project(first_run: tuple[Path, object], tmp_path: Path) -> Path:
    """Return a copy of the project that the first run left."""
    shutil.copytree(first_run[0], tmp_path / "project")
    return tmp_path / "project"


def test_an_empty_folder_gets_a_complete_store(
    first_run: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    """Every file and the receipt are there; the output is plain and says what to type next."""
    folder, done = first_run
    assert (done.returncode, done.stderr) == (0, "")
    assert set(tree(folder)) == {*FILES, RECEIPT}
    lines = done.stdout.splitlines()
    assert {line.split()[-1] for line in lines if line.startswith("create ")} == FILES
    assert [line.split()[1] for line in lines if line.startswith("checked ")] == [
        "ruff:",
        "pyright:",
        "promises:",
    ]
    assert "  python -m pytest tests/test_sqlite_store.py" in lines
    assert any(line.startswith("  python -m pip install ") for line in lines)
    assert "DATABASE_URL=sqlite:///chatkit.db" in done.stdout
    assert "\x1b" not in done.stdout


def test_the_readme_shows_a_real_run(
    first_run: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    """What the README shows is what the command prints, but for the seconds."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = readme.partition("$ chatkit-forge new store --backend sqlite\n")[2].partition("```")[0]

    def without_times(text: str) -> str:
        return re.sub(r"\d+\.\d s\)", "N s)", text)

    assert without_times(shown) == without_times(first_run[1].stdout)


def test_the_store_that_was_written_works(project: Path) -> None:
    """The generated package keeps a thread, from the import root the command named."""
    program = """
import asyncio, datetime
from chatkit.types import ThreadMetadata
from app.stores.sqlite import SqliteStore

async def main():
    async with SqliteStore("sqlite:///x.db") as store:
        thread = ThreadMetadata(id="t", created_at=datetime.datetime.now())
        await store.save_thread(thread, {"user_id": "ann"})
        assert await store.load_thread("t", {"user_id": "ann"}) == thread

asyncio.run(main())
"""
    subprocess.run([sys.executable, "-c", program], cwd=project, check=True)


def test_a_second_run_finds_everything_identical(project: Path) -> None:
    """The same command again changes not one byte, and says so."""
    before = tree(project)
    done = new_store(project, "--backend", "sqlite", "--json")
    assert done.returncode == 0
    assert states(done.stdout) == dict.fromkeys(FILES, "identical")
    assert tree(project) == before


def test_a_file_that_was_edited_is_refused_shown_and_forced(project: Path) -> None:
    """Edits survive until --force; --diff shows what it would undo."""
    edited = project / STORE
    generated = edited.read_bytes()
    edited.write_bytes(generated + b"# mine\n")
    before = tree(project)
    done = new_store(project, "--backend", "sqlite", "--json")
    assert done.returncode == 2
    assert states(done.stdout)[STORE] == "edited by you"
    assert not json.loads(done.stdout)["written"]
    assert done.stderr.count("\n") == 1
    assert f"{STORE} (edited by you)" in done.stderr
    assert tree(project) == before
    shown = new_store(project, "--backend", "sqlite", "--diff")
    assert "-# mine" in shown.stdout.splitlines()
    assert tree(project) == before
    forced = new_store(project, "--backend", "sqlite", "--force", "--json")
    assert forced.returncode == 0
    assert edited.read_bytes() == generated


def test_a_dry_run_says_everything_and_writes_nothing(tmp_path: Path) -> None:
    """`--dry-run --json` has entry, states, checks with times and the line to install."""
    done = new_store(tmp_path, "--backend", "sqlite", "--dry-run", "--json", "--no-tests")
    assert (done.returncode, done.stderr) == (0, "")
    assert tree(tmp_path) == {}
    result = json.loads(done.stdout)
    assert result["entry"] == "app.stores.sqlite:SqliteStore"
    assert result["import_root"] == "."
    assert not result["written"]
    assert states(done.stdout) == dict.fromkeys(FILES - {"tests/test_sqlite_store.py"}, "create")
    assert [check["name"] for check in result["checks"]] == ["ruff", "pyright", "promises"]
    assert all(check["seconds"] > 0 for check in result["checks"])
    assert "aiosqlite" in result["install"]
    assert result["test"] is None


def test_a_diff_on_an_empty_folder_applies(tmp_path: Path) -> None:
    """`--diff` prints nothing but a patch from which git makes the same files."""
    done = new_store(tmp_path, "--backend", "memory", "--diff")
    assert done.returncode == 0
    assert tree(tmp_path) == {}
    git = shutil.which("git")
    assert git is not None
    subprocess.run([git, "apply", "-"], cwd=tmp_path, input=done.stdout, text=True, check=True)
    again = new_store(tmp_path, "--backend", "memory", "--json", "--dry-run")
    assert set(states(again.stdout).values()) == {"identical"}


def test_a_src_layout_is_importable_from_its_root(tmp_path: Path) -> None:
    """`entry` imports from `import_root`; the user's own settings are used, not replaced."""
    given = lay_out(tmp_path, {"src/shop/__init__.py": "", "src/shop/config.py": SETTINGS})
    done = new_store(tmp_path, "--backend", "memory", "--class-name", "ChatStore", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    result = json.loads(done.stdout)
    assert result["entry"] == "shop.stores.memory:ChatStore"
    assert result["import_root"] == "src"
    assert result["used"] == ["src/shop/__init__.py", "src/shop/config.py"]
    assert "-o pythonpath=src" in result["test"]
    after = tree(tmp_path)
    assert {name: after[name] for name in given} == given
    subprocess.run(
        [sys.executable, "-c", "from shop.stores.memory import ChatStore; ChatStore()"],
        cwd=tmp_path / result["import_root"],
        env={**os.environ, "PYTHONPATH": ""},
        check=True,
    )


def test_a_second_store_joins_the_first(project: Path) -> None:
    """Two stores share settings, context and errors; an edited config.py is the user's to keep."""
    config = project / "app/config.py"
    config.write_text(config.read_text().replace('"chatkit_"', '"shop_"'))
    before = tree(project)
    done = new_store(project, "--backend", "memory", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["used"] == ["app/config.py"]
    after = tree(project)
    new = {"app/stores/memory.py", "tests/test_memory_store.py"}
    assert set(after) - set(before) == new
    assert {name for name in before if before[name] != after[name]} == {RECEIPT}
    answers = json.loads(after[RECEIPT])["answers"]
    assert set(answers) == {"app.stores.sqlite:SqliteStore", "app.stores.memory:MemoryStore"}
    assert answers["app.stores.memory:MemoryStore"]["table_prefix"] == "shop_"


BAD: dict[str, tuple[list[str], str]] = {
    "no-backend": ([], "--backend is missing"),
    "unknown-backend": (["--backend", "oracle"], "unknown backend 'oracle'"),
    "class-digit": (["--backend", "sqlite", "--class-name", "1Store"], "not a Python identifier"),
    "class-keyword": (["--backend", "sqlite", "--class-name", "class"], "is a Python keyword"),
    "class-Store": (["--backend", "sqlite", "--class-name", "Store"], "imports or defines"),
    "class-Page": (["--backend", "sqlite", "--class-name", "Page"], "imports or defines"),
    "class-context": (["--backend", "memory", "--class-name", "RequestContext"], "--class-name"),
    "class-suite": (["--backend", "memory", "--class-name", "StoreContract"], "--class-name"),
    "class-is-context": (
        ["--backend", "memory", "--class-name", "Ctx", "--context", "shop:Ctx"], "context's type",
    ),
    "package-dependency": (["--backend", "sqlite", "--package", "chatkit"], "would hide"),
    "package-stdlib": (["--backend", "sqlite", "--package", "types"], "would hide"),
    "package-file": (["--backend", "sqlite", "--package", "taken"], "taken is a file"),
    "package-outside": (["--backend", "sqlite", "--package", "../x"], "inside the project"),
    "package-hyphen": (["--backend", "sqlite", "--package", "my-app"], "cannot be imported"),
    "owner-empty": (["--backend", "sqlite", "--owner", ""], "dotted path"),
    "owner-syntax": (["--backend", "sqlite", "--owner", "a..b"], "dotted path"),
    "context-syntax": (["--backend", "sqlite", "--context", "Ctx"], "package.module:Type"),
    "prefix": (["--backend", "sqlite", "--table-prefix", "x; drop"], "--table-prefix"),
    "driver": (["--backend", "sqlite", "--driver", "motor"], "for --backend mongodb"),
    "no-tables": (["--backend", "memory", "--table-prefix", "foo_"], "no tables"),
    "driver-unknown": (["--backend", "mongodb", "--driver", "x"], "unknown driver"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line_and_writes_nothing(
    case: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Exit code 2, one line on stderr that names the trouble, the folder untouched."""
    args, words = BAD[case]
    before = lay_out(tmp_path, {"taken": "a file"})
    monkeypatch.chdir(tmp_path)
    assert run(["new", "store", *args]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert words in err
    assert tree(tmp_path) == before


BAD_PROJECTS: dict[str, tuple[dict[str, str], list[str], str]] = {
    "context-missing": ({}, ["--context", "shop.ctx:Ctx"], "shop.ctx"),
    "context-no-type": ({"ctx.py": ""}, ["--context", "ctx:Ctx"], "Ctx"),
    "context-broken": ({"ctx.py": "class Ctx(:\n"}, ["--context", "ctx:Ctx"], "(ctx.py, line 1)"),
    "own-context-broken": ({"app/context.py": "\ndef"}, [], "(context.py, line 2)"),
    "owner-absent": ({}, ["--owner", "tenant.id"], "tenant"),
    "own-context-empty": ({"app/context.py": ""}, [], "RequestContext"),
    "two-packages": ({"a/__init__.py": "", "b/__init__.py": ""}, [], "a, b"),
    "config-broken": (
        {"app/config.py": "def"},
        [],
        "app/config.py cannot be read: invalid syntax (config.py, line 1)",
    ),
    "stores-is-a-file": ({"app/stores": ""}, [], "app/stores"),
    "store-is-a-folder": ({f"{STORE}/x": ""}, [], STORE),
    "tests-is-a-file": ({"tests": ""}, [], "tests"),
    "conflict": ({STORE: "mine = 1\n"}, [], f"{STORE} (conflict)"),
    "receipt-damaged": ({RECEIPT: "{"}, [], RECEIPT),
    "pyproject-broken": ({"pyproject.toml": "[x"}, [], "pyproject.toml"),
}


@pytest.mark.parametrize("case", BAD_PROJECTS)
def test_a_project_in_the_way_is_one_line_and_stays_as_it_is(
    case: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What the user's own files get wrong is exit code 2, named, and nothing is written."""
    files, args, words = BAD_PROJECTS[case]
    before = lay_out(tmp_path, files)
    monkeypatch.chdir(tmp_path)
    assert run(["new", "store", "--backend", "sqlite", *args]) == 2
    err = capsys.readouterr().err
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert words in err
    assert tree(tmp_path) == before


@pytest.mark.parametrize(
    ("config", "lines"),
    [
        ("x = 1\n", ["    database_url: SecretStr | None = None", "settings = Settings()"]),
        (SETTINGS.replace("settings = Settings()", ""), ["settings = Settings()"]),
        (
            SETTINGS.replace("database_url", "db"),
            ["    database_url: SecretStr | None = None"],
        ),
    ],
)
def test_settings_without_a_url_are_told_the_lines_to_add(
    config: str,
    lines: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The user's config.py is not replaced: exit code 2 and what is missing from it."""
    before = lay_out(tmp_path, {"app/config.py": config})
    monkeypatch.chdir(tmp_path)
    assert run(["new", "store", "--backend", "sqlite"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("error: app/config.py")
    assert set(lines) <= {line.removeprefix("  ") for line in err.splitlines()}
    assert tree(tmp_path) == before


def keep_root_to_permissions() -> None:
    """Take CAP_DAC_OVERRIDE from root, whom permissions do not bind; others have not got it."""
    drop_from_bounding_set, dac_override = 24, 1
    ctypes.CDLL(None).prctl(drop_from_bounding_set, dac_override, 0, 0, 0)


@pytest.mark.skipif(sys.platform != "linux", reason="root is kept to permissions by prctl")
@pytest.mark.parametrize("locked", [".", "app"])
def test_a_read_only_folder_is_one_line(tmp_path: Path, locked: str) -> None:
    """A folder that may not be written to is named, and nothing is written beside it either."""
    before = lay_out(tmp_path, {"app/__init__.py": ""})
    (tmp_path / locked).chmod(0o555)
    done = forge(
        "new", "store", "--backend", "memory", cwd=tmp_path, before=keep_root_to_permissions
    )
    (tmp_path / locked).chmod(0o755)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: cannot write ")
    assert "writable" in done.stderr
    assert done.stderr.count("\n") == 1
    assert tree(tmp_path) == before


@pytest.mark.skipif(sys.platform == "win32", reason="no limits on file sizes on Windows")
@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "No usable temporary directory"),
        (1_000, "File too large"),
        (6_000, "File too large"),
    ],
)
def test_a_full_disk_is_one_line(tmp_path: Path, size: int, words: str) -> None:
    """No room, in the project or for temporary files, is told and leaves nothing behind."""

    def limit() -> None:
        import resource  # noqa: PLC0415  not on Windows

        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    done = forge("new", "store", "--backend", "memory", cwd=tmp_path, before=limit)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: ")
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert tree(tmp_path) == {}


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals on Windows")
def test_a_terminal_is_asked_and_shown_a_table(tmp_path: Path) -> None:
    """On a terminal the missing backend is asked for; a spinner runs, then come the tables."""
    keyboard, terminal = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "chatkit_forge", "new", "store", "--dry-run"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "100"},
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
    )
    os.close(terminal)
    shown = b""
    answered = False
    while True:
        try:
            shown += os.read(keyboard, 4096)
        except OSError:  # how Linux says that the other end is closed
            break
        if b"backend [1-5]: " in shown and not answered:
            os.write(keyboard, b"memory\n")
            answered = True
    os.close(keyboard)
    assert process.wait(timeout=30) == 0
    lines = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode()).splitlines()
    assert any("type-checking" in line for line in lines)
    assert any(line.split() == ["app/stores/memory.py", "create"] for line in lines)
    assert any(line.startswith("pyright ") and line.rstrip().endswith(" s") for line in lines)
    assert tree(tmp_path) == {}


def test_what_an_interrupted_run_left_is_settled_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run that may not write says so; the next that may settles it, whatever else it does."""
    journal = tmp_path / ".chatkit-forge-journal"
    journal.mkdir()  # as left by a run that died before it touched a file
    monkeypatch.chdir(tmp_path)
    assert run(["new", "store", "--backend", "memory", "--dry-run"]) == 2
    assert "interrupted" in capsys.readouterr().err
    assert journal.is_dir()
    assert run(["new", "store", "--backend", "memory", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["warnings"] == ["an interrupted run was discarded"]
    assert not journal.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="no Ctrl-C to send on Windows")
def test_an_interrupted_run_ends_at_once_and_leaves_nothing(tmp_path: Path) -> None:
    """Ctrl-C amid the checks is exit code 130; neither files nor a staged copy stay behind."""
    project, scratch = tmp_path / "project", tmp_path / "scratch"
    project.mkdir()
    scratch.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "chatkit_forge", "new", "store", "--backend", "memory"],
        cwd=project,
        env={
            **os.environ,
            **{"PYTHONPATH": str(ROOT), "TMPDIR": str(scratch)},
            # Nothing is known there, and so the run takes seconds.
            "XDG_CACHE_HOME": str(tmp_path / "cache"),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not list(scratch.glob("*/app")):
        assert time.monotonic() < deadline, "the run stages its files"
        assert process.poll() is None
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, "", "error: interrupted\n")
    assert tree(project) == {}
    assert [path for path in scratch.iterdir() if path.is_dir()] == []


def test_motor_is_called_by_its_age(tmp_path: Path) -> None:
    """Whoever asks for Motor learns that it is past its end of life, and gets it."""
    done = new_store(tmp_path, "--backend", "mongodb", "--driver", "motor", "--json", "--dry-run")
    assert (done.returncode, done.stderr) == (0, "")
    result = json.loads(done.stdout)
    assert any("end of life on 14 May 2026" in warning for warning in result["warnings"])
    assert '"motor>=' in result["install"]


def test_the_schema_is_printed_for_administrators(capsys: pytest.CaptureFixture[str]) -> None:
    """`schema` prints the DDL with the prefix asked for, and nothing else."""
    assert run(["schema", "--backend", "sqlite", "--table-prefix", "shop_"]) == 0
    out = capsys.readouterr().out
    assert "CREATE TABLE shop_items" in out
    assert "chatkit_" not in out
    assert run(["schema", "--backend", "oracle"]) == 2
