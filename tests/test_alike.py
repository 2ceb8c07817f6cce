"""Files that are left out of a check because the same ones are checked elsewhere."""

from pathlib import PurePosixPath

from .alike import unlike


def tree(**texts: str) -> dict[PurePosixPath, str]:
    """Return a project of these files, "__" in a name standing for a slash."""
    return {PurePosixPath(f"{name.replace('__', '/')}.py"): text for name, text in texts.items()}


def test_a_file_is_alike_with_all_it_imports_only() -> None:
    """A change far away makes every file unlike that imports it, through whatever others."""
    first = tree(
        app__a="from . import b\n", app__b="from .sub import c\n", app__sub__c="X = 1\n", app__d=""
    )
    second = first | tree(app__sub__c="X = ''\n")
    third = second | tree(app__d="import app.sub.c\n")
    found = {name: [str(path) for path in paths] for name, paths in unlike({
        "first": first, "again": dict(first), "second": second, "third": third,
    }).items()}  # fmt: skip
    assert found == {
        "first": ["app/a.py", "app/b.py", "app/sub/c.py", "app/d.py"],
        "again": [],
        "second": ["app/a.py", "app/b.py", "app/sub/c.py"],
        "third": ["app/d.py"],
    }


def test_packages_count_as_well() -> None:
    """What `__init__` re-exports decides what a name is; a file is not alike elsewhere either."""
    first = {
        PurePosixPath("app/__init__.py"): "",
        PurePosixPath("tests/test_a.py"): "import app.a as a\n",
        PurePosixPath("app/a.py"): "",
    }
    changed = first | {PurePosixPath("app/__init__.py"): "X = 1\n"}
    moved = {PurePosixPath("app/a2.py"): ""}
    found = unlike({"first": first, "changed": changed, "moved": moved})
    assert [str(path) for path in found["changed"]] == ["app/__init__.py", "tests/test_a.py"]
    assert found["moved"] == [PurePosixPath("app/a2.py")]
