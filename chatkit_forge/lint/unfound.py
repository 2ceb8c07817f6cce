"""What a method answers where nothing was found, because it did not look: None, or an error."""

import ast
from collections.abc import Iterator

from .missing import asks_for_owner, asks_if_missing, asks_if_there, last
from .module import Function, Module, within
from .project import Project
from .translated import error_name, is_tried
from .values import given_values

# What reads one row or document, and gives None when there is none.
_READS = frozenset({
    "fetchrow", "fetchone", "fetch_one", "find_one", "hget", "scalar_one_or_none", "one_or_none",
    "fetchval",
})  # fmt: skip
# What raises by itself when nothing is there.
_RAISES = {
    "scalar_one": "NoResultFound", "get_one": "NoResultFound", "one": "NoResultFound",
    "aget": "DoesNotExist",
}  # fmt: skip
_ANSWERING = (ast.Assign, ast.Return, ast.Call, ast.Subscript)


def answers(project: Project, module: Module, function: Function) -> Iterator[tuple[ast.AST, str]]:
    """Yield where a function answers without a look, and with what: "None", or an error's name."""
    found: set[str] = set()
    for node in within(function, *_ANSWERING, nested=False):
        match node:
            case ast.Assign(targets=[ast.Name(id=variable)], value=value) if _from_dict(value):
                if not _kept(project, module, node, function):
                    found.add(variable)
            case ast.Assign(targets=[ast.Name(id=variable)], value=value) if _ends_in_none(value):
                if _is_only_returned(module, function, variable):
                    yield node, "None"
            case ast.Assign(
                targets=[ast.Name()],
                value=ast.Call(func=ast.Name(id="next"), args=[ast.GeneratorExp()]),
            ):
                if not _kept(project, module, node, function):
                    yield node, "StopIteration"
            case ast.Return(value=ast.expr() as value) if _ends_in_none(value):
                yield node, "None"
            case ast.Return(value=None):
                yield node, "None"
            case ast.Return(value=ast.Name(id=variable)) if variable in found:
                yield node, "KeyError"
            case ast.Return(value=value) if value is not None and _from_dict(value):
                if not _kept(project, module, node, function):
                    yield node, "KeyError"
            case ast.Return(value=ast.Call(func=ast.Name(id="next"), args=[_])):
                if not _kept(project, module, node, function):
                    yield node, "StopIteration"
            case ast.Call(func=ast.Attribute(attr=method), args=args) if method in _RAISES:
                if not (method == "one" and args) and not is_tried(project, module, node):
                    yield node, _RAISES[method]
            case ast.Subscript(value=ast.Name(), slice=ast.Constant(value=0)):
                if _is_first(project, module, node, function):
                    yield node, "IndexError"
            case ast.Subscript(value=ast.Name() as row, ctx=ast.Load()):
                if _is_unasked(project, module, row, function):
                    yield node, "TypeError"
            case _:
                continue
    yield from _at_the_end(module, function)


def _at_the_end(module: Module, function: Function) -> Iterator[tuple[ast.AST, str]]:
    """Yield what a function does behind its last line: `if row: return ...` and no more."""
    end = last(function.body)
    outer = function.body[-1]
    suppressed = isinstance(outer, ast.With) and any(
        error_name(module, item.context_expr) == "suppress" for item in outer.items
    )
    match end:
        case ast.If(test=test, orelse=[], body=[*_, ast.Return()]) if asks_if_there(test):
            yield end, "None"
        case ast.For(target=ast.Name(), orelse=[], body=[ast.If(body=[*_, ast.Return()])]):
            yield end, "None"
        case ast.Return() if suppressed:
            yield end, "None"
        case _:
            return


def _kept(project: Project, module: Module, node: ast.AST, function: Function) -> bool:
    """Say whether somebody looked first, or catches what is raised."""
    if is_tried(project, module, node):
        return True
    asked = any(isinstance(p, ast.If) for p in module.ancestors(node))
    return asked or any(
        isinstance(s, ast.If) and asks_if_missing(s.test) and not asks_for_owner(s.test)
        for s in function.body
    )


def _is_only_returned(module: Module, function: Function, variable: str) -> bool:
    """Say whether what may be None is given one value, and answered without a look."""
    names = [
        node
        for node in within(function, ast.Name)
        if isinstance(node, ast.Name) and node.id == variable
    ]
    reads = [node for node in names if isinstance(node.ctx, ast.Load)]
    if len(names) != len(reads) + 1 or not reads:
        return False
    if any(isinstance(parent, ast.Try) for parent in module.ancestors(reads[0])):
        return False
    return all(
        isinstance(module.parents[node], ast.Return)
        and not any(isinstance(p, (ast.If, ast.Match)) for p in module.ancestors(node))
        for node in reads
    )


def _is_first(project: Project, module: Module, node: ast.Subscript, function: Function) -> bool:
    """Say whether the first of a list is taken that may be empty, without a look."""
    given = given_values(module, node.value) if isinstance(node.value, ast.Name) else []
    listed = len(given) == 1 and isinstance(given[0], ast.ListComp)
    return listed and not _is_asked(project, module, node.value, function)


def _is_unasked(project: Project, module: Module, row: ast.Name, function: Function) -> bool:
    """Say whether a row is read from that a driver may not have found, without a look."""
    given = given_values(module, row)
    match given:
        case [ast.Await(value=ast.Call(func=ast.Attribute(attr=name)))]:
            pass
        case [ast.Call(func=ast.Attribute(attr=name))]:
            pass
        case _:
            return False
    return name in _READS and not _is_asked(project, module, row, function)


def _is_asked(project: Project, module: Module, value: ast.expr, function: Function) -> bool:
    """Say whether a function does anything with a name but read from it, or catches errors."""
    if not isinstance(value, ast.Name) or is_tried(project, module, value):
        return True
    if any(
        isinstance(node, ast.NamedExpr) and node.target.id == value.id
        for node in within(function, ast.NamedExpr)
    ):
        return True  # `(row := ...) is None`
    uses = [
        module.parents[node]
        for node in within(function, ast.Name)
        if isinstance(node, ast.Name) and node.id == value.id and isinstance(node.ctx, ast.Load)
    ]
    return not all(isinstance(use, (ast.Subscript, ast.Attribute)) for use in uses)


def _ends_in_none(value: ast.expr) -> bool:
    match value:
        case ast.Constant(value=None):
            return True
        case ast.IfExp(body=body, orelse=other):
            return _ends_in_none(other) or _ends_in_none(body)
        case ast.Call(func=ast.Attribute(value=source, attr="get"), args=[_]):
            return _is_own(source)
        case ast.Call(
            func=ast.Attribute(value=source, attr="get"), args=[_, ast.Constant(value=None)]
        ):
            return _is_own(source)
        case ast.Call(
            func=ast.Name(id="next"), args=[ast.GeneratorExp(), ast.Constant(value=None)]
        ):
            return True
        case _:
            return False


def _from_dict(value: ast.expr) -> bool:
    match value:
        case ast.Subscript(value=ast.Attribute(value=ast.Name(id="self"))):
            return True
        case ast.Subscript(value=ast.Subscript() as inner):
            return _from_dict(inner)
        case ast.Call(func=ast.Attribute(value=inner, attr="model_copy" | "copy")):
            return _from_dict(inner)
        case _:
            return False


def _is_own(source: ast.expr) -> bool:
    """Say whether something is looked up in a dictionary of the store's own."""
    while isinstance(source, (ast.Call, ast.Subscript)):
        source = source.func if isinstance(source, ast.Call) else source.value
        if isinstance(source, ast.Attribute) and source.attr in {"get", "setdefault"}:
            source = source.value
    match source:
        case ast.Attribute(value=ast.Name(id="self")):
            return True
        case _:
            return False
