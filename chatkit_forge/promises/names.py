"""Which name of a module means what: `S` -> "chatkit.store.Store"."""

from collections.abc import Iterable, Iterator, Mapping

import libcst as cst

Broken = tuple[cst.CSTNode, str]


def imported_names(module: cst.Module) -> dict[str, str]:
    """Return the names that the module's imports bind, with what each stands for.

    Relative imports are left out: what the SDK defines is never behind one.
    """
    return {
        bound: full
        for line in _lines(module.body)
        for statement in line.body
        for bound, full in _bound(statement)
    }


def qualified(node: cst.BaseExpression, names: Mapping[str, str]) -> str | None:
    """Return the full name of `Store`, `store.Store` or `Store[X]`, None when not imported."""
    match node:
        case cst.Name(value=name):
            return names.get(name)
        case cst.Attribute(value=owner, attr=cst.Name(value=name)):
            prefix = qualified(owner, names)
            return None if prefix is None else f"{prefix}.{name}"
        case cst.Subscript(value=owner):
            return qualified(owner, names)
        case _:
            return None


def _lines(body: Iterable[cst.CSTNode]) -> Iterator[cst.SimpleStatementLine]:
    """Yield the simple statements at module level, also those inside `if` and `try`."""
    for node in body:
        match node:
            case cst.SimpleStatementLine():
                yield node
            case cst.If() | cst.Try() | cst.Else() | cst.ExceptHandler() | cst.IndentedBlock():
                yield from _lines(node.children)
            case _:
                continue


def _bound(statement: cst.BaseSmallStatement) -> Iterator[tuple[str, str]]:
    match statement:
        case cst.Import(names=aliases):
            for alias in aliases:
                full = alias.evaluated_name
                if alias.evaluated_alias is not None:
                    yield alias.evaluated_alias, full
                else:
                    yield full.partition(".")[0], full.partition(".")[0]
        case cst.ImportFrom(relative=[], module=source, names=aliases) if source is not None:
            if not isinstance(aliases, cst.ImportStar):
                for alias in aliases:
                    name = alias.evaluated_name
                    yield alias.evaluated_alias or name, f"{_dotted(source)}.{name}"
        case _:
            return


def _dotted(node: cst.BaseExpression) -> str:
    match node:
        case cst.Attribute(value=owner, attr=attribute):
            return f"{_dotted(owner)}.{attribute.value}"
        case cst.Name(value=name):
            return name
        case _:
            raise TypeError(f"{type(node).__name__} is no module name")
