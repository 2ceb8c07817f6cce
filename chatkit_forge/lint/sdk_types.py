"""The SDK's own annotations of a method, as a file can write them: names, and imports for them."""

import ast
import builtins
import re
from dataclasses import dataclass

from ..sdk_facts import Method, SdkFacts
from .annotations import bare
from .binders import binders
from .classes import Class
from .finding import AddImport
from .module import Module
from .sdk_names import definition, rewritten

HELD = {"dict": "dict[str, Any]", "list": "list[Any]", "set": "set[Any]"}
_ELSEWHERE = {"AsyncIterator": "collections.abc", "AsyncGenerator": "collections.abc"}
_WORD = re.compile(r"[A-Za-z_]\w*(?![\w\"'])")
_CONTEXT = "TContext"


@dataclass(frozen=True, slots=True)
class Written:
    """Hold an annotation as written in one file, and what it has to import for that."""

    code: str
    imports: tuple[AddImport, ...] = ()


def parameter(sdk: SdkFacts, base: str, owner: Class, method: Method, name: str) -> Written | None:
    """Return the type of a parameter of the SDK's method, None where it cannot be written."""
    types = dict(zip(method.parameters, method.annotations, strict=True))
    return written(sdk, base, owner, types.get(name, ""))


def written(sdk: SdkFacts, base: str, owner: Class, annotation: str) -> Written | None:
    """Return an annotation of the SDK's class `base` as the file of its heir `owner` writes it.

    The variable for the context becomes what the heir says it is. None for no annotation, and
    where a name in it stands for something else there.
    """
    if not annotation:
        return None
    home = base.rpartition(".")[0]
    imports: dict[AddImport, None] = {}
    for name in dict.fromkeys(_WORD.findall(annotation)):
        if name == _CONTEXT or hasattr(builtins, name):
            continue
        full = definition(sdk, f"{home}.{name}") or f"{_ELSEWHERE.get(name, home)}.{name}"
        needed = _import(owner.module, full)
        if needed is None:
            return None
        imports.update(dict.fromkeys(needed))
    if _CONTEXT not in annotation:
        return Written(annotation, tuple(imports))
    context = _context(owner)
    if context is None:
        return None
    imports.update(dict.fromkeys(context.imports))
    code = re.sub(rf"\b{_CONTEXT}\b", lambda _: context.code, annotation)
    return Written(code, tuple(imports))


def _context(owner: Class) -> Written | None:
    """Return what a class says its context is, where it says so itself."""
    module = owner.module
    for node, base in zip(owner.node.bases, owner.bases, strict=False):
        chatkit = base.is_chatkit if isinstance(base, Class) else base.startswith("chatkit.")
        if not chatkit or not isinstance(node, ast.Subscript):
            continue
        loose: dict[ast.AST, str] = {
            each: HELD[name]
            for each, name in bare(node.slice)
            if name in HELD and isinstance(each, ast.Name)
        }
        code = rewritten(module, node.slice, loose)
        needed = _import(module, "typing.Any") if loose else ()
        return Written(code, needed) if needed is not None and "\n" not in code else None
    return None


def _import(module: Module, full: str) -> tuple[AddImport, ...] | None:
    """Return the import that a name needs, None where the file has that name for another thing."""
    home, _, name = full.rpartition(".")
    for node in module.tree.body:
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if (alias.asname or alias.name) == name:
                    same = {full, full.replace("chatkit.types.", "chatkit.server.")}
                    same |= {full.replace("collections.abc.", "typing.")}
                    return () if f"{module.names.source(node)}.{alias.name}" in same else None
    # Imported in another place, as under TYPE_CHECKING, it is not there where it is needed.
    if name in module.names.imported or binders(module, module.tree).get(name):
        return None
    return (AddImport(home, name),)
