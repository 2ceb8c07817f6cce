"""Whatever a file holds, the rules and the fixes come to an end without an exception.

Real sources are mutated: tokens swapped, dropped, doubled or taken from another place, lines moved,
bytes written over. Most of it parses still, and says things that nobody thought of.
"""

import ast
import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatkit_forge import sdk
from chatkit_forge.discover import Found
from chatkit_forge.lint import engine, files, fix, suppress
from chatkit_forge.lint.project import Project
from chatkit_forge.lint.readable import parses

HERE = Path(__file__).parent
# What is held out is for counting alone: it is not even read here.
SOURCES = [
    path.read_text(encoding="utf-8")
    for folder in ("cases", "corpus/open")
    for path in sorted((HERE / folder).rglob("*.py"))
]
_TOKEN = re.compile(r"\w+|[^\w\s]|\s+")
Change = tuple[str, float, float]
changes = st.lists(
    st.tuples(
        st.sampled_from(["swap", "drop", "double", "copy", "line", "byte", "name"]),
        st.floats(0, 1, exclude_max=True),
        st.floats(0, 1, exclude_max=True),
    ),
    min_size=1,
    max_size=6,
)


def mutated(text: str, wanted: Sequence[Change]) -> bytes:
    """Return the text after the changes; where they happen is given as parts of its length."""
    for kind, first, second in wanted:
        if kind == "line":
            pieces = text.splitlines(keepends=True)
        elif kind == "byte":
            pieces = list(text)
        else:
            pieces = _TOKEN.findall(text)
        if not pieces:
            return b""
        one, two = int(first * len(pieces)), int(second * len(pieces))
        names = [i for i, piece in enumerate(pieces) if piece.isidentifier()]
        match kind:
            case "swap" | "line":
                pieces[one], pieces[two] = pieces[two], pieces[one]
            case "drop":
                del pieces[one]
            case "double":
                pieces.insert(one, pieces[one])
            case "byte":
                pieces[one] = chr(int(second * 0x300))
            case "name" if names:
                target = names[int(first * len(names))]
                pieces[target] = pieces[names[int(second * len(names))]]
            case _:
                pieces[one] = pieces[two]
        text = "".join(pieces)
    return text.encode()


@given(source=st.sampled_from(SOURCES), wanted=changes)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nothing_makes_the_rules_fail(source: str, wanted: list[Change]) -> None:
    """A file is checked, or is a finding; its fixes parse, or it stays as it is."""
    data = mutated(source, wanted)
    project = Project(Path("nowhere"))
    modules, unreadable = files.take([Found(PurePosixPath("app/a.py"), data)], project)
    modules = [module for module in modules if parses(module, unreadable)]
    assert len(modules) + len(unreadable) == (1 if b"chatkit" in data else 0)
    found = engine.run(modules, project, sdk.facts())
    for module in modules:
        list(suppress.silence(found, module.path, module.text))
        lines = len(module.lines)
        assert all(1 <= each.span.line <= each.span.end_line <= lines for each in found)
    try:
        after = fix.apply(data, [each.fix for each in found if each.fix]).data
    except fix.CannotMendError:
        return
    if modules:
        ast.parse(after)
