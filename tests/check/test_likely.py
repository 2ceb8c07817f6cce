"""The guess at what pyright is to check, which is begun before any file is parsed."""

import json
from pathlib import Path

import pytest

from chatkit_forge import interpreter, project_types
from chatkit_forge.discover import discover
from chatkit_forge.likely import likely
from chatkit_forge.lint import files
from chatkit_forge.lint.project import Project
from chatkit_forge.pyright_process import PyrightProcess

from .running import check, write

ROOT = Path(__file__).resolve().parents[2]
STORE = "from chatkit.store import Store\n\n\nclass Mine(Store[str]):\n    pass\n"
WRONG = "WRONG: int = 'x'\n"


@pytest.mark.parametrize("tree", ["examples", "tests/lint/corpus/open", "tests/lint/cases"])
def test_the_guess_is_the_truth_on_real_code(tree: str) -> None:
    """What parsing tells to concern ChatKit was named before, so that pyright begins but once."""
    root = ROOT / tree
    for folder in sorted(path for path in root.rglob("*") if path.is_dir()) or [root]:
        found = list(discover(folder, ()))
        modules, _ = files.take(found, Project(folder))
        good = {module.path for module in modules if module.error is None}
        assert good <= set(likely(found)), folder


def test_files_that_only_share_a_name_are_not_named(tmp_path: Path) -> None:
    """A class of the same name, or a file that cannot be looked into, costs pyright no time."""
    folder = write(
        tmp_path / "p",
        {
            "store.py": STORE,
            "near.py": "from store import (  # ours\n    Mine,\n)\n\nclass Heir(Mine):\n    pass\n",
            "further.py": "from near import Heir as Ours\n",
            "other.py": "import json\n\n\nclass Mine:\n    pass\n",
            ".hidden/x.py": STORE,
        },
    )
    assert likely(discover(folder, ())) == ["store.py", "near.py", "further.py"]


def test_a_wrong_guess_is_made_good(tmp_path: Path) -> None:
    """What nobody can tell from the bytes is checked all the same, and what was guessed is not."""
    folder = write(
        tmp_path / "p",
        {
            "store.py": STORE,
            "hidden.py": f"import store\n\n\nclass Heir(store.Mine):\n    pass\n\n\n{WRONG}",
            "broken.py": f"import chatkit\n{WRONG}def (:\n",
        },
    )
    given = ["hidden.py", "store.py", "broken.py"]
    result = check(folder, "--format", "json", "--ignore", "CKF101,CKF108,CKF116", *given)
    entries = json.loads(result.stdout)
    assert {(e["path"], e["code"]) for e in entries} == {
        ("broken.py", "CKF001"),
        ("hidden.py", "reportAssignmentType"),
    }


def test_pyright_begins_once_where_the_guess_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Being told the truth after the guess changes nothing, unless a file is new."""
    started: list[list[str]] = []
    name = PyrightProcess.name

    def told(self: PyrightProcess, named: list[str]) -> None:
        started.append(named[:-1])
        name(self, named)

    monkeypatch.setattr(PyrightProcess, "name", told)
    folder = write(tmp_path / "p", {"a.py": WRONG, "b.py": WRONG, "c.py": WRONG})
    place = interpreter.find(folder, None, None)
    with project_types.ProjectTypes(folder, place) as pyright:
        pyright.begin(["a.py", "b.py"])
        pyright.begin(["b.py"])
        assert [each.path for each in pyright.finish()] == ["b.py"]
    with project_types.ProjectTypes(folder, place) as pyright:
        pyright.begin(["a.py", "b.py"])
        pyright.begin(["b.py", "c.py"])
        assert [each.path for each in pyright.finish()] == ["b.py", "c.py"]
    assert started == [["a.py", "b.py"], ["a.py", "b.py"], ["b.py", "c.py"]]
