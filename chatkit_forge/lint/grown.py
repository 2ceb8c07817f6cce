"""Write one more argument or entry behind the last one, or take an argument out of a call."""

import ast
import re

from .finding import Span
from .module import Module
from .sdk_names import rewritten

_COMMA = re.compile(r"[ \t]*,")
_COMMENT = re.compile(r"#[^\n]*")


def grown(module: Module, node: ast.expr, first: ast.AST, last: ast.AST, code: str) -> str:
    """Return the source of a call or display with `code` behind its last element.

    That one goes from `first` to `last`. Comments stay where they were, and what had a line of its
    own is followed by a line.
    """
    text = rewritten(module, node, {})
    begin, end = module.span(first), module.span(last)
    tail = _tail(module, node, end.end_line, end.end_column)
    head, closing = text[: len(text) - len(tail) - 1], text[-1]
    bare = _COMMENT.sub(lambda found: " " * len(found[0]), tail)
    inner = bare.rfind(")") + 1  # the element's own parentheses
    comma = bare.find(",", inner)
    head += tail[: comma + 1] if comma >= 0 else f"{tail[:inner]},"
    rest = tail[(comma + 1 if comma >= 0 else inner) :]
    line = module.lines[begin.line - 1]
    indent = line[: begin.column - 1]
    at, more = rest.find("\n"), "," if comma >= 0 else ""
    if at >= 0 and not indent.strip() and "\n" in text:
        return f"{head}{rest[:at]}\n{indent}{code}{more}{rest[at:]}{closing}"
    return f"{head} {code}{more}{rest}{closing}"


def taken(module: Module, argument: ast.keyword) -> Span:
    """Return what is to be deleted for an argument to be gone: with a comma, without comments."""
    span = module.span(argument)
    before = module.lines[span.line - 1][: span.column - 1]
    after = module.lines[span.end_line - 1][span.end_column - 1 :]
    comma = _COMMA.match(after)
    rest = after[comma.end() :] if comma else after
    blanks = len(rest) - len(rest.lstrip())
    start, end = span.column, span.end_column + (comma.end() if comma else 0)
    if not before.strip():
        if not rest.strip():
            return Span(span.line, 1, span.end_line + 1, 1)
        return Span(span.line, start, span.end_line, end + blanks)
    if comma is None:
        start = len(before.rstrip().removesuffix(",")) + 1
    elif not rest.strip() or rest.lstrip().startswith("#"):
        start = len(before.rstrip()) + 1
    else:
        end += blanks
    return Span(span.line, start, span.end_line, end)


def _tail(module: Module, node: ast.expr, line: int, column: int) -> str:
    """Return what stands between a place in a node and the bracket that closes the node."""
    whole = module.span(node)
    lines = module.lines[line - 1 : whole.end_line]
    lines[-1] = lines[-1][: whole.end_column - 2]
    lines[0] = lines[0][column - 1 :]
    return "\n".join(lines)
