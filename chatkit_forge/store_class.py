"""Find the class that `--store` names, and the context it is written for; nothing is imported."""

import ast
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from .errors import UsageError
from .options import ContextType, StoreClass
from .settings_source import Module, find_module
from .templates import template_source

# Where the SDK's own base class can be imported from.
_STORE = frozenset({"chatkit.store.Store", "chatkit.server.Store"})
# What our own stores raise when their database does not answer.
_UNAVAILABLE = "StoreUnavailable"
# Awaited by the application, beside what the SDK asks of a store.
_OPENS = ("connect", "close")
# Bases from these modules have neither of them, nor a constructor.
_WITHOUT_THEM = frozenset({"chatkit.store", "chatkit.server", "typing", "typing_extensions", "abc"})
_DICT = frozenset({"dict", "Dict"})


@dataclass(frozen=True, slots=True)
class FoundStore:
    """Say where a store is: `root` is the folder its module is imported from.

    `errors` is the module that it takes its errors from, None where that is no module like ours.
    `takes_nothing`: its constructor has no parameter for a URL or anything else. `lacking` names
    the methods that the application awaits and that are not there.
    """

    store: StoreClass
    root: PurePosixPath
    context: ContextType
    errors: str | None = None
    takes_nothing: bool = False
    lacking: tuple[str, ...] = ()


def parse(asked: str) -> StoreClass:
    """Return the class that "package.module:Class" names; raises UsageError for anything else."""
    module, _, name = asked.partition(":")
    if not all(part.isidentifier() for part in [*module.split("."), name]):
        raise UsageError(
            f"--store {asked!r} must be package.module:Class, as in app.stores.sqlite:SqliteStore"
        )
    return StoreClass(module, name)


def find(project: Path, store: StoreClass, roots: Iterable[PurePosixPath]) -> FoundStore:
    """Return the store with its context, read from the module's source.

    Raises UsageError for a module or class that is not there, and for one that is no store of a
    single, named context.
    """
    root, path = _locate(project, store, list(roots))
    shown = path.relative_to(project).as_posix()
    try:
        module = Module(path)
    except (OSError, ValueError, SyntaxError, RecursionError) as error:
        raise UsageError(f"{shown} cannot be read: {' '.join(str(error).split())}") from error
    found = module.find_class(store.name)
    if found is None:
        there = ", ".join(module.classes) or "no class at all"
        raise UsageError(f"--store {store}: {shown} has no class {store.name} (it has {there})")
    contexts = dict(_contexts(*found))
    if not contexts:
        raise UsageError(
            f"--store {store} is no ChatKit store: {store.name} does not derive from "
            "chatkit.store.Store as far as its source shows"
        )
    if len(contexts) > 1:
        named = " and ".join(f"Store[{text}]" for text in contexts)
        raise UsageError(f"--store {store} derives from {named}: one context is needed")
    ((text, (home, expression)),) = contexts.items()
    if expression is None:
        raise UsageError(
            f"--store {store} derives from a bare Store; say which context it is for, as in "
            f"class {store.name}(Store[RequestContext])"
        )
    above = project / root
    context = _context(home, expression, text, above)
    errors, methods = _errors(found[0], above), _methods(*found)
    if methods is None:
        return FoundStore(store, root, context, errors)
    lacking = tuple(name for name in _OPENS if name not in methods)
    takes_nothing = "__init__" not in methods or not _takes_one(methods["__init__"])
    return FoundStore(store, root, context, errors, takes_nothing, lacking)


def _locate(
    project: Path, store: StoreClass, roots: list[PurePosixPath]
) -> tuple[PurePosixPath, Path]:
    found = find_module(project, store.module, roots)
    if found is not None:
        return found[0], project / found[1]
    relative = store.module.replace(".", "/")
    raise UsageError(
        f"--store {store}: there is no {relative}.py in this project; write the store first "
        "(`chatkit-forge new store`) or name the one that is there"
    )


def _contexts(
    module: Module, node: ast.ClassDef, below: tuple[ast.ClassDef, ...] = ()
) -> Iterator[tuple[str, tuple[Module, ast.expr | None]]]:
    """Yield the context of each `Store[X]` among the bases, None where no X is given."""
    for base in node.bases:
        match base:
            case ast.Subscript(value=generic, slice=argument):
                pass
            case _:
                generic, argument = base, None
        if module.qualified(generic) in _STORE:
            yield ast.unparse(argument) if argument else "nothing", (module, argument)
            continue
        found = module.find_class(generic.id) if isinstance(generic, ast.Name) else None
        if found is None or found[1] in (*below, node):
            continue
        for text, (home, inner) in _contexts(*found, (*below, node)):
            # `class Base(Store[T])` leaves it to `class Own(Base[X])`.
            left = isinstance(inner, ast.Name) and home.is_type_variable(inner.id)
            if argument is not None and left:
                yield ast.unparse(argument), (module, argument)
            else:
                yield text, (home, inner)


def _methods(
    module: Module, node: ast.ClassDef, below: tuple[ast.ClassDef, ...] = ()
) -> dict[str, ast.arguments] | None:
    """Return the parameters of each method of a class, None where a base cannot be seen."""
    found: dict[str, ast.arguments] = {}
    for base in reversed(node.bases):
        plain = base.value if isinstance(base, ast.Subscript) else base
        if module.qualified(plain).rpartition(".")[0] in _WITHOUT_THEM:
            continue
        there = module.find_class(plain.id) if isinstance(plain, ast.Name) else None
        above = _methods(*there, (*below, node)) if there and there[1] not in below else None
        if above is None:
            return None
        found |= above
    if node.decorator_list or node.keywords:
        return None  # a dataclass, say, whose methods are not written down
    lines = (
        line for line in node.body if isinstance(line, (ast.FunctionDef, ast.AsyncFunctionDef))
    )
    return found | {line.name: line.args for line in lines}


def _takes_one(parameters: ast.arguments) -> bool:
    """Say whether there is a parameter by position, `self` apart."""
    return len(parameters.posonlyargs) + len(parameters.args) > 1 or parameters.vararg is not None


def _errors(module: Module, root: Path) -> str | None:
    """Return the module of the store's errors when it has all of ours: then it is one of ours."""
    home = module.home_of(ast.Name(_UNAVAILABLE), root) if module.binds(_UNAVAILABLE) else None
    if home is None:
        return None
    try:
        there = Module(root / f"{home.replace('.', '/')}.py").classes
    except (OSError, ValueError, SyntaxError, RecursionError):
        return None  # of a library, or the type check before writing says what is wrong with it
    ours = ast.parse(template_source("store/errors.py")).body
    names = {node.name for node in ours if isinstance(node, ast.ClassDef)}
    return home if names <= set(there) else None


def _context(module: Module, expression: ast.expr, text: str, root: Path) -> ContextType:
    """Return the type as our files can import it, or raise UsageError."""
    match expression:
        case ast.Constant(value=str(quoted)):
            with suppress(SyntaxError):
                return _context(module, ast.parse(quoted, mode="eval").body, quoted, root)
        case ast.Subscript(value=ast.Name(id=name)) if name in _DICT:
            if "".join(text.split()).removeprefix(name) == "[str,Any]":
                return ContextType("dict[str, Any]", None, generated=False)
        case ast.Name() | ast.Attribute():
            home = module.home_of(expression, root)
            variable = isinstance(expression, ast.Name) and module.is_type_variable(expression.id)
            if home is not None and not variable:
                # `from shop import Visitor as V`: the name that the module of origin has.
                name = module.qualified(expression).rpartition(".")[2]
                return ContextType(name, home, generated=False)
        case _:
            pass  # refused below, like the others that cannot be imported by a name
    raise UsageError(
        f"the store's context {text} cannot be imported by our files; give it a name in a module "
        "of the project, or use dict[str, Any]"
    )
