"""`new server` from end to end, by the real command on stores of several kinds."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from chatkit_forge.__main__ import run
from chatkit_forge.options import ServerRequest
from chatkit_forge.prompts import Asker
from chatkit_forge.server_answers import settle_server
from tests.examples import EXAMPLES
from tests.test_main import forge
from tests.test_new import RECEIPT, SETTINGS, lay_out, states, tree

# What is like an example is proven with it.
pytestmark = pytest.mark.usefixtures("examples_found")
STORE = "app.stores.sqlite:SqliteStore"
ENTRY = {"store": STORE, "server": "app.server:AssistantServer", "app": "app.main:app"}
VISITOR = """from dataclasses import dataclass

@dataclass
class Visitor:
    uid: str
    tenant: str = ""
"""


def by_hand(project: Path) -> None:
    """Write a store of another shape: its own folder, and a context that knows of no pages."""
    files = {"src/shop/__init__.py": "", "src/shop/visitor.py": VISITOR}
    for path in (EXAMPLES / "memory/app/stores").iterdir():
        text = path.read_text(encoding="utf-8").replace("MemoryStore", "HandStore")
        text = text.replace("context import RequestContext", "visitor import Visitor")
        text = text.replace("RequestContext", "Visitor").replace(
            'context["user_id"]', "context.uid"
        )
        files[f"src/shop/db/{path.name}"] = text
    lay_out(project, files)


def new_server(project: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Run `new server` in a project, for programs and without tests."""
    return forge("new", "server", *args, "--no-tests", "--json", cwd=project, env={"PATH": ""})


@pytest.fixture(scope="module")
def first_run(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """Write a store with a prefix and helpers, then a server that searches onto it."""
    project = tmp_path_factory.mktemp("first")
    args = ["--backend", "sqlite", "--table-prefix", "shop_", "--helpers", "--no-tests"]
    assert forge("new", "store", *args, cwd=project).returncode == 0
    return project, new_server(project, "--store", STORE, "--rag", "qdrant")


@pytest.fixture
def project(first_run: tuple[Path, object], tmp_path: Path) -> Path:
    """Return a copy of the project that the first run left."""
    shutil.copytree(first_run[0], tmp_path / "project")
    return tmp_path / "project"


def test_a_server_joins_the_store_that_is_there(
    first_run: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    """The settings grow by the server's, the store's own files stay out of it."""
    folder, done = first_run
    assert (done.returncode, done.stderr) == (0, "")
    result, found = json.loads(done.stdout), states(done.stdout)
    assert result["entry"] == ENTRY
    assert result["import_root"] == "."
    assert found["app/config.py"] == "update"
    assert found["app/server.py"] == found["app/ingest.py"] == "create"
    assert "app/stores/sqlite.py" not in found
    assert not {"pyproject.toml", "Makefile"} & set(found)
    settings = (folder / "app/config.py").read_text(encoding="utf-8")
    assert 'table_prefix: str = "shop_"' in settings
    assert "qdrant_url" in settings
    assert "session_secret" in settings
    assert "jwt_" not in settings
    assert "fastapi" in result["install"]
    assert any("uvicorn app.main:app" in line for line in result["next"])


def test_other_answers_replace_the_server_and_name_what_is_left(project: Path) -> None:
    """One package has one server: its settings follow the last answers."""
    done = new_server(project, "--store", STORE, "--auth", "jwt", "--class-name", "ShopServer")
    assert (done.returncode, done.stderr) == (0, "")
    result = json.loads(done.stdout)
    assert result["entry"]["server"] == "app.server:ShopServer"
    settings = (project / "app/config.py").read_text(encoding="utf-8")
    assert "jwt_audience" in settings
    assert "session_secret" not in settings
    assert "qdrant_url" not in settings
    (note,) = result["warnings"]
    assert note.startswith("no longer used, yours to delete: app/search/")
    assert "app/ingest.py" in note
    assert (project / "app/ingest.py").exists()
    answers = json.loads((project / RECEIPT).read_text(encoding="utf-8"))["answers"]
    assert set(answers) == {STORE, "app.server:ShopServer"}
    assert "class ShopServer(" in (project / "app/server.py").read_text(encoding="utf-8")


def test_a_store_written_by_hand_gets_a_server_of_its_own_context(tmp_path: Path) -> None:
    """Its class, its context and its owner are used throughout; the page goes beside it."""
    by_hand(tmp_path)
    store = "shop.db.memory:HandStore"
    done = new_server(tmp_path, "--store", store, "--owner", "uid", "--attachments", "disk")
    assert (done.returncode, done.stderr) == (0, "")
    result = json.loads(done.stdout)
    assert result["entry"]["server"] == "shop.server:AssistantServer"
    assert result["import_root"] == "src"
    shop = tmp_path / "src/shop"
    written = "".join(path.read_text(encoding="utf-8") for path in sorted(shop.glob("*.py")))
    assert "from .db.memory import HandStore" in written
    assert "SqliteStore" not in written
    assert "ChatKitServer[Visitor]" in (shop / "server.py").read_text(encoding="utf-8")
    page = (shop / "assistant/page.py").read_text(encoding="utf-8")
    assert "return Visitor(uid=user_id)" in page
    assert "from shop.visitor import Visitor" in page
    assert "context.uid" in (shop / "attachments/store.py").read_text(encoding="utf-8")
    assert not (shop / "context.py").exists()


IMPORT = "from chatkit.store import Store\n"
PLAIN = f"{IMPORT}class S(Store[dict[str, int]]): ...\n"
OPENED = f"""{IMPORT}from typing import Any
class S(Store[dict[str, Any]]):
    async def connect(self) -> None: ...
    async def close(self) -> None: ...
"""
VISIT = "from typing import TypedDict\nclass Visit(TypedDict):\n    user_id: str\n"
BAD: dict[str, tuple[dict[str, str], list[str], str]] = {
    "no-store": ({}, [], "--store is missing"),
    "form": ({}, ["--store", "app.stores"], "must be package.module:Class"),
    "no-module": ({}, ["--store", "app.db:S"], "there is no app/db.py in this project"),
    "no-class": ({"app/db.py": "x = 1\n"}, ["--store", "app.db:S"], "has no class S"),
    "no-chatkit": ({"app/db.py": "class S: ...\n"}, ["--store", "app.db:S"], "is no ChatKit store"),
    "bare": ({"app/db.py": f"{IMPORT}class S(Store): ..."}, ["--store", "app.db:S"], "bare Store"),
    "inline": ({"app/db.py": PLAIN}, ["--store", "app.db:S"], "cannot be imported by our files"),
    "provider-blank": ({}, ["--store", "app.db:S", "--provider", ""], "unknown --provider ''"),
    "rag": ({}, ["--store", "app.db:S", "--rag", "faiss"], "unknown --rag 'faiss'"),
    "class": ({}, ["--store", "app.db:S", "--class-name", "Agent"], "imports or defines"),
    "class-word": ({}, ["--store", "app.db:S", "--class-name", "class"], "is a Python keyword"),
    "class-is-store": (
        {"app/db.py": f"{IMPORT}class S(Store[dict[str, object]]): ...\n".replace("object", "Any")},
        ["--store", "app.db:S", "--class-name", "S"],
        "is also the name of the store",
    ),
    "package": (
        {"app/db.py": PLAIN.replace("int", "Any")},
        ["--store", "app.db:S", "--package", "limits"],
        "would hide the package of limits",
    ),
    "package-tests": (
        {"app/db.py": PLAIN.replace("int", "Any")},
        ["--store", "app.db:S", "--package", "tests"],
        "is for the tests",
    ),
    "not-opened": (
        {"app/db.py": PLAIN.replace("int", "Any")},
        ["--store", "app.db:S"],
        "add `async def connect(self) -> None` and `async def close(self) -> None` to S",
    ),
    "typed-dict": (
        {"app/db.py": OPENED.replace("dict[str, Any]", "Visit") + VISIT},
        ["--store", "app.db:S"],
        "write `from typing_extensions import TypedDict` there",
    ),
    "owner-blank": (
        {"app/db.py": PLAIN.replace("int", "Any")},
        ["--store", "app.db:S", "--owner", ""],
        "--owner '' is not",
    ),
    "owner": (
        {"app/db.py": PLAIN.replace("int", "Any")},
        ["--store", "app.db:S", "--owner", "a..b"],
        "dotted path",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line_and_writes_nothing(
    case: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Exit code 2, one line on stderr that names the trouble, the folder untouched."""
    files, args, words = BAD[case]
    before = lay_out(tmp_path, files)
    monkeypatch.chdir(tmp_path)
    assert run(["new", "server", *args]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert words in err
    assert tree(tmp_path) == before


def test_settings_of_the_users_are_told_each_line_to_add(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The lines are those of our own config.py, with the imports that they need and no others."""
    files = {"app/config.py": SETTINGS, "app/db.py": OPENED}
    before = lay_out(tmp_path, files)
    monkeypatch.chdir(tmp_path)
    assert run(["new", "server", "--store", "app.db:S"]) == 2
    head, *lines = capsys.readouterr().err.splitlines()
    assert head.startswith("error: app/config.py: Settings lacks what a server reads; add these")
    told = [line.removeprefix("  ") for line in lines]
    assert '    environment: Literal["development", "production"] = "development"' in told
    assert "from typing import Literal" in told
    assert "from pydantic import SecretStr" not in told
    assert not [line for line in told if "qdrant" in line or "database" in line]
    assert tree(tmp_path) == before


@pytest.mark.parametrize(
    ("initialiser", "backend"),
    [("", "memory"), ("    def __init__(self, url: str) -> None: ...\n", None)],
    ids=["nothing", "a-url"],
)
def test_tests_make_a_store_as_its_class_allows(
    initialiser: str, backend: str | None, tmp_path: Path
) -> None:
    """Ours by what it was made for; another by whether there is anything to make it of."""
    lay_out(tmp_path, {"app/db.py": OPENED + initialiser})
    request = ServerRequest(project=tmp_path, store="app.db:S")
    assert settle_server(request, Asker(allowed=False)).backend == backend


def test_the_backend_of_a_store_of_ours_is_remembered(project: Path) -> None:
    """Its tests need no URL, or the variable that the store's own tests read."""
    request = ServerRequest(project=project, store=STORE)
    assert settle_server(request, Asker(allowed=False)).backend == "sqlite"
