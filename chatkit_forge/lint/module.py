"""One parsed file: its tree, with parents, nodes by type, and what names stand for."""

import ast
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar, cast

from .finding import Span
from .names import Names
from .source import lines
from .walk import INSIDE, Definition, Walk, definitions, is_leaf

if TYPE_CHECKING:
    from .project import Project

Function = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_RUNS = (*FUNCTIONS, ast.Lambda)
SCOPES = (*FUNCTIONS, ast.Lambda, ast.ClassDef)
N = TypeVar("N", bound=ast.AST)
# Of so many nodes each is looked at; of more, only those of the types asked for.
_FEW = 12


class Module:
    """Hold one file; `path` is relative to the project, `name` what Python imports it as."""

    def __init__(self, path: str, name: str, text: str) -> None:
        """Take the text, which is parsed when something is asked of it."""
        self.path = path
        self.name = name
        self.text = text
        # What rules found out about functions of this file, so that the next one need not; with
        # None, about all its text.
        self.known: dict[tuple[str, ast.AST | None], Any] = {}
        self.project: Project | None = None
        self._walk: Walk | None = None
        self._by_type: dict[type[ast.AST], list[ast.AST]] = {}

    @cached_property
    def parsed(self) -> ast.Module:
        """Return the tree, of which `within` may know nothing; raises what `ast.parse` raises."""
        return ast.parse(self.text)

    @cached_property
    def error(self) -> Exception | None:
        """Return why the text is no Python; None when it is."""
        try:
            self.parsed  # noqa: B018  parses it
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            return error.with_traceback(None)
        return None

    def walk(self) -> Walk:
        """Return the walk of the tree, done when it is first asked for."""
        if self._walk is None:
            self._walk = Walk(self.parsed)
        return self._walk

    @property
    def tree(self) -> ast.Module:
        """Return the tree, walked, so that `within` can look into it."""
        self.walk()
        return self.parsed

    @property
    def body(self) -> list[ast.stmt]:
        """Return the statements at the top; `within` looks into them after a walk only."""
        return self.parsed.body

    @cached_property
    def definitions(self) -> Sequence[Definition]:
        """Return the classes and imports at any level, for which nothing is walked.

        Of most files of a project no more is asked.
        """
        return list(definitions(self.parsed))

    def nodes(self, *kinds: type[N]) -> Sequence[N]:
        """Return every node of these types, those of one type in the order of the source."""
        found: list[Any] = []
        for kind in kinds:
            if kind not in self._by_type:
                walk = self.walk()
                self._by_type[kind] = [walk[place] for place in walk.places.get(kind, ())]
            if len(kinds) == 1:
                return cast("list[N]", self._by_type[kind])
            found += self._by_type[kind]
        return found

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        """Return what each node stands in."""
        return self.walk().parents()

    @cached_property
    def names(self) -> Names:
        """Return what imported names stand for."""
        is_package = self.path.endswith("__init__.py")
        imports = [each for each in self.definitions if not isinstance(each, ast.ClassDef)]
        # Of one name, what is imported `from` a module counts.
        imports.sort(key=lambda each: isinstance(each, ast.ImportFrom))
        return Names(self.name, is_package, imports)

    @cached_property
    def lines(self) -> list[str]:
        """Return the source by line, without line ends."""
        return lines(self.text)

    @cached_property
    def functions(self) -> dict[str, Function]:
        """Return the functions at the top of the module by name."""
        return {f.name: f for f in self.tree.body if isinstance(f, FUNCTIONS)}

    @cached_property
    def function_names(self) -> frozenset[str]:
        """Return the names of all functions, at whatever level."""
        return frozenset(function.name for function in self.nodes(*FUNCTIONS))

    @cached_property
    def assigned(self) -> dict[str, list[ast.expr]]:
        """Return what is assigned to each name at the top of the module."""
        found: dict[str, list[ast.expr]] = {}
        for statement in self.tree.body:
            match statement:
                case (
                    ast.Assign(targets=[ast.Name(id=name)], value=value)
                    | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
                ):
                    found.setdefault(name, []).append(value)
                case _:
                    continue
        return found

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yield what encloses a node, from the inside out."""
        parents = self.parents
        parent = parents.get(node)
        while parent is not None:
            yield parent
            parent = parents.get(parent)

    def function_of(self, node: ast.AST) -> Function | None:
        """Return the innermost function that a node runs in, None at module level."""
        parents = self.parents
        parent = parents.get(node)
        while parent is not None and not isinstance(parent, _RUNS):
            parent = parents.get(parent)
        return parent if isinstance(parent, FUNCTIONS) else None

    def class_of(self, node: ast.AST) -> ast.ClassDef | None:
        """Return the innermost class around a node."""
        return next((p for p in self.ancestors(node) if isinstance(p, ast.ClassDef)), None)

    def code(self, node: ast.AST) -> str:
        """Return the source of a node as written; "" for one that has no place.

        `ast.get_source_segment` would part all the text into lines each time.
        """
        if getattr(node, "end_lineno", None) is None:
            return ""
        at = cast("ast.expr", node)
        first, last = at.lineno, cast("int", at.end_lineno)
        start = self._characters(first, at.col_offset)
        end = self._characters(last, cast("int", at.end_col_offset))
        if first == last:
            return self.lines[first - 1][start:end]
        inner = self.lines[first : last - 1]
        return "\n".join([self.lines[first - 1][start:], *inner, self.lines[last - 1][:end]])

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
    nodes of a `Module` alone, whose walk left word of where their contents stand; raises
    LookupError for those of a tree that was not walked, which would look empty.
    """
    where: tuple[Walk, int, int] | None = node.__dict__.get(INSIDE)
    if where is None:
        if not is_leaf(node):
            raise LookupError(f"{type(node).__name__} stands in no tree that was walked")
        return ()
    order, index, end = where
    if not nested:
        if kinds and not order.holds(kinds, index, end):
            return ()
        outside = _outside(order, index, end)
        return [each for each in outside if type(each) in kinds] if kinds else outside
    if not kinds:
        return order[index:end]
    if end - index < _FEW:
        return [each for each in order[index:end] if type(each) in kinds]
    return order.found(kinds, index, end)


def _outside(order: Walk, index: int, end: int) -> list[ast.AST]:
    """Return the nodes from one place to another, but for those inside functions and classes."""
    found: list[ast.AST] = []
    for place in order.between(SCOPES, index, end):
        if place >= index:
            found += order[index : place + 1]
            index = order[place].__dict__[INSIDE][2]
    return found + order[index:end]
