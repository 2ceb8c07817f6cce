"""What a method gives the attributes of its object: None, or something else."""

import ast
from collections.abc import Iterable, Iterator

from .module import Function, within


def stored(function: Function) -> set[str]:
    """Return the attributes that a method gives something else than None."""
    found: set[str] = set()
    for node in within(function, ast.Attribute):
        if not isinstance(node, ast.Attribute) or not isinstance(node.ctx, ast.Store):
            continue
        if isinstance(node.value, ast.Name) and node.value.id == "self":
            found.add(node.attr)
    return found


def none_at_first(begun: Function) -> set[str]:
    """Return the attributes that `__init__` leaves as None, for want of an argument perhaps."""
    found: set[str] = set()
    absent = set(_absent(begun))
    for node in within(begun, ast.Assign, ast.AnnAssign, ast.If, ast.Assert, nested=False):
        match node:
            case ast.Assign(targets=[target], value=value):
                for name, given in _pairs(target, value):
                    _note(found, absent, name, given)
            case ast.AnnAssign(
                target=ast.Attribute(value=ast.Name(id="self"), attr=name), value=value
            ) if value is not None:
                _note(found, absent, name, value)
            case ast.If(test=test) | ast.Assert(test=test):
                absent -= {n.id for n in (test, *within(test)) if isinstance(n, ast.Name)}
            case _:
                continue
    return found


def _absent(begun: Function) -> Iterator[str]:
    """Yield the parameters that are None when nobody gives them."""
    plain = [*begun.args.posonlyargs, *begun.args.args]
    defaults = zip(reversed(plain), reversed(begun.args.defaults), strict=False)
    both = [*defaults, *zip(begun.args.kwonlyargs, begun.args.kw_defaults, strict=True)]
    for parameter, default in both:
        if isinstance(default, ast.Constant) and default.value is None:
            yield parameter.arg


def _pairs(target: ast.expr, value: ast.expr) -> Iterable[tuple[str, ast.expr]]:
    match target, value:
        case ast.Attribute(value=ast.Name(id="self"), attr=name), _:
            return [(name, value)]
        case ast.Tuple(elts=targets), ast.Tuple(elts=values) if len(targets) == len(values):
            both = zip(targets, values, strict=True)
            return [pair for one, given in both for pair in _pairs(one, given)]
        case _:
            return []


def _note(found: set[str], absent: set[str], name: str, value: ast.expr) -> None:
    match value:
        case ast.Constant(value=None):
            found.add(name)
        case ast.Name(id=given) if given in absent:
            found.add(name)
        case _:
            found.discard(name)
