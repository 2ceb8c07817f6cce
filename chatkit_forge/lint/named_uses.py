"""What a file calls and reads, by name, found once: a rule looks at the few that concern it."""

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence

from .module import Module


def calls(module: Module) -> Mapping[str, Sequence[ast.Call]]:
    """Return the calls by the dotted name of what is called, "" for what has none."""
    key = ("calls by name", None)
    if key not in module.known:
        resolve = module.names.resolve
        found: dict[str, list[ast.Call]] = {}
        for node in module.nodes(ast.Call):
            found.setdefault(resolve(node.func) or "", []).append(node)
        module.known[key] = found
    return module.known[key]


def attributes(module: Module) -> Mapping[str, Sequence[ast.Attribute]]:
    """Return the attributes that are read and set, by what they are called."""
    key = ("attributes by name", None)
    if key not in module.known:
        found: dict[str, list[ast.Attribute]] = {}
        for node in module.nodes(ast.Attribute):
            found.setdefault(node.attr, []).append(node)
        module.known[key] = found
    return module.known[key]


def function_calls(module: Module, name: str) -> Iterator[ast.Call]:
    """Yield the calls of a plain name as it is written, whatever it stands for."""
    for node in calls(module).get(module.names.imported.get(name, name), ()):
        if isinstance(node.func, ast.Name) and node.func.id == name:
            yield node


def method_calls(module: Module, names: Iterable[str]) -> Iterator[tuple[ast.Call, ast.Attribute]]:
    """Yield the calls of methods with one of these names, whatever they are methods of."""
    found = attributes(module)
    for name in names:
        for node in found.get(name, ()):
            call = module.parents[node]
            if isinstance(call, ast.Call) and call.func is node:
                yield call, node
