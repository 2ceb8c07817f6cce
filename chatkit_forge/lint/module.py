"""One parsed file: its tree walked once, with parents, nodes by type, and what names stand for."""

import ast
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache, cached_property
from typing import Any, TypeVar, cast

from .finding import Span
from .names import Names
from .source import lines

Function = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
SCOPES = (*FUNCTIONS, ast.Lambda, ast.ClassDef)
# Under this name a node keeps where, in its module's walk, its contents stand.
_INSIDE = "chatkit_forge_inside"
_PLAIN = frozenset({
    "arg", "asname", "attr", "ctx", "id", "kind", "level", "module", "op", "ops", "type_comment",
    "type_ignores",
})  # fmt: skip
N = TypeVar("N", bound=ast.AST)


class _Walk(list[ast.AST]):
    """Hold the nodes of a module in the order of its source, and at which places each type is."""

    def __init__(self) -> None:
        super().__init__()
        self.places: dict[type[ast.AST], list[int]] = defaultdict(list)


class Module:
    """Hold one file; `path` is relative to the project, `name` what Python imports it as."""

    def __init__(self, path: str, name: str, text: str) -> None:
        """Parse the text; raises what `ast.parse` raises."""
        self.path = path
        self.name = name
        self.text = text
        self.tree = ast.parse(text)
        self.parents: dict[ast.AST, ast.AST] = {}
        # What rules found out about functions of this file, so that the next one need not.
        self.known: dict[tuple[str, ast.AST], Any] = {}
        self._by_type: dict[type[ast.AST], list[ast.AST]] = defaultdict(list)
        self._walk()

    def _walk(self) -> None:
        """Visit every node in the order of the source; a loop, because code can be deep."""
        order = _Walk()
        above: list[int] = []  # the place of each node's parent
        parents, by_type = self.parents, self._by_type
        stack: list[tuple[ast.AST, int]] = [(self.tree, 0)]
        while stack:
            node, parent = stack.pop()
            place, kind = len(order), type(node)
            order.places[kind].append(place)
            by_type[kind].append(node)
            order.append(node)
            above.append(parent)
            children = _children(node)
            for child in children:
                parents[child] = node
            stack += [(child, place) for child in reversed(children)]
        # What a node contains follows it: counted from the end, a node knows how many those are.
        ends = list(range(1, len(order) + 1))
        for place in range(len(order) - 1, 0, -1):
            parent = above[place]
            ends[parent] = max(ends[parent], ends[place])
        for place, node in enumerate(order):
            node.__dict__[_INSIDE] = (order, place + 1, ends[place])

    def nodes(self, *kinds: type[N]) -> Iterator[N]:
        """Yield every node of these types, those of one type in the order of the source."""
        for kind in kinds:
            yield from self._by_type.get(kind, ())  # type: ignore[misc]

    @cached_property
    def names(self) -> Names:
        """Return what imported names stand for."""
        is_package = self.path.endswith("__init__.py")
        return Names(self.name, is_package, self.nodes(ast.Import, ast.ImportFrom))

    @cached_property
    def lines(self) -> list[str]:
        """Return the source by line, without line ends."""
        return lines(self.text)

    @cached_property
    def functions(self) -> dict[str, Function]:
        """Return the functions at the top of the module by name."""
        return {f.name: f for f in self.tree.body if isinstance(f, FUNCTIONS)}

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yield what encloses a node, from the inside out."""
        while (parent := self.parents.get(node)) is not None:
            yield parent
            node = parent

    def function_of(self, node: ast.AST) -> Function | None:
        """Return the innermost function that a node runs in, None at module level."""
        for parent in self.ancestors(node):
            if isinstance(parent, FUNCTIONS):
                return parent
            if isinstance(parent, ast.Lambda):
                return None
        return None

    def class_of(self, node: ast.AST) -> ast.ClassDef | None:
        """Return the innermost class around a node."""
        return next((p for p in self.ancestors(node) if isinstance(p, ast.ClassDef)), None)

    def code(self, node: ast.AST) -> str:
        """Return the source of a node as written."""
        return ast.get_source_segment(self.text, node) or ""

    def span(self, node: ast.AST) -> Span:
        """Return where a node stands; of a class or function, where its name does."""
        line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        end_line = getattr(node, "end_lineno", None) or line
        end_column = getattr(node, "end_col_offset", None) or column
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            start = self.lines[line - 1].find(node.name, self._characters(line, column))
            if start >= 0:
                return Span(line, start + 1, line, start + 1 + len(node.name))
        return Span(
            line,
            self._characters(line, column) + 1,
            end_line,
            self._characters(end_line, end_column) + 1,
        )

    def _characters(self, line: int, offset: int) -> int:
        """Return how many characters the first `offset` bytes of a line are."""
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        return offset if text.isascii() else len(text.encode()[:offset].decode(errors="ignore"))


def within(node: ast.AST, *kinds: type[ast.AST], nested: bool = True) -> Sequence[ast.AST]:
    """Return what a node contains, not itself; without `nested`, not inside inner functions.

    With `kinds`, only nodes of these types, which are found without a look at the others. For
    nodes of a `Module` alone, whose walk left word of where their contents stand.
    """
    order, index, end = cast("tuple[_Walk, int, int]", node.__dict__[_INSIDE])
    if not nested:
        outside = _outside(order, index, end)
        return [each for each in outside if type(each) in kinds] if kinds else outside
    if not kinds:
        return order[index:end]
    found: list[int] = []
    for kind in kinds:
        places = order.places.get(kind)
        if places:
            found += places[bisect_left(places, index) : bisect_left(places, end)]
    if len(kinds) > 1:
        found.sort()
    return [order[place] for place in found]


def _outside(order: _Walk, index: int, end: int) -> list[ast.AST]:
    """Return the nodes from one place to another, but for those inside functions and classes."""
    inner = sorted(
        place
        for kind in SCOPES
        if (places := order.places.get(kind))
        for place in places[bisect_left(places, index) : bisect_left(places, end)]
    )
    found: list[ast.AST] = []
    for place in inner:
        if place >= index:
            found += order[index : place + 1]
            index = order[place].__dict__[_INSIDE][2]
    return found + order[index:end]


@cache
def _fields(kind: type[ast.AST]) -> tuple[str, ...]:
    """Return the fields of a node type in which nodes worth a look may be."""
    return tuple(name for name in kind._fields if name not in _PLAIN)


def _children(node: ast.AST) -> list[ast.AST]:
    """Return a node's direct children; a third of the time of `ast.iter_child_nodes`.

    Operators and contexts, such as `ast.Load()`, are left out: Python has one of each in all trees.
    """
    found: list[ast.AST] = []
    for name in _fields(type(node)):
        value: object = getattr(node, name, None)
        if isinstance(value, ast.AST):
            found.append(value)
        elif isinstance(value, list):
            found += [each for each in cast("list[object]", value) if isinstance(each, ast.AST)]
    return found
