"""Write one more argument into a call, or one more entry into a dictionary, where the last ends."""

import ast
import re

from .module import Module
from .sdk_names import rewritten

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


def _tail(module: Module, node: ast.expr, line: int, column: int) -> str:
    """Return what stands between a place in a node and the bracket that closes the node."""
    whole = module.span(node)
    lines = module.lines[line - 1 : whole.end_line]
    lines[-1] = lines[-1][: whole.end_column - 2]
    lines[0] = lines[0][column - 1 :]
    return "\n".join(lines)
