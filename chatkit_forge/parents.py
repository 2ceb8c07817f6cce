"""Find the classes between a context and its owner, so that a server can make them.

`account.id` in a Visit that has an `account: Account` is `Visit(account=Account(id=user_id))`. The
source is read; nothing is imported.
"""

import ast
from collections.abc import Iterator, Set
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from .settings_source import Module

# Generics that have a type inside: any of its arguments, or the first of them.
_ANY = frozenset({"Optional", "Union"})
_FIRST = frozenset({"Annotated", "Required", "NotRequired", "ReadOnly"})


@dataclass(frozen=True, slots=True)
class Parent:
    """Say where a class is imported from, and what it is called there and here."""

    module: str
    name: str
    called: str

    @property
    def alias(self) -> str:
        """Return the other name that it is imported under, "" for its own."""
        return "" if self.called == self.name else self.called


def parents(
    home: Module, root: Path, expression: str, path: tuple[str, ...], taken: Set[str]
) -> tuple[Parent | None, ...]:
    """Return the class of each segment of the path but the last, None where none can be seen.

    `root` is the folder that `home`, the context's module, is imported from. A class whose name
    is `taken` is given another.
    """
    found: list[Parent | None] = []
    used, at = {expression, *taken}, home.definition(ast.Name(expression))
    for name in path[:-1]:
        field = _field(*at, name) if at else None
        named = _class_name(field[1]) if field else None
        at = field[0].definition(named) if field and named else None
        place = field[0].home_of(named, root) if field and named else None
        if field is None or named is None or place is None:
            found.append(None)
            continue
        own = called = field[0].qualified(named).rpartition(".")[2]
        while called in used:
            called = f"Own{called}"
        used.add(called)
        found.append(Parent(place, own, called))
    return tuple(found)


def _field(
    module: Module, node: ast.ClassDef | ast.expr, name: str, below: tuple[str, ...] = ()
) -> tuple[Module, ast.expr] | None:
    """Return the annotation of a field, and the module whose names it is written in."""
    if not isinstance(node, ast.ClassDef):
        above = module.definition(node)
        seen = "" in below  # another name for another name is as far as it goes
        return _field(*above, name, (*below, "")) if above and not seen else None
    for line in node.body:
        match line:
            case ast.AnnAssign(target=ast.Name(id=field), annotation=annotation) if field == name:
                return module, annotation
            case _:
                continue
    for base in node.bases:
        above = module.definition(base.value if isinstance(base, ast.Subscript) else base)
        if above is not None and node.name not in below:
            found = _field(*above, name, (*below, node.name))
            if found is not None:
                return found
    return None


def _class_name(annotation: ast.expr) -> ast.Name | ast.Attribute | None:
    """Return the one name in an annotation such as `Account | None`; None where it is not one."""
    names = list(_names(annotation))
    return names[0] if len(names) == 1 else None


def _names(annotation: ast.expr) -> Iterator[ast.Name | ast.Attribute]:
    match annotation:
        case ast.Constant(value=str(quoted)):
            with suppress(SyntaxError, ValueError):
                yield from _names(ast.parse(quoted, mode="eval").body)
        case ast.BinOp(left=left, right=right):
            yield from _names(left)
            yield from _names(right)
        case ast.Subscript(value=ast.Name(id=around) | ast.Attribute(attr=around), slice=inner):
            # Of Annotated the first is the type.
            parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            for part in parts[:1] if around in _FIRST else parts if around in _ANY else ():
                yield from _names(part)
        case ast.Name() | ast.Attribute():
            yield annotation
        case _:
            pass  # None, or nothing that has a name
