"""Whether a statement is written where it can be read, by whichever road it comes."""

import ast
import re
from collections.abc import Iterator

from .binders import bound_by
from .calls import callees
from .classes import Class
from .module import Function, Module, within
from .sql_text import text_of
from .values import attributes, follow

# Whatever follows these, they change no setting of a connection.
_HARMLESS = re.compile(r"\s*(?:select|insert|update|delete|replace|with)\b", re.I)
Place = tuple[Function, Module]
Parts = dict[Function, Module]


def is_read(
    store: Class,
    every: Parts,
    place: Place,
    given: ast.expr,
    *,
    script: bool,
    depth: int = 3,
) -> bool:
    """Say whether a statement is written where it can be read, by whichever road it came."""
    part, module = place
    for bound in bound_by(module, given) if isinstance(given, ast.Name) else ():
        match bound, module.parents.get(bound):
            case ast.arg(arg=name), _:
                sent = list(_sent(store, every, part, name)) if depth else []
                return bool(sent) and all(
                    is_read(store, every, home, value, script=script, depth=depth - 1)
                    for home, value in sent
                )
            case _, ast.For(iter=several):
                return _are_read(store, module, part, several)
            case _, ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
                if text_of(module, part, value)[0] is None:
                    return False
            case _, ast.AugAssign():
                continue
            case _:
                return False
    text, varies = text_of(module, part, given)
    if text is None or not _is_constant(store, given):
        return False
    return not varies or (not script and _HARMLESS.match(text) is not None)


def _is_constant(store: Class, given: ast.expr) -> bool:
    """Say whether an attribute of a store is a text wherever it is set; true of all else."""
    match given:
        case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name):
            values = [(value, home) for each, value, home in attributes(store) if each == name]
            return all(
                v is not None and text_of(home, None, v)[0] is not None for v, home in values
            )
        case _:
            return True


def _sent(
    store: Class, every: Parts, function: Function, parameter: str
) -> Iterator[tuple[Place, ast.expr]]:
    """Yield what a parameter of a function is given, and where."""
    for part, module in every.items():
        for node in within(part, ast.Call):
            for callee in callees(store, None, module, node) if isinstance(node, ast.Call) else ():
                if callee.function is function:
                    given = (value for name, value in callee.given if name == parameter)
                    yield from (((part, module), value) for value in given)


def _are_read(store: Class, module: Module, part: Function | None, several: ast.expr) -> bool:
    """Say whether each of several statements is written where it can be read."""
    home, meant = follow(store.project, module, several)
    inside = part if home is module else None
    match meant:
        case ast.Tuple(elts=texts) | ast.List(elts=texts):
            pass
        case ast.Call(func=ast.Attribute(value=text, attr="split" | "splitlines")):
            texts = [text]
        case ast.ListComp(generators=[only]) | ast.GeneratorExp(generators=[only]):
            return _are_read(store, home, inside, only.iter)
        case _:
            return False
    read = [text_of(home, inside, each) for each in texts]
    return all(text is not None and not varies for text, varies in read)
