"""`new app` from end to end, by the real command in real folders."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from chatkit_forge import disk, write
from chatkit_forge.__main__ import run
from chatkit_forge.errors import UsageError
from chatkit_forge.journal import Journal, Step
from tests.test_main import forge
from tests.test_new import RECEIPT, lay_out, states, tree

# What is like an example is proven with it.
pytestmark = pytest.mark.usefixtures("examples_found")
EDITED = "web/index.html"
ENTRY = {
    "store": "app.stores.sqlite:SqliteStore",
    "server": "app.server:AssistantServer",
    "app": "app.main:app",
}


def new_app(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Run `new app` in a folder, as one that an index has."""
    env = {"PATH": "", "CHATKIT_FORGE_REQUIREMENT": "chatkit-forge"}
    return forge("new", "app", *args, cwd=folder, env=env)


@pytest.fixture(scope="module")
def first_run(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """Write a project on SQLite once, without its tests: they double the time of the checks."""
    parent = tmp_path_factory.mktemp("parent")
    return parent, new_app(parent, "shop", "--backend", "sqlite", "--no-tests", "--json")


@pytest.fixture
def project(first_run: tuple[Path, object], tmp_path: Path) -> Path:
    """Return a copy of the project that the first run left, in a folder of its own."""
    shutil.copytree(first_run[0] / "shop", tmp_path / "shop")
    return tmp_path / "shop"


def test_a_folder_that_was_not_there_holds_a_whole_project(
    first_run: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    """Store, server, page and all to run it are there, and the output names them for programs."""
    parent, done = first_run
    assert (done.returncode, done.stderr) == (0, "")
    result = json.loads(done.stdout)
    assert result["entry"] == ENTRY
    assert result["import_root"] == "."
    assert result["written"]
    files = tree(parent / "shop")
    assert set(files) == {*states(done.stdout), RECEIPT}
    assert set(states(done.stdout).values()) == {"create"}
    assert {
        "app/main.py",
        "app/server.py",
        "app/stores/sqlite.py",
        "app/instructions.md",
        "web/index.html",
        "pyproject.toml",
        ".gitignore",
        "Makefile",
    } <= set(files)
    assert not [name for name in files if name.startswith(("tests/", "docs/", "app/search/"))]
    assert b'name = "shop"' in files["pyproject.toml"]
    assert set(json.loads(files[RECEIPT])["answers"]) == set(ENTRY.values())
    assert result["next"][0] == "cd shop"
    assert [check["name"] for check in result["checks"]] == ["ruff", "pyright", "promises"]


def test_the_application_that_was_written_starts(project: Path) -> None:
    """`app.main:app` is an application that serves the page, with nothing set at all."""
    program = """
import asyncio, httpx
from app.main import app

async def main():
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        for path in ("/", "/healthz"):
            answer = await client.get(path)
            assert answer.status_code == 200, answer

asyncio.run(main())
"""
    subprocess.run([sys.executable, "-c", program], cwd=project, check=True)


def interrupt(project: Path, name: str) -> None:
    """Leave the project as a run does that was killed before it put this file in its place."""
    data = (project / name).read_bytes()
    (project / name).unlink()
    step = Step(name, None, disk.digest(data))
    Journal(project.resolve(), (step,), ()).commit([(None, data)])


def test_a_second_run_finishes_the_first_and_keeps_an_edit(project: Path) -> None:
    """The earlier run is found in the folder: what it owed, what is identical, what is yours."""
    complete = tree(project)
    interrupt(project, "web/icon.svg")
    shown = new_app(project.parent, "shop", "--backend", "sqlite", "--dry-run")
    assert shown.returncode == 2
    assert "was interrupted" in shown.stderr
    page, settings = project / EDITED, project / "app/config.py"
    page.write_text("mine", encoding="utf-8")
    settings.write_text(settings.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    before = {**complete, **{p: (project / p).read_bytes() for p in (EDITED, "app/config.py")}}
    done = new_app(project.parent, "shop", "--backend", "sqlite", "--no-tests", "--json")
    found = states(done.stdout)
    assert done.returncode == 2
    assert f"{EDITED} (edited by you)" in done.stderr
    assert found.pop(EDITED) == "edited by you"
    assert found == dict.fromkeys(found, "identical")
    result = json.loads(done.stdout)
    assert result["used"] == ["app/config.py"]
    assert result["warnings"] == ["an interrupted run was completed"]
    assert tree(project) == before


def test_another_store_joins_and_takes_no_setting_from_the_server(project: Path) -> None:
    """`new store` in a project with a server leaves the settings that the server reads."""
    done = forge("new", "store", "--backend", "memory", "--no-tests", "--json", cwd=project)
    assert (done.returncode, done.stderr) == (0, "")
    assert states(done.stdout)["app/config.py"] == "identical"
    answers = json.loads((project / RECEIPT).read_text(encoding="utf-8"))["answers"]
    assert set(answers) == {*ENTRY.values(), "app.stores.memory:MemoryStore"}


BAD: dict[str, tuple[list[str], str]] = {
    "no-name": (["--backend", "sqlite"], "missing argument"),
    "path": (["a/b", "--backend", "sqlite"], "NAME 'a/b' must be"),
    "parent": (["..", "--backend", "sqlite"], "NAME '..' must be"),
    "blank": (["my app", "--backend", "sqlite"], "NAME 'my app' must be"),
    "long": (["x" * 300, "--backend", "sqlite"], "' must be"),
    "ourselves": (["chatkit-forge", "--backend", "sqlite"], "could not depend on chatkit-forge"),
    "dependency": (["FastAPI", "--backend", "sqlite"], "could not depend on fastapi"),
    "far-dependency": (["starlette", "--backend", "sqlite"], "could not depend on starlette"),
    "file": (["taken", "--backend", "sqlite"], "taken is a file"),
    "full": (["full", "--backend", "sqlite"], "full is not empty (x.py)"),
    "no-backend": (["shop"], "--backend is missing"),
    "rag": (["shop", "--backend", "sqlite", "--rag", "faiss"], "unknown --rag 'faiss'"),
    "attachments": (["shop", "--backend", "sqlite", "--attachments", "s3"], "choose disk"),
    "auth": (["shop", "--backend", "sqlite", "--auth", "basic"], "choose session or jwt"),
    "provider": (["shop", "--backend", "sqlite", "--provider", "x"], "choose openai or litellm"),
    "motor": (["shop", "--backend", "sqlite", "--driver", "motor"], "is for --backend mongodb"),
    "no-tables": (["shop", "--backend", "memory", "--table-prefix", "x_"], "no tables"),
    "package": (["shop", "--backend", "sqlite", "--package", "fastapi"], "would hide"),
    "auth-blank": (["shop", "--backend", "sqlite", "--auth", ""], "unknown --auth ''"),
    "provider-blank": (["shop", "--backend", "sqlite", "--provider", ""], "unknown --provider ''"),
    "package-blank": (["shop", "--backend", "sqlite", "--package", ""], "--package '' is not"),
    "package-file": (["shop", "--backend", "sqlite", "--package", "makefile"], "file Makefile"),
    "package-web": (["shop", "--backend", "sqlite", "--package", "web"], "--package"),
    "class": (["shop", "--backend", "sqlite", "--class-name", "ChatKitServer"], "--class-name"),
    "same-class": (["shop", "--backend", "sqlite", "--class-name", "SqliteStore"], "SqliteStore"),
    "class-word": (["shop", "--backend", "sqlite", "--class-name", "my-server"], "identifier"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line_and_makes_no_folder(
    case: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Exit code 2, one line on stderr that names the trouble, nothing made."""
    args, words = BAD[case]
    before = lay_out(tmp_path, {"taken": "a file", "full/x.py": ""})
    monkeypatch.chdir(tmp_path)
    assert run(["new", "app", *args]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert words in err
    assert tree(tmp_path) == before
    assert not (tmp_path / "shop").exists()


def test_a_folder_that_could_not_be_filled_goes_again(tmp_path: Path) -> None:
    """What was made for files that were then not written leaves with them; others' files stay."""
    new, old = tmp_path / "new", tmp_path / "old"
    old.mkdir()
    for folder in (new, old):
        with pytest.raises(UsageError, match="no room"):
            fail_in(folder, leaving=None)
    assert not new.exists()
    assert old.exists()
    with pytest.raises(UsageError, match="no room"):
        fail_in(new, leaving="journal")
    assert (new / "journal").exists()


def fail_in(folder: Path, *, leaving: str | None) -> None:
    """Begin to fill the folder and run out of room."""
    with write.made(folder):
        if leaving is not None:
            (folder / leaving).touch()
        raise UsageError(f"no room in {folder}, made: {folder.is_dir()}")


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    """A name that is taken meanwhile, or a folder above that is gone, is told as such."""
    with pytest.raises(UsageError, match="cannot be opened"), write.made(tmp_path / "gone" / "new"):
        pass
