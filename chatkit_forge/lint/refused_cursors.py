"""Whether a method that loads a page can refuse a cursor, wherever that cursor is looked at."""

import ast
import builtins

from .annotations import all_parameters
from .around import is_translated
from .calls import Callee, parameters_of
from .classes import Class
from .flow import bound, mentions, tainted
from .known_calls import is_of_library
from .missing import translates
from .module import Function, Module, within
from .names import last_name
from .sql import EXECUTES
from .stores import home, targets
from .values import called

# What takes a cursor and never refuses it: drivers, sessions, queries and Python's own.
_SEEN_THROUGH = EXECUTES | {
    "append", "bindparams", "extend", "find", "find_one", "get", "get_by", "hget", "index", "join",
    "limit", "params", "query_items", "read_item", "where", "filter", "zrank", "zscore", "zrange",
    "zrevrange", "zrevrank", "lrange", "format", "partition", "split", "warning", "info", "debug",
}  # fmt: skip
# How many functions a cursor is followed through.
_MOST = 24


def refuses_cursor(store: Class, function: Function, names: set[str]) -> bool:
    """Say whether a page's method, or what it hands its cursor to, can refuse that cursor."""
    queue: list[tuple[Function, Module, frozenset[str]]] = [
        (function, home(store, function), frozenset(names))
    ]
    seen: set[tuple[Function, frozenset[str]]] = set()
    for current, module, given in queue:
        if (current, given) in seen or len(seen) > _MOST:
            continue
        seen.add((current, given))
        held = tainted(current, given)
        whole = held if current is function else set(given)
        if is_translated(store, module, current) or _handed_on(store, module, current, whole):
            return True
        about = _decided(current, held)
        for node in within(current):
            match node:
                case ast.Raise(exc=ast.expr() as raised):
                    if _is_not_found(module, store, raised) and _concerns(module, node, about):
                        return True
                case ast.Attribute(value=ast.Name(id="self"), attr="load_item" | "load_thread"):
                    call = module.parents.get(node)
                    if isinstance(call, ast.Call) and hands(call, about):
                        return True
                case ast.Call() if hands(node, about):
                    # Of the project, and all that it is given of the cursor.
                    for called, elsewhere in targets(store, current, node):
                        own = taken(store, called, elsewhere, node, about)
                        queue.append((called, elsewhere, frozenset(own)))
                case _:
                    continue
    return False


def _handed_on(store: Class, module: Module, function: Function, names: set[str]) -> bool:
    """Say whether the cursor goes to something that cannot be seen, which may refuse it."""
    own = {each.arg for each in all_parameters(function.args)}
    for node in within(function):
        match node:
            case ast.Call(func=ast.Attribute(attr=name)):
                if (
                    _any_whole(node, names)
                    and name not in _SEEN_THROUGH
                    and not targets(store, function, node)
                ):
                    return True
            case ast.Call(func=ast.Name() as func):
                given = own & names
                if (_any_whole(node, given) or _spreads(node, given)) and not _is_seen(
                    store, module, function, node, func
                ):
                    return True
            case ast.Call(func=ast.Call()):
                if _any_whole(node, names):
                    return True  # `getattr(self.inner, "load_threads")(limit, after, ...)`
            case _:
                continue
    return False


def _is_seen(
    store: Class, module: Module, function: Function, call: ast.Call, func: ast.Name
) -> bool:
    """Say whether a plain name is Python's own, a library's, or what the project defines."""
    if hasattr(builtins, func.id) or is_of_library(module, func):
        return True
    name = module.names.resolve(func) or func.id
    return bool(targets(store, function, call) or store.project.find_class(name, module))


def _any_whole(call: ast.Call, names: set[str]) -> bool:
    """Say whether a call is given one of these names itself, and not something made of it."""
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    return any(isinstance(each, ast.Name) and each.id in names for each in given)


def _spreads(call: ast.Call, names: set[str]) -> bool:
    """Say whether a call is given all that a function was: `call(*args)`."""
    return any(
        isinstance(each, ast.Starred)
        and isinstance(each.value, ast.Name)
        and each.value.id in names
        for each in call.args
    )


def hands(call: ast.Call, names: set[str]) -> bool:
    """Say whether a call is given one of these names, or something made of it."""
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    return any(mentions(each, names) for each in given)


def taken(
    store: Class, called: Function, module: Module, call: ast.Call, names: set[str]
) -> set[str]:
    """Return the parameters of a function that a call gives something of these names."""
    parameters = [*called.args.posonlyargs, *called.args.args]
    is_method = bool(parameters) and parameters[0].arg in {"self", "cls"}
    callee = Callee(called, module, store if is_method else None)
    args: list[ast.expr] | None = call.args if last_name(call.func) == called.name else None
    for place, each in enumerate(call.args) if args is None else ():
        # `asyncio.to_thread(self._page, after)`
        if isinstance(each, (ast.Name, ast.Attribute)) and last_name(each) == called.name:
            args = call.args[place + 1 :]
    if args is None:
        return {each.arg for each in parameters[is_method:]}
    handed = args is not call.args
    given = parameters_of(callee, args, call.keywords, handed=handed)
    return {name for name, value in given if mentions(value, names)}


def _decided(function: Function, names: set[str]) -> set[str]:
    """Return the names, and what is set only where one of them was asked about: `found = True`."""
    found = set(names)
    for node in within(function):
        if isinstance(node, ast.If) and mentions(node.test, names):
            for inner in within(node):
                if isinstance(inner, ast.Assign):
                    found |= {n for target in inner.targets for n in bound(target)}
    return found


def _is_not_found(module: Module, store: Class, raised: ast.expr) -> bool:
    func = raised.func if isinstance(raised, ast.Call) else raised
    name = module.names.resolve(func) or ""
    if name.endswith(("NotFoundError", "NotFound")):
        return True
    own = store.project.find_class(name, module) if name else None
    if own is not None:
        return any(base.endswith("NotFoundError") for base in own.foreign)
    # `raise self._missing(after)`: what makes it decides.
    if not isinstance(raised, ast.Call):
        return False
    made = called(store.project, module, raised)
    if made is not None:
        return name.startswith(("self.", "_")) or translates(made[1], made[0])
    # Of a function that was given only its name is known.
    return not name[:1].isupper() and "." not in name.removeprefix("self.")


def _concerns(module: Module, node: ast.Raise, names: set[str]) -> bool:
    """Say whether what is raised depends on the cursor, by its words or by what is around it."""
    if mentions(node, names):
        return True
    inside: ast.AST = node
    for parent in module.ancestors(node):
        match parent:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                return _after_loop(parent, node, names)
            case ast.If(test=test) | ast.While(test=test) if mentions(test, names):
                return True
            case ast.For(orelse=orelse) | ast.AsyncFor(orelse=orelse):
                if (inside in orelse or mentions(parent.iter, names)) and mentions(parent, names):
                    return True
            case ast.Try(body=body) if inside not in body:
                if any(mentions(statement, names) for statement in body):
                    return True
            case ast.match_case() | ast.Match():
                return True
            case _:
                pass
        inside = parent
    return False


def _after_loop(function: Function, node: ast.Raise, names: set[str]) -> bool:
    """Say whether a function ends in raising when a search in it has found nothing."""
    if function.body[-1] is not node:
        return False
    return any(isinstance(each, ast.For) and mentions(each, names) for each in function.body)
