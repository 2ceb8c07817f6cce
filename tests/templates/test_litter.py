"""What tools leave between the templates gets into no project, and their caches into no wheel."""

import shutil
import subprocess
import sys
import zipfile
from collections.abc import Generator
from pathlib import Path

import pytest

from chatkit_forge import templates
from chatkit_forge.templates import template_names, templates_folder

ROOT = Path(__file__).resolve().parents[2]
CACHES = ("__pycache__/x.pyc", ".ruff_cache/0.1/x", ".pytest_cache/README.md", ".DS_Store")
EDITORS = (".main.py.swp", "main.py~", "#main.py#", "main.py.orig", "main.py.rej", "x.bak", "x.pyc")


def litter(root: Path, names: tuple[str, ...]) -> None:
    """Leave such files in every folder of the templates."""
    for folder in [root, *(path for path in root.rglob("*") if path.is_dir())]:
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(b"litter")


@pytest.fixture
def fresh_names() -> Generator[None]:
    """Forget the names that were read, before the test and after it."""
    template_names.cache_clear()
    yield
    template_names.cache_clear()


@pytest.mark.usefixtures("fresh_names")
def test_no_litter_is_taken_for_a_template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder's files are found by themselves: everything in it would land in a project."""
    expected = template_names()
    copy = tmp_path / "templates"
    shutil.copytree(templates_folder(), copy)
    litter(copy, (*CACHES, *EDITORS))
    template_names.cache_clear()
    monkeypatch.setattr(templates, "templates_folder", lambda: copy)
    assert template_names() == expected


def test_no_cache_is_packed(tmp_path: Path) -> None:
    """The wheel takes the templates as a folder, whatever git ignores in it."""
    copy = tmp_path / "checkout"
    copy.mkdir()
    unwanted = shutil.ignore_patterns(".*", "__pycache__")
    for folder in ("chatkit_forge", "templates"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=unwanted)
    for file in ("pyproject.toml", "README.md"):
        shutil.copyfile(ROOT / file, copy / file)
    expected = {f"chatkit_forge/templates/{name}" for name in template_names()}
    litter(copy / "templates", CACHES)
    litter(copy / "chatkit_forge", CACHES)
    command = ["-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(copy)]
    subprocess.run([sys.executable, *command], check=True, stdout=subprocess.DEVNULL)
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        names = packed.namelist()
    left = {cache.split("/")[0] for cache in CACHES}
    assert [name for name in names if left & set(name.split("/"))] == []
    assert {name for name in names if name.startswith("chatkit_forge/templates/")} == expected
