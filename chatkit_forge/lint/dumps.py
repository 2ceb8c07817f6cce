"""What a model's dump keeps: `include`, `exclude`, and what is taken out of it afterwards."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from .binders import value_of
from .module import Function, Module, within

_DUMPS = frozenset({"model_dump", "model_dump_json", "dict", "json"})


@dataclass(frozen=True, slots=True)
class Dump:
    """Hold a dump of a model: its method, and the fields that are kept alone or left out."""

    method: ast.Attribute
    kept: frozenset[str] | None
    dropped: frozenset[str]

    def left(self, fields: set[str]) -> set[str] | None:
        """Return which of a model's fields the dump has, None when it has them all."""
        left = (fields & self.kept if self.kept is not None else fields) - self.dropped
        return None if left == fields else left


def dumps(module: Module, function: Function, name: str) -> Iterator[Dump]:
    """Yield the dumps that a function makes of the object that a name holds."""
    for node in within(function, ast.Call):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=found), attr=attr) as method,
                keywords=keywords,
            ) if found == name and attr in _DUMPS:
                options = {k.arg: k.value for k in keywords}
                kept = _names(module, options["include"]) if "include" in options else None
                dropped = _names(module, options["exclude"]) if "exclude" in options else None
                removed = _removed(module, function, node)
                yield Dump(method, kept, (dropped or frozenset()) | removed)
            case _:
                continue


def _names(module: Module, value: ast.expr) -> frozenset[str] | None:
    """Return the fields that `include` or `exclude` names, None when they cannot be seen."""
    match value:
        case ast.Name():
            found = value_of(module, value)
            return _names(module, found) if found is not None else None
        case ast.Call(func=ast.Name(id="set" | "frozenset"), args=[inner]):
            return _names(module, inner)
        case ast.Set(elts=elements) | ast.List(elts=elements) | ast.Tuple(elts=elements):
            pass
        case ast.Dict(keys=keys, values=values):
            # {"metadata": {"note"}} names a part of a field.
            pairs = zip(keys, values, strict=True)
            elements = [k for k, v in pairs if k is not None and isinstance(v, ast.Constant)]
        case _:
            return None
    if not all(isinstance(each, ast.Constant) for each in elements):
        return None
    return frozenset(str(each.value) for each in elements if isinstance(each, ast.Constant))


def _removed(module: Module, function: Function, call: ast.Call) -> frozenset[str]:
    """Return the keys that are taken out of a dump and go nowhere."""
    match module.parents.get(call):
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            pass
        case _:
            return frozenset()
    found: set[str] = set()
    for node in within(function, ast.Expr, ast.Delete):
        match node:
            case ast.Expr(
                value=ast.Call(
                    func=ast.Attribute(value=ast.Name(id=owner), attr="pop"),
                    args=[ast.Constant(value=str(key)), *_],
                )
            ) if owner == name:
                found.add(key)
            case ast.Delete(
                targets=[
                    ast.Subscript(value=ast.Name(id=owner), slice=ast.Constant(value=str(key)))
                ]
            ) if owner == name:
                found.add(key)
            case _:
                continue
    return frozenset(found)
