"""What the methods of a store do, however it is written: which of them it hands work to."""

import ast
from collections.abc import Iterator, Mapping

from .classes import Class
from .module import Function, Module, within

LOADS = {"load_thread": "Thread", "load_item": "Item", "load_attachment": "Attachment"}
PAGES = ("load_thread_items", "load_threads")
_OBJECT = frozenset({"self", "cls"})
# What an object is called that a store leaves its work to.
_PARTNERS = ("repo", "service", "gateway", "dao", "backend", "inner", "delegate", "wrapped")


def reached(store: Class, function: Function, depth: int = 4) -> list[tuple[Function, Module]]:
    """Return a method and what it calls of the same object, module or repository, each once."""
    known = store.module.known.setdefault(("reached", store.node), {})
    if function not in known:
        known[function] = _reached(store, function, depth)
    return known[function]


def _reached(store: Class, function: Function, depth: int) -> list[tuple[Function, Module]]:
    found: dict[Function, Module] = {}
    queue: list[tuple[Function, Class | None, Module, int]] = [
        (function, store, home(store, function), depth)
    ]
    for current, owner, module, left in queue:
        if current in found:
            continue
        found[current] = module
        if left:
            known = module.known.setdefault(("calls", current), {})
            if owner not in known:
                known[owner] = list(_calls(owner, module, current))
            queue += [(*each, left - 1) for each in known[owner]]
    return list(found.items())


def is_closed(store: Class, function: Function) -> bool:
    """Say whether everything a method hands its arguments to can be seen."""
    known = store.module.known.setdefault(("closed", function), {})
    if store not in known:
        known[store] = _is_closed(store, function)
    return known[store]


def _is_closed(store: Class, function: Function) -> bool:
    for current, module in reached(store, function):
        for node in within(current, ast.Call):
            # Asked of every call: most are of plain names, or of what a name holds.
            func = node.func if isinstance(node, ast.Call) else None
            if not isinstance(func, ast.Attribute):
                continue
            value = func.value
            if isinstance(value, ast.Name):
                # With all bases known it is a method, or an attribute such as a factory.
                own = value.id == "self" and not store.is_complete
                if own and store.method(func.attr) is None:
                    return False
            elif isinstance(value, ast.Call):
                if isinstance(value.func, ast.Name) and value.func.id == "super":
                    return False
            elif _is_hidden(store, module, value):
                return False
    return True


def _is_hidden(store: Class, module: Module, value: ast.expr) -> bool:
    """Say whether a call goes to an object of the project whose class is not known here."""
    if not (isinstance(value, ast.Attribute) and isinstance(value.value, ast.Name)):
        return False
    name = value.attr.lower()
    if value.value.id != "self" or not any(word in name for word in _PARTNERS):
        return False
    return repository(store, module, value.attr) is None


def repository(store: Class, module: Module, attribute: str) -> Class | None:
    """Return the project's class of `self.<attribute>`, from how `__init__` sets it."""
    known = store.module.known.setdefault(("repositories", store.node), {})
    # A mixin has as many as there are stores that it is mixed into.
    if store not in known:
        known[store] = dict(reversed(list(_repositories(store))))
    return known[store].get(attribute)


def _repositories(store: Class) -> Iterator[tuple[str, Class | None]]:
    """Yield the attributes that `__init__` sets, each with the project's class of its value."""
    begun = store.method("__init__")
    if begun is None:
        return
    function, owner = begun
    kinds = {
        argument.arg: argument.annotation
        for argument in (*function.args.args, *function.args.kwonlyargs)
    }
    for node in within(function, ast.Assign):
        match node:
            case ast.Assign(
                targets=[ast.Attribute(value=ast.Name(id="self"), attr=name)], value=value
            ):
                kind = kinds.get(value.id) if isinstance(value, ast.Name) else None
                kind = value.func if isinstance(value, ast.Call) else kind
                text = owner.module.names.resolve(kind) if kind is not None else None
                yield name, owner.project.find_class(text, owner.module) if text else None
            case _:
                continue


def home(store: Class, function: Function) -> Module:
    """Return the module that a method of a store, or of one of its bases, stands in."""
    for owner in store.lineage:
        if function in owner.own.values():
            return owner.module
    return store.module


def _calls(
    owner: Class | None, module: Module, function: Function
) -> Iterator[tuple[Function, Class | None, Module]]:
    """Yield what a function calls, where that is the project's own."""
    functions, imported = module.functions, module.names.imported
    methods: Mapping[str, list[Class]] = _methods(owner, module) if owner else {}
    for node in within(function, ast.Attribute, ast.Call, ast.Name):
        # Most nodes are plain names of something else: this is asked a thousand times a file.
        if isinstance(node, ast.Name):
            if node.id not in functions and node.id not in imported:
                continue
            if not isinstance(node.ctx, ast.Load):
                continue
            if node.id in functions:
                yield functions[node.id], None, module
            elif owner:
                there = _imported(owner, module, imported[node.id])
                if there is not None:
                    yield there[0], None, there[1]
        elif isinstance(node, ast.Attribute):
            if owner and isinstance(node.value, ast.Name) and node.value.id in _OBJECT:
                found = owner.method(node.attr)
                if found is not None:
                    yield found[0], owner, found[1].module
        elif owner and isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            name, value = node.func.attr, node.func.value
            if isinstance(value, (ast.Name, ast.Call)):
                # A session or a collection of the module's own, by the only class that has it.
                only = methods.get(name, ())
                if len(only) == 1:
                    yield only[0].own[name], only[0], only[0].module
            elif isinstance(value, ast.Attribute):
                yield from _of_held(owner, module, value, name)


def _of_held(
    owner: Class, module: Module, value: ast.Attribute, name: str
) -> Iterator[tuple[Function, Class | None, Module]]:
    """Yield the method of a repository that is called: `self.rows.get()`."""
    if not isinstance(value.value, ast.Name) or value.value.id != "self":
        return
    other = repository(owner, module, value.attr)
    found = other.method(name) if other else None
    if other is not None and found is not None:
        yield found[0], other, found[1].module


def called_function(store: Class, module: Module, name: str) -> tuple[Function, Module] | None:
    """Return the function of the project that a name stands for: the module's own, or imported."""
    if name in module.functions:
        return module.functions[name], module
    full = module.names.imported.get(name)
    return _imported(store, module, full) if full else None


def _imported(owner: Class, module: Module, name: str) -> tuple[Function, Module] | None:
    """Return a function of another module of the project."""
    place, _, last = name.rpartition(".")
    found = owner.project.module(place, module) if place else None
    if found is None or last not in found.functions:
        return None
    return found.functions[last], found


def targets(store: Class, function: Function, call: ast.Call) -> list[tuple[Function, Module]]:
    """Return what one call in a function that a store reaches runs, where it can be seen."""
    known = store.module.known.setdefault(("targets", call), {})
    key = (store, function)
    if key not in known:
        known[key] = _targets(store, function, call)
    return known[key]


def _targets(store: Class, function: Function, call: ast.Call) -> list[tuple[Function, Module]]:
    # `asyncio.to_thread(self._page, after)` runs what it is handed as well.
    names = _names(store, function)
    given: dict[str, bool] = {}
    for each in (*call.args[1::-1], call.func):
        if isinstance(each, (ast.Attribute, ast.Name)):
            name = each.attr if isinstance(each, ast.Attribute) else each.id
            if name in names:
                given[name] = _is_of_other(each)
    if not given:
        return []
    return [
        (part, home)
        for part, home in reached(store, function)
        if part.name in given and not (given[part.name] and _is_own(store, part))
    ]


def _is_of_other(called: ast.expr) -> bool:
    """Say whether a method is of another object: a store that is wrapped has the same methods."""
    match called:
        case ast.Attribute(value=ast.Name(id=name)):
            return name not in _OBJECT and not name[:1].isupper()
        case ast.Attribute(value=ast.Call(func=ast.Name(id="super"))):
            return False
        case ast.Attribute():
            return True
        case _:
            return False


def _is_own(store: Class, function: Function) -> bool:
    return any(function in owner.own.values() for owner in store.lineage)


def _names(store: Class, function: Function) -> frozenset[str]:
    """Return the names of what a method reaches: most calls run none of it."""
    known = store.module.known.setdefault(("reached names", store.node), {})
    if function not in known:
        known[function] = frozenset(part.name for part, _ in reached(store, function))
    return known[function]


def owners(store: Class, module: Module, method: str) -> list[Class]:
    """Return the classes of the module, and those it imports, that define a method of this name.

    Stores are left out: they are not what a store keeps its data in.
    """
    return _methods(store, module).get(method, [])


def _methods(store: Class, module: Module) -> Mapping[str, list[Class]]:
    """Return those classes by the names of their methods."""
    key = ("others", None)
    if key not in module.known:
        there = (store.project.find_class(n, module) for n in module.names.imported.values())
        every = {*store.project.classes(module).values(), *filter(None, there)}
        found: dict[str, list[Class]] = {}
        for each in sorted(every, key=lambda c: (c.module.path, c.node.lineno)):
            for name in () if each.is_store else each.own:
                found.setdefault(name, []).append(each)
        module.known[key] = found
    return module.known[key]


def names_in(node: ast.AST) -> set[str]:
    """Return every plain name that a node reads."""
    return {i.id for i in (node, *within(node, ast.Name)) if isinstance(i, ast.Name)}
