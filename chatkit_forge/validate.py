"""Refuse bad names before anything else is done: class, table prefix, owner path, driver."""

import ast
import builtins
import keyword
import re
import unicodedata
from collections.abc import Iterable
from typing import Literal

from .errors import UsageError
from .options import BACKENDS, Backend, ContextType

_PREFIX = re.compile(r"[a-z_][a-z0-9_]{0,30}")
# What a file may import beside its template's imports, for another context than ours.
_ADDED = frozenset({"Any", "SimpleNamespace", "cast"})
_KEY = re.compile(r"[A-Za-z0-9_:-]+")


def backend(name: str) -> Backend:
    """Return the backend of that name, or raise UsageError with the list of them."""
    for known in BACKENDS:
        if name == known:
            return known
    raise UsageError(f"unknown backend {name!r}; choose one of {', '.join(BACKENDS)}")


def driver(name: str, chosen: Backend) -> Literal["pymongo", "motor"]:
    """Return the driver of that name; raises UsageError when the backend has no choice."""
    if name not in ("pymongo", "motor"):
        raise UsageError(f"unknown driver {name!r}; choose pymongo or motor")
    if chosen != "mongodb":
        raise UsageError(f"--driver {name} is for --backend mongodb, not for {chosen}")
    return name


def context_type(asked: str | None) -> ContextType:
    """Return the context's type from `package.module:Type` or "dict[str, Any]"."""
    if asked is None:
        return ContextType()
    if "".join(asked.split()) == "dict[str,Any]":
        return ContextType("dict[str, Any]", None, generated=False)
    module, _, name = asked.partition(":")
    parts = [*module.split("."), name]
    if not all(part.isidentifier() and not keyword.iskeyword(part) for part in parts):
        raise UsageError(f'--context {asked!r} must be package.module:Type or "dict[str, Any]"')
    return ContextType(name, module, generated=False)


def class_name(name: str, templates: Iterable[str], default: str) -> str:
    """Return `name` when the sources in `templates` can carry it as their class.

    `default` is the class's own name there, which is free to be used.
    """
    plain = unicodedata.normalize("NFKC", name)
    if not name.isidentifier() or plain != name:
        raise UsageError(f"--class-name {name!r} is not a Python identifier; choose another")
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        raise UsageError(f"--class-name {name!r} is a Python keyword; choose another")
    if name.startswith("__"):
        raise UsageError(
            f"--class-name {name!r} begins with two underscores: Python mangles it; choose another"
        )
    if hasattr(builtins, name):
        raise UsageError(f"--class-name {name!r} is a Python builtin; choose another")
    reserved = _ADDED.union(*map(names_in, templates))
    if name != default and name in reserved:
        raise UsageError(
            f"--class-name {name!r} is a name that the generated code imports or defines; "
            "choose another"
        )
    return name


def names_in(source: str) -> frozenset[str]:
    """Return every name that a Python source imports, defines or reads, at any depth."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                found.update((a.asname or a.name).partition(".")[0] for a in names)
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                found.add(name)
            case ast.AsyncFunctionDef(name=name) | ast.arg(arg=name) | ast.Name(id=name):
                found.add(name)
            case _:
                pass  # other nodes bind no names
    return frozenset(found)


def table_prefix(prefix: str, chosen: Backend) -> str:
    """Return a prefix that is a plain lower-case identifier on every engine."""
    if not _PREFIX.fullmatch(prefix):
        raise UsageError(
            f"--table-prefix {prefix!r} must be 1 to 31 of a-z, 0-9 and _, no digit first"
        )
    if chosen == "sqlite" and prefix.startswith("sqlite_"):
        raise UsageError("--table-prefix: SQLite keeps names that begin with sqlite_ for itself")
    return prefix


def owner_path(path: str) -> tuple[str, ...]:
    """Return the segments of a dotted path of keys or attributes, such as `user.id`."""
    segments = tuple(path.split("."))
    for segment in segments:
        if not (segment.isidentifier() or _KEY.fullmatch(segment)):
            raise UsageError(f"--owner {path!r} is not a dotted path of keys or attributes")
    return segments
