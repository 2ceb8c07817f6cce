"""The rules over whole programs in the styles people use: what is found, and nothing else.

What stands in `held_out/` was written by others and is never opened to tune a rule; it is counted
on its own, without names. The table is printed at the end of the test run.
"""

import ast
from collections import Counter
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest

from chatkit_forge import sdk
from chatkit_forge.lint import engine
from chatkit_forge.lint.module import Module
from chatkit_forge.lint.project import Project

from .running import expected

CORPUS = Path(__file__).parent / "corpus"
# What has to be found of what is marked in each half, and how many reports may be wrong.
WANTED = {"open": (0.95, 0), "held_out": (0.90, 0)}

# File, code, and the function or class it stands in.
Mark = tuple[str, str, str]


def programs(half: str) -> list[list[Path]]:
    """Return the programs of a half: single files, and folders of files that belong together."""
    found: list[list[Path]] = []
    for kind in ("stores", "servers"):
        for path in sorted((CORPUS / half / kind).iterdir()):
            if path.is_dir() and path.name != "__pycache__":
                found.append(sorted(path.rglob("*.py")))
            elif path.suffix == ".py":
                found.append([path])
    return found


def _place(tree: ast.Module, line: int) -> str:
    """Return the innermost function a line stands in, the class whose head it is, or itself."""
    best = f"line {line}"
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            inside = first <= line <= (node.end_lineno or line)
            if inside and (not isinstance(node, ast.ClassDef) or line == node.lineno):
                best = f"{node.name}:{node.lineno}"
    return best


def marks(half: str) -> tuple[set[Mark], set[Mark]]:
    """Return what is marked in a half, and what the rules find there."""
    marked: set[Mark] = set()
    reported: set[Mark] = set()
    for files in programs(half):
        root = files[0].parent if len(files) == 1 else _folder(files, half).parent
        project = Project(root)
        modules: list[Module] = []
        trees: dict[str, ast.Module] = {}
        for path in files:
            name = path.relative_to(root).as_posix()
            text = path.read_text(encoding="utf-8")
            trees[name] = ast.parse(text)
            modules.append(project.add(PurePosixPath(name), text))
            for line, code in expected(text):
                marked.add((name, code, _place(trees[name], line)))
        for finding in engine.run(modules, project, sdk.facts()):
            place = _place(trees[finding.path], finding.span.line)
            reported.add((finding.path, finding.code, place))
    return marked, reported


def _folder(files: list[Path], half: str) -> Path:
    """Return the folder of a program of several files, which stands directly below its kind."""
    relative = files[0].relative_to(CORPUS / half)
    return CORPUS / half / relative.parts[0] / relative.parts[1]


@pytest.mark.parametrize("half", list(WANTED))
def test_the_corpus(half: str, record_property: Callable[[str, object], None]) -> None:
    """Find nearly everything that is marked, and nothing that is not."""
    marked, reported = marks(half)
    assert marked
    found, wrong = marked & reported, reported - marked
    recall = len(found) / len(marked)
    counts = f"{len(marked)} marked, {len(found)} found, {len(wrong)} wrong, recall {recall:.3f}"
    line = f"{half:8}  {counts}"
    record_property("table: corpus of stores and servers", line)
    details = [f"missed {each}" for each in sorted(marked - reported)]
    details += [f"wrong  {each}" for each in sorted(wrong)]
    shown = "\n".join([line, *(details if half == "open" else [])])
    least, most = WANTED[half]
    assert recall >= least, shown
    assert len(wrong) <= most, shown


def test_each_half_has_the_programs_it_should() -> None:
    """At least 12 stores and 6 servers a half, half of them without a fault."""
    for half in WANTED:
        every = programs(half)
        clean = [p for p in every if not any(expected(f.read_text("utf-8")) for f in p)]
        kinds = Counter(files[0].relative_to(CORPUS / half).parts[0] for files in every)
        assert kinds["stores"] >= 12
        assert kinds["servers"] >= 6
        assert len(every) * 0.4 <= len(clean) <= len(every) * 0.6
