"""What a file imports of the project counts, wherever the project keeps it."""

from pathlib import Path, PurePosixPath

import pytest

from chatkit_forge.discover import Found
from chatkit_forge.lint import files
from chatkit_forge.lint.project import Project

from .running import check, found, write

BASE = """\
from typing import Any

from chatkit.store import Store


class BaseStore(Store[dict[str, Any]]):
    pass
"""
DERIVED = """\
import time

{line}


class MyStore({base}):
    async def delete_thread(self, thread_id: str, context: dict[str, object]) -> None:
        time.sleep(1)
"""

LAYOUTS = {
    "flat": {
        "base.py": BASE,
        "mine.py": DERIVED.format(line="from base import BaseStore", base="BaseStore"),
    },
    "package": {
        "app/__init__.py": "",
        "app/base.py": BASE,
        "app/deep/__init__.py": "",
        "app/deep/mine.py": DERIVED.format(line="from ..base import BaseStore", base="BaseStore"),
    },
    "src": {
        "src/app/__init__.py": "",
        "src/app/base.py": BASE,
        "src/app/mine.py": DERIVED.format(line="import app.base", base="app.base.BaseStore"),
    },
    "re-export under another name": {
        "src/app/base.py": BASE,
        "src/app/__init__.py": "from .base import BaseStore as Base\n",
        "src/app/mine.py": DERIVED.format(line="from app import Base as B", base="B"),
    },
    "star": {
        "app/base.py": BASE,
        "app/__init__.py": "from .base import *\n",
        "mine.py": DERIVED.format(line="from app import BaseStore", base="BaseStore"),
    },
    "a project of several programs": {
        "services/chat/app/__init__.py": "",
        "services/chat/app/base.py": BASE,
        "services/chat/app/mine.py": DERIVED.format(
            line="from app.base import BaseStore", base="BaseStore"
        ),
        "services/other/app/__init__.py": "",
        "services/other/app/base.py": "class BaseStore:\n    pass\n",
    },
    "through one that names no ChatKit either": {
        "base.py": BASE,
        "middle.py": "from base import BaseStore\n\n\nclass Middle(BaseStore):\n    pass\n",
        "mine.py": DERIVED.format(line="from middle import Middle", base="Middle"),
    },
}
each_layout = pytest.mark.parametrize("layout", LAYOUTS)


def blocking(entries: list[dict[str, object]]) -> list[str]:
    """Return the files in which a blocking call was found."""
    return [str(entry["path"]) for entry in entries if entry["code"] == "CKF215"]


@each_layout
def test_a_store_on_the_projects_own_base_is_looked_at(layout: str, tmp_path: Path) -> None:
    """A file that names ChatKit nowhere is a store's all the same, by what it derives from."""
    folder = write(tmp_path / "p", LAYOUTS[layout])
    (mine,) = [name for name in LAYOUTS[layout] if name.endswith("mine.py")]
    assert blocking(found(folder)) == [mine]


@each_layout
def test_one_file_alone_is_looked_at_like_the_whole(layout: str, tmp_path: Path) -> None:
    """Pre-commit names only what changed; the bases are read from the disk."""
    folder = write(tmp_path / "p", LAYOUTS[layout])
    (mine,) = [name for name in LAYOUTS[layout] if name.endswith("mine.py")]
    assert blocking(found(folder, mine)) == [mine]


def test_a_base_that_changes_is_noticed(tmp_path: Path) -> None:
    """What was found in one file is not remembered when another, that it imports, has changed."""
    folder = write(tmp_path / "p", LAYOUTS["package"])
    assert blocking(found(folder, "app/deep/mine.py"))
    write(folder, {"app/base.py": "class BaseStore:\n    pass\n"})
    assert found(folder, "app/deep/mine.py") == []


def test_the_same_name_elsewhere_is_left_alone(tmp_path: Path) -> None:
    """A file with a class of that name from somewhere else does not concern ChatKit."""
    other = DERIVED.format(line="from peewee import BaseStore", base="BaseStore")
    folder = write(tmp_path / "p", {"base.py": BASE, "other.py": other})
    assert "1 files that concern" in check(folder, "--no-types", "-v").stderr


def test_a_store_that_is_handed_on_under_another_name_is_known(tmp_path: Path) -> None:
    """Neither the heir nor its base name ChatKit; who gave the base its other name does."""
    project = write(
        tmp_path / "p",
        {
            "base.py": "from chatkit.store import Store\n\n\nclass Base(Store[str]):\n    pass\n",
            "mine.py": "from base import Base\n\n\nclass Mine(Base):\n    pass\n",
            "named.py": "import chatkit.types\nfrom mine import (\n    Mine as Ours,\n)\n",
            "heir.py": "from named import Ours\n\n\nclass Heir(Ours):\n"
            "    async def delete_thread(self, thread_id: str, context: str) -> None:\n"
            "        raise KeyError(thread_id)\n",
        },
    )
    assert ("heir.py", "CKF219") in {(each["path"], each["code"]) for each in found(project)}


def test_what_concerns_nobody_is_not_known(tmp_path: Path) -> None:
    """A file that only shares a name with a store's imports says nothing of the store's tables."""
    project = Project(tmp_path)
    store = (
        "import sqlalchemy as sa\nfrom chatkit.store import Store\n\nclass Mine(Store[str]): ...\n"
    )
    other = "import sqlalchemy as sa\n\nCOLUMN = sa.ForeignKey('x.id', ondelete='CASCADE')\n"
    for few in (1, 40):  # files that are looked at in different ways
        named = [Found(PurePosixPath(f"store{number}.py"), store.encode()) for number in range(few)]
        modules, _ = files.take([*named, Found(PurePosixPath("m.py"), other.encode())], project)
        assert [module.path for module in modules] == [str(each.path) for each in named]
        assert "m.py" not in {module.path for module in project.known()}
