"""Connections that begin as None: attributes, names of a module, and what hands them on as is."""

import ast
from collections.abc import Iterable, Iterator

from .classes import Class
from .module import Function, Module, within

_TESTS = (ast.If, ast.While, ast.IfExp, ast.Assert)
_LOGS = frozenset({"debug", "info", "warning", "error", "exception", "log", "print"})
# What is raised where None is reached through.
_CAUGHT = frozenset({"AttributeError", "TypeError", "Exception", "BaseException"})


def attributes_unset(owner: Class) -> frozenset[str]:
    """Return the attributes of a class that are None until something else gives them a value."""
    key = ("unset", owner.node)
    if key not in owner.module.known:
        begun = owner.method("__init__")
        found = _none_in_class(owner, begun[0] if begun else None)
        if begun is not None:
            found |= _none_at_first(begun[0]) - _made_at_first(owner, begun[0])
        owner.module.known[key] = frozenset(found - _given_by_heirs(owner))
    return owner.module.known[key]


def names_unset(module: Module) -> frozenset[str]:
    """Return the names at the top of a module that begin as None and that a function sets."""
    key = ("unset", module.tree)
    if key not in module.known:
        empty: set[str] = set()
        for node in module.tree.body:
            match node:
                case (
                    ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=None))
                    | ast.AnnAssign(target=ast.Name(id=name), value=ast.Constant(value=None))
                ):
                    empty.add(name)
                case ast.Assign(targets=targets):
                    empty -= {each.id for each in targets if isinstance(each, ast.Name)}
                case _:
                    continue
        later = {name for node in module.nodes(ast.Global) for name in node.names}
        module.known[key] = frozenset(empty & later)
    return module.known[key]


def name_of(node: ast.AST | None) -> str | None:
    """Return "pool" for a name, ".pool" for `self.pool`, ".db.pool" for `self.db.pool`."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Name(id="self"), attr=attr):
            return f".{attr}"
        case ast.Attribute(value=ast.Attribute(value=ast.Name(id="self"), attr=held), attr=attr):
            return f".{held}.{attr}"
        case _:
            return None


def minds(module: Module, function: Function, names: set[str], before: ast.AST | None) -> bool:
    """Say whether a function thinks of None for one of these before a node, or anywhere.

    A test, an assignment or an argument is somebody thinking of it.
    """
    for node in within(function, ast.Name, ast.Attribute):
        if name_of(node) not in names or (
            before is not None and not _is_before(module, node, before)
        ):
            continue
        if _is_thought(module, function, node):
            return True
    return before is not None and _is_caught(module, function, before)


def _is_thought(module: Module, function: Function, node: ast.AST) -> bool:
    if not isinstance(getattr(node, "ctx", None), ast.Load):
        # A plain name is declared by what it was given; an attribute is set here.
        return isinstance(node, ast.Attribute) or _is_global(function, node)
    parent = module.parents.get(node)
    match parent:
        case ast.Attribute(value=inner) | ast.Subscript(value=inner) | ast.Call(func=inner) if (
            inner is node
        ):
            return False
        case ast.Return() | ast.Await():
            return False
        case ast.Assign(targets=[ast.Name()]) | ast.AnnAssign(target=ast.Name()):
            return False  # another name for it
        case _:
            pass
    test = next((each for each in module.ancestors(node) if isinstance(each, _TESTS)), None)
    return not (isinstance(test, ast.If) and _only_tells(test) and _is_inside(test.test, node))


def _is_global(function: Function, node: ast.AST) -> bool:
    return any(
        isinstance(each, ast.Global) and getattr(node, "id", "") in each.names
        for each in within(function, ast.Global)
    )


def _only_tells(test: ast.If) -> bool:
    """Say whether a condition leads to a line in the log, and on as if nothing were wrong."""
    return not test.orelse and all(
        isinstance(each, ast.Expr)
        and isinstance(each.value, ast.Call)
        and isinstance(each.value.func, (ast.Attribute, ast.Name))
        and getattr(each.value.func, "attr", getattr(each.value.func, "id", "")) in _LOGS
        for each in test.body
    )


def _is_inside(outer: ast.AST, node: ast.AST) -> bool:
    return node is outer or node in within(outer, type(node))


def _is_before(module: Module, node: ast.AST, other: ast.AST) -> bool:
    """Say whether a node stands above another, on its line, or in the condition around it."""
    around = (each for each in module.ancestors(other) if isinstance(each, (ast.IfExp, ast.BoolOp)))
    last = max((getattr(each, "end_lineno", 0) for each in around), default=0)
    return getattr(node, "lineno", 0) <= max(last, getattr(other, "lineno", 0))


def _is_caught(module: Module, function: Function, node: ast.AST) -> bool:
    """Say whether somebody waits for what None raises."""
    for parent in module.ancestors(node):
        if parent is function:
            return False
        if isinstance(parent, ast.Try) and any(
            handler.type is None
            or any(
                isinstance(each, ast.Name) and each.id in _CAUGHT
                for each in (handler.type, *within(handler.type, ast.Name))
            )
            for handler in parent.handlers
        ):
            return node not in {each for h in parent.handlers for each in within(h, type(node))}
    return False


def _none_in_class(owner: Class, begun: Function | None) -> set[str]:
    """Return the attributes that class bodies begin with None; the nearest class counts."""
    seen: dict[str, bool] = {}
    for each in owner.lineage:
        for node in each.node.body:
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    seen.setdefault(name, _is_none(value))
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                    seen.setdefault(name, _is_none(value))
                case _:
                    continue
    names = {name for name, is_none in seen.items() if is_none}
    return names - stored(begun) if begun is not None else names


def _is_none(value: ast.expr) -> bool:
    match value:
        case ast.Constant(value=None):
            return True
        case ast.Call(func=ast.Name(id="field" | "Field") | ast.Attribute(attr="field")):
            return any(k.arg == "default" and _is_none(k.value) for k in value.keywords)
        case _:
            return False


def stored(function: Function) -> set[str]:
    """Return the attributes that a method gives something else than None."""
    found: set[str] = set()
    for node in within(function, ast.Attribute):
        match node:
            case ast.Attribute(value=ast.Name(id="self"), attr=attr, ctx=ast.Store()):
                found.add(attr)
            case _:
                continue
    return found


def _made_at_first(owner: Class, begun: Function) -> set[str]:
    """Return the attributes that a method which `__init__` calls gives a value."""
    found: set[str] = set()
    for node in within(begun, ast.Call):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=name)):
                method = owner.method(name)
                found |= stored(method[0]) if method is not None else set()
            case _:
                continue
    return found


def _given_by_heirs(owner: Class) -> set[str]:
    """Return the attributes that a class of the file, derived from this one, fills."""
    found: set[str] = set()
    for each in owner.project.classes(owner.module).values():
        if each.node is owner.node or owner.node not in [c.node for c in each.lineage]:
            continue
        for node in each.node.body:
            match node:
                case (
                    ast.Assign(targets=[ast.Name(id=name)], value=value)
                    | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
                ) if not _is_none(value):
                    found.add(name)
                case ast.FunctionDef(name="__init__"):
                    found |= stored(node) - _none_at_first(node)
                case _:
                    continue
    return found


def _none_at_first(begun: Function) -> set[str]:
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


def answer(function: Function) -> ast.expr | None:
    """Return the one thing that a function does nothing but return, None for any other."""
    body = [each for each in function.body if not _is_docstring(each)]
    match body:
        case [ast.Return(value=value)]:
            return value
        case _:
            return None


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
