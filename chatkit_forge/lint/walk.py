"""A tree walked once, in a loop because code can be deep: what stands where, and in what.

Half of what a check takes goes into this and into `ast.parse`: so each node is touched once, and
what can be worked out of the order afterwards is.
"""

import ast
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Any

# Under this name a node keeps its tree's walk, and from where to where its contents stand in it.
INSIDE = "chatkit_forge_inside"
# Nothing but names and values stands in these.
_PLAIN = frozenset({
    "arg", "asname", "attr", "ctx", "id", "kind", "level", "module", "op", "ops", "type_comment",
    "type_ignores",
})  # fmt: skip
_LEAVES = frozenset({ast.Constant, ast.alias, ast.Global, ast.Nonlocal})
# Statements stand in these fields, but for a lambda or an `if` within an expression.
_BLOCKS = frozenset({"body", "cases", "finalbody", "handlers", "orelse"})
_WITH_BLOCKS = (ast.mod, ast.stmt, ast.ExceptHandler, ast.match_case)

Definition = ast.ClassDef | ast.Import | ast.ImportFrom


class Walk(list[ast.AST]):
    """Hold the nodes of a tree in the order of its source, and at which places each type is.

    `above` holds the place of each node's parent; of the tree itself, its own.
    """

    def __init__(self, tree: ast.AST) -> None:
        """Visit every node, and leave word in it where its contents stand.

        Operators and contexts, such as `ast.Load()`, are left out: Python has one of each in all
        trees.
        """
        super().__init__()
        self.above: list[int] = []
        self.places: dict[type[ast.AST], list[int]] = defaultdict(list)
        # Many rules ask the same of the same function.
        self._found: dict[tuple[tuple[type[ast.AST], ...], int], list[ast.AST]] = {}
        self._merged: dict[tuple[type[ast.AST], ...], list[int]] = {}
        places, add, add_above = self.places, self.append, self.above.append
        # The place of a node, below its contents, says that they end here.
        stack: list[Any] = [tree]
        place = parent = 0
        while stack:
            node = stack.pop()
            kind = node.__class__
            if kind is int:
                ended: int = node
                self[ended].__dict__[INSIDE] = (self, ended + 1, place)
                parent = self.above[ended]
                continue
            add(node)
            add_above(parent)
            places[kind].append(place)
            fields = _fields(kind)
            if fields:
                stack.append(place)
                parent = place
                inner = node.__dict__
                for name in fields:
                    value = inner.get(name)
                    if value.__class__ is list:
                        stack += [each for each in value[::-1] if isinstance(each, ast.AST)]
                    elif isinstance(value, ast.AST):
                        stack.append(value)
            place += 1

    def holds(self, kinds: tuple[type[ast.AST], ...], index: int, end: int) -> bool:
        """Say whether a node of these types stands between two places."""
        places = self.places_of(kinds)
        first = bisect_left(places, index)
        return first < len(places) and places[first] < end

    def places_of(self, kinds: tuple[type[ast.AST], ...]) -> list[int]:
        """Return the places of the nodes of these types, in order."""
        merged = self._merged.get(kinds)
        if merged is None:
            merged = [place for kind in kinds for place in self.places.get(kind, ())]
            if len(kinds) > 1:
                merged.sort()
            self._merged[kinds] = merged
        return merged

    def between(self, kinds: tuple[type[ast.AST], ...], index: int, end: int) -> list[int]:
        """Return the places of the nodes of these types from one place to another."""
        places = self.places_of(kinds)
        first = bisect_left(places, index)
        return places[first : bisect_left(places, end, first)]

    def found(self, kinds: tuple[type[ast.AST], ...], index: int, end: int) -> list[ast.AST]:
        """Return the nodes of some types from one place to another, in order; one list for all."""
        key = (kinds, index)
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = [self[place] for place in self.between(kinds, index, end)]
        return found

    def parents(self) -> dict[ast.AST, ast.AST]:
        """Return the parent of every node but the tree itself."""
        return dict(zip(self[1:], map(self.__getitem__, islice(self.above, 1, None)), strict=True))


def definitions(tree: ast.AST) -> Iterator[Definition]:
    """Yield the classes and imports of a tree in order, which no expression can hold."""
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, (ast.ClassDef, ast.Import, ast.ImportFrom)):
            yield node
        for name in _blocks(node.__class__):
            stack += getattr(node, name)[::-1]


def is_leaf(node: ast.AST) -> bool:
    """Say whether nothing can stand in nodes of this type."""
    return not _fields(node.__class__)


@cache
def _blocks(kind: type[ast.AST]) -> tuple[str, ...]:
    """Return the fields of a node type that hold statements, the last one first."""
    if not issubclass(kind, _WITH_BLOCKS):
        return ()
    return tuple(name for name in reversed(kind._fields) if name in _BLOCKS)


@cache
def _fields(kind: type[ast.AST]) -> tuple[str, ...]:
    """Return the fields of a node type in which nodes worth a look may be, the last one first."""
    if kind in _LEAVES:
        return ()
    return tuple(name for name in reversed(kind._fields) if name not in _PLAIN)
