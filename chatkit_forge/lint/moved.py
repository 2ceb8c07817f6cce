"""Write an import anew with one of its names taken from another module."""

import ast
import re

from .module import Module

_ALONE = re.compile(r"[ \t]*,?[ \t]*(#.*)?$")
_LAST = re.compile(r",?[ \t]*$")


def moved(module: Module, node: ast.ImportFrom, alias: ast.alias, home: str) -> str | None:
    """Return the statements that import one name from `home`, the others from where they were.

    What stays keeps its parentheses, lines and comments, and the comment beside the name goes
    along with it. None where the name cannot be taken out without a loss.
    """
    span = module.span(node)
    pad = module.lines[span.line - 1][: span.column - 1]
    lines = module.lines[span.line - 1 : span.end_line]
    lines[-1] = lines[-1][: span.end_column - 1]
    lines[0] = lines[0][len(pad) :]
    if len(node.names) == 1:
        source = re.compile(rf"(from[ \t]+){re.escape(node.module or '')}(?=[ \t]+import\b)")
        found = source.match(lines[0])
        return "\n".join([source.sub(rf"\g<1>{home}", lines[0]), *lines[1:]]) if found else None
    own = f"{pad}from {home} import {_text(alias)}"
    if lines[0].endswith("\\"):  # without parentheses there are no comments between
        rest = ", ".join(_text(each) for each in node.names if each is not alias)
        return f"from {node.module} import {rest}\n{own}"
    if alias.end_lineno != alias.lineno:
        return None
    at = alias.lineno - span.line
    where = module.span(alias)
    shift = len(pad) if at == 0 else 0
    before = lines[at][: where.column - 1 - shift]
    after = lines[at][where.end_column - 1 - shift :]
    alone = _ALONE.match(after)
    if not before.strip() and alone is not None and at:
        comment = f"  {alone[1]}" if alone[1] else ""
        return "\n".join([*lines[:at], *lines[at + 1 :], f"{own}{comment}"])
    lines[at] = _without(before, after)
    return "\n".join([*lines, own])


def _without(before: str, after: str) -> str:
    """Return a line without what stood between two parts of it, and without one comma."""
    comma = re.match(r"[ \t]*,", after)
    if comma is None:
        return (_LAST.sub("", before) if before.strip() else before) + after
    rest = after[comma.end() :]
    if not rest.strip(" \t)") or rest.lstrip().startswith("#"):
        return before.rstrip() + rest
    return before + rest.lstrip()


def _text(alias: ast.alias) -> str:
    return f"{alias.name} as {alias.asname}" if alias.asname else alias.name
