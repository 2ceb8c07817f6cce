"""What a name stands for where it is read: followed to the one value it was given, across files."""

import ast
from collections.abc import Iterator, Mapping
from itertools import chain

from .binders import root
from .classes import Class
from .module import FUNCTIONS, Function, Module, within
from .project import Project

Place = tuple[Module, ast.expr]
_SCOPES = (*FUNCTIONS, ast.Module)
# What gives a name a value.
_BINDING = (
    ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.AugAssign, ast.For, ast.AsyncFor, ast.withitem,
)  # fmt: skip


def follow(project: Project, module: Module, node: ast.expr, depth: int = 6) -> Place:
    """Return the expression that a name stands for; the node itself when there is no single one."""
    found = _step(project, module, node) if depth else None
    return follow(project, *found, depth - 1) if found is not None else (module, node)


def given_values(module: Module, node: ast.Name) -> list[ast.expr | None]:
    """Return every value that the name's function or module gives it, None for what is unseen."""
    for scope in chain(module.ancestors(node), (module.tree,)):
        if isinstance(scope, _SCOPES):
            values = bindings(module, scope).get(node.id)
            if values is not None:
                return values
    return []


def bindings(module: Module, scope: Function | ast.Module) -> Mapping[str, list[ast.expr | None]]:
    """Return what each name of a function or of the module is given; None for unseen values."""
    key = ("bindings", scope)
    if key not in module.known:
        found: dict[str, list[ast.expr | None]] = {}
        if not isinstance(scope, ast.Module):
            arguments = scope.args
            starred = [a for a in (arguments.vararg, arguments.kwarg) if a is not None]
            for each in (
                *arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *starred
            ):  # fmt: skip
                found.setdefault(each.arg, []).append(None)
        for node in within(scope, *_BINDING, nested=False):
            for name, value in _bound(node):
                found.setdefault(name, []).append(value)
        module.known[key] = found
    return module.known[key]


def called(project: Project, module: Module, node: ast.Call) -> tuple[Function, Module] | None:
    """Return the project's function that a call runs: by name, of an object, or imported."""
    key = ("called", node)
    if key not in module.known:
        module.known[key] = _called(project, module, node)
    return module.known[key]


def _called(project: Project, module: Module, node: ast.Call) -> tuple[Function, Module] | None:
    func = node.func
    if isinstance(func, ast.Name):
        inner = _inner(module, node, func.id)
        if inner is not None:
            return inner, module
        if func.id in module.functions:
            return module.functions[func.id], module
    elif isinstance(func, ast.Attribute) and _is_self(func.value):
        owner = class_around(project, module, node)
        found = owner.method(func.attr) if owner is not None else None
        return (found[0], found[1].module) if found is not None else None
    # `row.get()` is no module's: its file need not be looked for.
    found = _imported(project, module, func) if _is_imported(module, func) else None
    if found is not None:
        return found
    if isinstance(func, ast.Attribute):
        owner = class_of(project, module, func.value)
        found = owner.method(func.attr) if owner is not None else None
        return (found[0], found[1].module) if found is not None else None
    return None


def _imported(project: Project, module: Module, func: ast.expr) -> tuple[Function, Module] | None:
    """Return the function of another module of that name, looked for once a name."""
    key = ("imported functions", None)
    known: dict[str, tuple[Function, Module] | None] = module.known.setdefault(key, {})
    full = module.names.resolve(func) or ""
    if full not in known:
        package, _, last = full.rpartition(".")
        other = project.module(package, module) if package else None
        function = other.functions.get(last) if other is not None else None
        known[full] = (function, other) if function and other else None
    return known[full]


def _inner(module: Module, node: ast.Call, name: str) -> Function | None:
    """Return the function of that name that is defined in one around a call."""
    if name not in module.function_names:
        return None  # as most names: Python's own, classes, what was imported
    for scope in module.ancestors(node):
        if isinstance(scope, FUNCTIONS):
            for inner in within(scope, *FUNCTIONS, nested=False):
                if isinstance(inner, FUNCTIONS) and inner.name == name:
                    return inner
    return None


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in {"self", "cls"}


def class_of(project: Project, module: Module, node: ast.expr, depth: int = 4) -> Class | None:
    """Return the project's class that an object is of, or that is named itself."""
    match node:
        case ast.Call(func=func):
            return _class_named(project, module, func)
        case ast.Name():
            function = module.function_of(node)
            if function is not None and _parameter(function, node.id) is not None:
                return _class_declared(project, module, node)
            values = given_values(module, node)
            if not values:
                return _class_named(project, module, node)
            if len(values) == 1 and values[0] is not None and depth:
                return class_of(project, module, values[0], depth - 1)
            return _class_declared(project, module, node)
        case ast.Attribute(value=ast.Name(id="self"), attr=name) if depth:
            owner = class_around(project, module, node)
            given = list(attributes(owner)) if owner is not None else []
            found = [(value, place) for each, value, place in given if each == name and value]
            if len(found) != 1:
                return None
            return class_of(project, found[0][1], found[0][0], depth - 1)
        case ast.Attribute():
            return _class_named(project, module, node)
        case _:
            return None


def _class_named(project: Project, module: Module, node: ast.expr) -> Class | None:
    plain = node.value if isinstance(node, ast.Subscript) else node
    name = module.names.resolve(plain)
    if name is None or not (name in project.classes(module) or _is_imported(module, plain)):
        return None
    return project.find_class(name, module)


def _is_imported(module: Module, node: ast.expr) -> bool:
    """Say whether a chain of names begins with one that was imported."""
    first = root(node)
    return first is not None and (first.id in module.names.imported or bool(module.names.stars))


def _class_declared(project: Project, module: Module, node: ast.Name) -> Class | None:
    """Return the class that a parameter is declared to be of."""
    for scope in module.ancestors(node):
        if not isinstance(scope, FUNCTIONS):
            continue
        parameter = _parameter(scope, node.id)
        if parameter is not None:
            kind = parameter.annotation
            kind = kind.left if isinstance(kind, ast.BinOp) else kind
            return _class_named(project, module, kind) if kind is not None else None
    return None


def _parameter(function: Function, name: str) -> ast.arg | None:
    given = function.args
    every = (*given.posonlyargs, *given.args, *given.kwonlyargs)
    return next((each for each in every if each.arg == name), None)


def class_around(project: Project, module: Module, node: ast.AST) -> Class | None:
    """Return the project's class that a node stands in."""
    outer = module.class_of(node)
    return project.classes(module).get(outer.name) if outer is not None else None


def attributes(owner: Class) -> Iterator[tuple[str, ast.expr | None, Module]]:
    """Yield what a class, and what it derives from, gives its attributes."""
    for each in owner.lineage:
        for statement in each.node.body:
            for name, value in _bound(statement):
                yield name, value, each.module
        for function in each.own.values():
            for node in within(function, ast.Assign, ast.AnnAssign):
                match node:
                    case ast.Assign(
                        targets=[ast.Attribute(value=ast.Name(id="self"), attr=name)], value=value
                    ):
                        yield name, value, each.module
                    case ast.AnnAssign(
                        target=ast.Attribute(value=ast.Name(id="self"), attr=name), value=value
                    ) if value is not None:
                        yield name, value, each.module
                    case _:
                        continue


def _step(project: Project, module: Module, node: ast.expr) -> Place | None:
    match node:
        case ast.Name(id=name):
            values = given_values(module, node)
            if values:
                only = values[0] if len(values) == 1 else None
                return (module, only) if only is not None else None
            full = module.names.imported.get(name)
        case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name):
            owner = class_around(project, module, node)
            return _attribute(owner, name) if owner is not None else None
        case ast.Attribute():
            full = module.names.resolve(node)
        case _:
            return None
    package, _, last = (full or "").rpartition(".")
    if not package:
        return None
    owner = project.find_class(package, module)
    if owner is not None:
        return _attribute(owner, last)
    other = project.module(package, module)
    if other is None:
        return None
    values = bindings(other, other.tree).get(last, [])
    only = values[0] if len(values) == 1 else None
    return (other, only) if only is not None else None


def _attribute(owner: Class, name: str) -> Place | None:
    given = [(module, value) for each, value, module in attributes(owner) if each == name]
    if len(given) != 1 or given[0][1] is None:
        return None
    return given[0][0], given[0][1]


def _bound(node: ast.AST) -> list[tuple[str, ast.expr | None]]:
    match node:
        case ast.Assign(targets=targets, value=value):
            return [
                (name, value if isinstance(target, ast.Name) else None)
                for target in targets
                for name in _names(target)
            ]
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
            return [(name, value)]
        case ast.NamedExpr(target=ast.Name(id=name), value=value):
            return [(name, value)]
        case ast.AugAssign(target=target) | ast.For(target=target) | ast.AsyncFor(target=target):
            return [(name, None) for name in _names(target)]
        case ast.withitem(optional_vars=ast.expr() as target):
            return [(name, None) for name in _names(target)]
        case _:
            return []


def _names(target: ast.expr) -> list[str]:
    match target:
        case ast.Name(id=name):
            return [name]
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            return [name for element in elements for name in _names(element)]
        case ast.Starred(value=value):
            return _names(value)
        case _:
            return []
