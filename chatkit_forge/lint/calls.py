"""What a call in a store runs of the project's own, and which parameter gets which argument."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from .binders import bound_by, value_of
from .classes import Class
from .module import Function, Module, within
from .stores import called_function, owners, reached, repository

_KEEPERS = (
    "owner", "user", "tenant", "account", "customer", "member", "org", "workspace", "team",
    "subject", "scope", "principal", "context", "caller",
)  # fmt: skip
Given = tuple[str, ast.expr]


@dataclass(frozen=True, eq=False)
class Callee:
    """Hold a function that is called, whose method it is, and what it is given."""

    function: Function
    module: Module
    owner: Class | None
    given: Sequence[Given] = ()

    @property
    def kept(self) -> frozenset[str]:
        """Return the attributes and methods that have the owner in an object made for one."""
        return keeps(self.owner) if self.owner is not None else frozenset()

    def reached(self, store: Class) -> list[tuple[Function, Module]]:
        """Return the function and what it calls in turn."""
        return reached(self.owner or store, self.function, 3)


def callees(store: Class, owner: Class | None, module: Module, call: ast.Call) -> list[Callee]:
    """Return what a call runs: itself, or a function handed to it, as to `asyncio.to_thread`."""
    key = ("callees", call)
    if key not in module.known:
        module.known[key] = list(_callees(store, owner, module, call))
    return module.known[key]


def _callees(store: Class, owner: Class | None, module: Module, call: ast.Call) -> Iterator[Callee]:
    direct = _method(store, owner, module, call.func)
    if direct is not None:
        yield _with(direct, call.args, call.keywords)
    for place, argument in enumerate(call.args):
        if isinstance(argument, (ast.Name, ast.Attribute)):
            handed = _method(store, owner, module, argument, handed=True)
            if handed is not None:
                yield _with(handed, call.args[place + 1 :], call.keywords, handed=True)


def _with(
    found: Callee,
    args: Sequence[ast.expr],
    keywords: Sequence[ast.keyword],
    *,
    handed: bool = False,
) -> Callee:
    given = tuple(parameters_of(found, args, keywords, handed=handed))
    return Callee(found.function, found.module, found.owner, given)


def parameters_of(
    callee: Callee,
    args: Sequence[ast.expr],
    keywords: Sequence[ast.keyword],
    *,
    handed: bool = False,
) -> Iterator[Given]:
    """Yield which parameter of a function gets which argument of a call, or of what runs it.

    A decorator, or what a function is `handed` to, may put a session before the others.
    """
    about = callee.function.args
    names = [each.arg for each in (*about.posonlyargs, *about.args)]
    static = any(
        isinstance(each, ast.Name) and each.id == "staticmethod"
        for each in callee.function.decorator_list
    )
    names = names[1:] if callee.owner is not None and not static else names
    before = handed or bool(callee.function.decorator_list)
    if before and not any(isinstance(a, ast.Starred) for a in args):
        needed = len(names) - len(about.defaults) - len(keywords)
        names = names[max(needed - len(args), 0) :]
    rest = [about.vararg.arg] if about.vararg else []
    for place, value in enumerate(args):
        if isinstance(value, ast.Starred):
            yield from ((name, value.value) for name in (*names[place:], *rest))
            break
        if place < len(names):
            yield names[place], value
        else:
            yield from ((name, value) for name in rest)
    known = {*names, *(each.arg for each in about.kwonlyargs)}
    others = [about.kwarg.arg] if about.kwarg else []
    for keyword in keywords:
        if keyword.arg is None:
            yield from ((name, keyword.value) for name in (*known, *others))
        elif keyword.arg in known:
            yield keyword.arg, keyword.value
        else:
            yield from ((name, keyword.value) for name in others)


def _method(
    store: Class, owner: Class | None, module: Module, func: ast.expr, *, handed: bool = False
) -> Callee | None:
    """Return the project's function that an expression stands for."""
    match func:
        case ast.Name():
            found = called_function(store, module, func.id)
            return Callee(found[0], found[1], None) if found else None
        case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name):
            return _of(owner or store, name)
        case ast.Attribute(value=value, attr=name) if not handed:
            about = class_of(owner or store, module, value)
            if about is not None:
                return _of(about, name)
            only = owners(owner or store, module, name)
            return _of(only[0], name) if len(only) == 1 else None
        case _:
            return None


def _of(owner: Class, name: str) -> Callee | None:
    found = owner.method(name)
    return Callee(found[0], found[1].module, owner) if found else None


def class_of(store: Class, module: Module, value: ast.expr) -> Class | None:
    """Return the project's class of an object, from how it was made or is declared."""
    value = value.value if isinstance(value, ast.Await) else value
    match value:
        case ast.Attribute(value=ast.Name(id="self"), attr=name):
            return repository(store, module, name)
        case ast.Name():
            given = value_of(module, value)
            if given is not None and not isinstance(given, ast.Name):
                return class_of(store, module, given)
            for each in bound_by(module, value):
                if isinstance(each, ast.arg) and each.annotation is not None:
                    return annotated(store, module, each.annotation)
            return None
        case ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=name)):
            found = store.method(name)
            returns = found[0].returns if found else None
            return annotated(store, found[1].module, returns) if found and returns else None
        case ast.Call(func=func):
            full = module.names.resolve(func)
            return store.project.find_class(full, module) if full else None
        case _:
            return None


def annotated(store: Class, module: Module, annotation: ast.expr) -> Class | None:
    """Return the project's class that an annotation names, be it optional or in quotes."""
    match annotation:
        case ast.Constant(value=str(text)):
            name = text.replace("Optional[", "").partition("|")[0].strip(" ]")
            return store.project.find_class(name, module) if name.isidentifier() else None
        case ast.BinOp(left=left, op=ast.BitOr()):
            return annotated(store, module, left)
        case ast.Subscript(value=ast.Name(id="Optional" | "type"), slice=inner):
            return annotated(store, module, inner)
        case _:
            full = module.names.resolve(annotation)
            return store.project.find_class(full, module) if full else None


def keeps(owner: Class) -> frozenset[str]:
    """Return the attributes, properties and methods of an object that have its owner in them."""
    key = ("keeps", owner.node)
    if key not in owner.module.known:
        owner.module.known[key] = frozenset(_keeps(owner))
    return owner.module.known[key]


def _keeps(owner: Class) -> set[str]:
    found: set[str] = set()
    for each in owner.lineage:
        begun = each.own.get("__init__")
        given = {a.arg for a in begun.args.args if keeps_word(a.arg)} if begun else set[str]()
        for node in within(begun, ast.Assign, ast.AnnAssign) if begun else ():
            target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", 0)
            match target:
                case ast.Attribute(value=ast.Name(id="self"), attr=attr):
                    names = {n.id for n in within(node, ast.Name) if isinstance(n, ast.Name)}
                    if names & given or keeps_word(attr):
                        found.add(f".{attr}")
                case _:
                    continue
        for statement in each.node.body:
            match statement:
                case ast.AnnAssign(target=ast.Name(id=attr)) if keeps_word(attr):
                    found.add(f".{attr}")
                case _:
                    continue
    size = 0
    while found and size != (size := len(found)):
        for each in owner.lineage:
            for name, function in each.own.items():
                read = {
                    f".{n.attr}"
                    for n in within(function, ast.Attribute)
                    if isinstance(n, ast.Attribute)
                    and isinstance(n.value, ast.Name)
                    and n.value.id == "self"
                }
                if name != "__init__" and read & found and _makes_key(function):
                    found.add(f".{name}")
    return found


@cache
def keeps_word(name: str) -> bool:
    """Say whether what is called so is somebody that things belong to."""
    return any(word in name.lower() for word in _KEEPERS)


def _makes_key(function: Function) -> bool:
    """Say whether a method is a small one that others ask for a key, a filter or a row."""
    return any(isinstance(node, ast.Return) and node.value for node in within(function, ast.Return))
