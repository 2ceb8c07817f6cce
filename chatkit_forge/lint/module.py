"""One parsed file: its tree walked once, with parents, nodes by type, and what names stand for."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import TypeVar

from .finding import Span
from .names import Names

Function = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
SCOPES = (*FUNCTIONS, ast.Lambda, ast.ClassDef)
N = TypeVar("N", bound=ast.AST)


class Module:
    """Hold one file; `path` is relative to the project, `name` what Python imports it as."""

    def __init__(self, path: str, name: str, text: str) -> None:
        """Parse the text; raises what `ast.parse` raises."""
        self.path = path
        self.name = name
        self.text = text
        self.tree = ast.parse(text)
        self.parents: dict[ast.AST, ast.AST] = {}
        self._by_type: dict[type[ast.AST], list[ast.AST]] = defaultdict(list)
        self._walk()

    def _walk(self) -> None:
        """Visit every node in the order of the source; a loop, because code can be deep."""
        stack: list[ast.AST] = [self.tree]
        while stack:
            node = stack.pop()
            self._by_type[type(node)].append(node)
            children = list(ast.iter_child_nodes(node))
            for child in reversed(children):
                self.parents[child] = node
                stack.append(child)

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
        return self.text.splitlines()

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


def within(node: ast.AST, *, nested: bool = True) -> Iterator[ast.AST]:
    """Yield what a node contains, not itself; without `nested`, not inside inner functions."""
    stack = list(ast.iter_child_nodes(node))[::-1]
    while stack:
        inner = stack.pop()
        yield inner
        if nested or not isinstance(inner, SCOPES):
            stack.extend(reversed(list(ast.iter_child_nodes(inner))))
