"""Which files of several projects are alike for a type checker: they, and all that they import."""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import PurePosixPath

Tree = Mapping[PurePosixPath, str]


def unlike(trees: Mapping[str, Tree]) -> dict[str, list[PurePosixPath]]:
    """Return for each project the Python files that are like none of a project before it.

    `trees` holds the texts of each project's Python files by path.
    """
    seen: set[object] = set()
    found: dict[str, list[PurePosixPath]] = {}
    for name, tree in trees.items():
        imports = {path: set(_imports(tree, path)) for path in tree}
        keys = {path: _key(tree, imports, path) for path in tree}
        found[name] = [path for path, key in keys.items() if key not in seen]
        seen.update(keys.values())
    return found


def _key(
    tree: Tree, imports: Mapping[PurePosixPath, set[PurePosixPath]], path: PurePosixPath
) -> object:
    """Return what decides how a file is typed: its text, and those of all that it imports."""
    reached, fresh = {path}, {path}
    while fresh:
        fresh = {each for one in fresh for each in imports[one]} - reached
        reached |= fresh
    return path, frozenset((each, tree[each]) for each in reached)


def _imports(tree: Tree, path: PurePosixPath) -> Iterator[PurePosixPath]:
    """Yield the project's files that one imports, with the packages they lie in."""
    for level, parts in _imported(tree[path]):
        whole = (*path.parts[:-level], *parts) if level else parts
        for end in range(1, len(whole) + 1):
            place = PurePosixPath(*whole[:end])
            yield from {place.with_name(f"{place.name}.py"), place / "__init__.py"} & tree.keys()


@cache
def _imported(text: str) -> list[tuple[int, tuple[str, ...]]]:
    """Return what a source imports: how many folders up, and the parts of the name from there."""
    found: list[tuple[int, tuple[str, ...]]] = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found += [(0, tuple(each.name.split("."))) for each in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = tuple(node.module.split(".")) if node.module else ()
            # What is imported may be a module, or stand in one.
            found += [(node.level, (*base, each.name)) for each in node.names]
    return found
