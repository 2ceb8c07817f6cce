"""The package that `new` writes to: asked for, declared, seen, or refused."""

import sys
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import pytest

from chatkit_forge import layout
from chatkit_forge.errors import UsageError
from chatkit_forge.options import Package
from chatkit_forge.project import SeveralPackagesError, find_package


def lay_out(project: Path, files: Mapping[str, str]) -> Path:
    """Write files below a folder and return it."""
    for name, text in files.items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return project


def package(folder: str, import_name: str, import_root: str) -> Package:
    return Package(PurePosixPath(folder), import_name, PurePosixPath(import_root))


APP = package("app", "app", ".")
SHOP = package("shop", "shop", ".")
SRC_SHOP = package("src/shop", "shop", "src")

DECLARED: dict[str, tuple[str, Package]] = {
    "hatch": ('[tool.hatch.build.targets.wheel]\npackages = ["src/shop"]', SRC_SHOP),
    "hatch-build": ('[tool.hatch.build]\npackages = ["shop"]', SHOP),
    "setuptools-list": ('[tool.setuptools]\npackages = ["shop", "shop.db"]', SHOP),
    "setuptools-package-dir": (
        '[tool.setuptools]\npackages = ["shop"]\npackage-dir = {"" = "src"}',
        SRC_SHOP,
    ),
    "poetry": ('[tool.poetry]\npackages = [{include = "shop", from = "src"}]', SRC_SHOP),
    "poetry-flat": ('[tool.poetry]\npackages = [{include = "shop"}]', SHOP),
    "uv": ('[tool.uv.build-backend]\nmodule-name = "shop"', SRC_SHOP),
    "uv-flat": ('[tool.uv.build-backend]\nmodule-name = "shop"\nmodule-root = ""', SHOP),
    "uv-named": ('[project]\nname="Shop"\n[tool.uv.build-backend]\nmodule-root = ""', SHOP),
    "uv-namespace": (
        '[tool.uv.build-backend]\nmodule-name = "acme.shop"',
        package("src/acme/shop", "acme.shop", "src"),
    ),
    "flit": ('[tool.flit.module]\nname = "shop"', SHOP),
    "nothing": ('[project]\nname = "shop"', APP),
    "wrong-types": ('[tool.hatch.build]\npackages = 3\n[tool.poetry]\npackages = "x"', APP),
    "outside": ('[tool.hatch.build]\npackages = ["../shop", "/shop"]', APP),
}


@pytest.mark.parametrize("case", DECLARED)
def test_package_is_read_from_the_build_configuration(tmp_path: Path, case: str) -> None:
    """Each build backend's own way to name a package is understood."""
    text, expected = DECLARED[case]
    lay_out(tmp_path, {"pyproject.toml": text})
    assert find_package(tmp_path, None) == expected


SEEN: dict[str, tuple[dict[str, str], Package]] = {
    "empty": ({}, APP),
    "flat": ({"shop/__init__.py": "", "tests/__init__.py": "", "docs/conf.py": ""}, SHOP),
    "src-layout": ({"src/shop/__init__.py": ""}, SRC_SHOP),
    "project-name-src": (
        {"pyproject.toml": '[project]\nname = "My.Shop"', "src/my_shop/__init__.py": "",
         "src/other/__init__.py": ""},
        package("src/my_shop", "my_shop", "src"),
    ),
    "setuptools-find": (
        {"pyproject.toml": '[tool.setuptools.packages.find]\nwhere = ["lib"]\ninclude = ["sh*"]',
         "lib/shop/__init__.py": "", "lib/other/__init__.py": ""},
        package("lib/shop", "shop", "lib"),
    ),
    "declared-and-there": (
        {"pyproject.toml": '[tool.hatch.build]\npackages = ["gone", "shop"]',
         "shop/__init__.py": ""}, SHOP),
    "src-is-package": ({"src/__init__.py": "", "src/db/__init__.py": ""},
                       package("src", "src", ".")),
    "src-imported": ({"src/main.py": "from src.models import User\n", "src/models.py": ""},
                     package("src", "src", ".")),
    "src-scripts": ({"src/main.py": "import os\n"}, APP),
    "namespace": ({"shop/main.py": "from shop.db import x\n", "notes/a.py": ""}, SHOP),
    "venv": ({"env1/pyvenv.cfg": "", "env1/__init__.py": "", ".x/__init__.py": ""}, APP),
}  # fmt: skip


@pytest.mark.parametrize("case", SEEN)
def test_package_is_seen_in_the_layout(tmp_path: Path, case: str) -> None:
    """Without build configuration, folders and imports show the package."""
    files, expected = SEEN[case]
    assert find_package(lay_out(tmp_path, files), None) == expected


ASKED: dict[str, tuple[dict[str, str], str, Package]] = {
    "new": ({}, "shop", SHOP),
    "slash": ({}, "./shop/", SHOP),
    "src": ({}, "src/shop", SRC_SHOP),
    "src-itself": ({}, "src", package("src", "src", ".")),
    "in-src-package": ({"src/__init__.py": ""}, "src/chat", package("src/chat", "src.chat", ".")),
    "nested": ({}, "backend/app", package("backend/app", "app", "backend")),
    "nested-in-package": (
        {"backend/__init__.py": ""}, "backend/app", package("backend/app", "backend.app", ".")
    ),
    "nested-by-import": (
        {"main.py": "import backend.app\n"}, "backend/app",
        package("backend/app", "backend.app", "."),
    ),
    "nested-in-declared": (
        {"pyproject.toml": '[tool.hatch.build]\npackages = ["src/shop"]'}, "src/shop/chat",
        package("src/shop/chat", "shop.chat", "src"),
    ),
    "root-with-hyphen": ({}, "my-backend/app", package("my-backend/app", "app", "my-backend")),
}  # fmt: skip


@pytest.mark.parametrize("case", ASKED)
def test_package_asked_for_knows_its_import_root(tmp_path: Path, case: str) -> None:
    """A folder given by hand is placed under the root that the project imports it from."""
    files, asked, expected = ASKED[case]
    assert find_package(lay_out(tmp_path, files), asked) == expected


def test_absolute_folder_inside_the_project_is_taken(tmp_path: Path) -> None:
    """An absolute path is fine as long as it stays inside."""
    assert find_package(tmp_path, str(tmp_path / "shop")) == SHOP


def test_a_huge_folder_is_not_searched_to_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The search for imports has a limit, beyond which the default is taken."""
    lay_out(tmp_path, {"a/1.txt": "", "a/2.txt": "", "b/main.py": "import b\n"})
    assert find_package(tmp_path, None) == package("b", "b", ".")
    monkeypatch.setattr(layout, "_MAX_ENTRIES", 3)
    assert find_package(tmp_path, None) == APP


def test_several_packages_are_listed_not_guessed(tmp_path: Path) -> None:
    """The user decides between two packages."""
    lay_out(tmp_path, {"shop/__init__.py": "", "admin/__init__.py": ""})
    with pytest.raises(SeveralPackagesError, match=r"admin, shop.*--package admin") as caught:
        find_package(tmp_path, None)
    assert caught.value.folders == ["admin", "shop"]


TAKEN = ["chatkit", "openai", "agents", "asyncpg", "aiosqlite", "aiomysql", "pymongo", "bson",
         "motor", "pydantic", "pydantic_settings", "pytest", "typing_extensions", "chatkit_forge",
         "types", "secrets", "asyncio"]  # fmt: skip


@pytest.mark.parametrize("name", TAKEN)
def test_package_named_like_something_a_store_imports_is_refused(tmp_path: Path, name: str) -> None:
    """A package of that name would hide the real one."""
    with pytest.raises(UsageError, match="would hide"):
        find_package(tmp_path, name)
    with pytest.raises(UsageError, match="would hide"):
        find_package(tmp_path, f"src/{name}")


def test_package_named_like_a_dependency_of_the_project_is_refused(tmp_path: Path) -> None:
    """The project's own dependencies count too, in every spelling."""
    lay_out(tmp_path, {"pyproject.toml": '[project]\ndependencies = ["Acme-Kit[x]>=1; a=="]'})
    with pytest.raises(UsageError, match="this project depends on"):
        find_package(tmp_path, "acme_kit")


@pytest.mark.parametrize("asked", ["../shop", "/shop", ".", "", " ", "a\0b", "shop/../.."])
def test_folder_outside_the_project_is_refused(tmp_path: Path, asked: str) -> None:
    """Nothing is written outside the project, nor into its own root."""
    with pytest.raises(UsageError):
        find_package(tmp_path, asked)


@pytest.mark.parametrize("asked", ["my-app", "class", "1st", "src/my app", ".hidden", "a.b"])
def test_folder_that_cannot_be_imported_is_refused(tmp_path: Path, asked: str) -> None:
    """Every segment below the import root is an identifier."""
    with pytest.raises(UsageError, match="cannot be imported"):
        find_package(tmp_path, asked)


def test_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    """A file in place of the package, or of a folder above it, is named."""
    lay_out(tmp_path, {"shop": "", "lib": ""})
    with pytest.raises(UsageError, match="shop is a file"):
        find_package(tmp_path, "shop")
    with pytest.raises(UsageError, match="lib is a file"):
        find_package(tmp_path, "lib/shop")


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege on Windows")
def test_folder_behind_a_symbolic_link_is_refused(tmp_path: Path) -> None:
    """A link may lead anywhere; nothing is written through it."""
    (tmp_path / "elsewhere").mkdir()
    project = tmp_path / "project"
    project.mkdir()
    (project / "link").symlink_to(tmp_path / "elsewhere")
    for asked in ("link", "link/shop"):
        with pytest.raises(UsageError, match="symbolic link"):
            find_package(project, asked)


@pytest.mark.parametrize("text", [b"[project", b"\xff\xfe", b'a = "\x00"'])
def test_broken_pyproject_is_a_usage_error(tmp_path: Path, text: bytes) -> None:
    """A pyproject.toml that nobody can read is said so, on one line."""
    (tmp_path / "pyproject.toml").write_bytes(text)
    with pytest.raises(UsageError, match=r"pyproject\.toml") as caught:
        find_package(tmp_path, None)
    assert "\n" not in str(caught.value)
