"""What no visitor of names need enter: of a tree's nodes, most."""

from typing import cast

import libcst as cst

_SPACES = frozenset({cst.Newline, cst.SimpleWhitespace})
_LINE_ENDS = frozenset({cst.EmptyLine, cst.TrailingWhitespace})
_MARKS = frozenset({cst.AssignEqual, cst.Comma, cst.Dot})


def is_blank(node: cst.CSTNode) -> bool:
    """Say whether it is white space or a mark, and holds no comment."""
    kind = type(node)
    if kind in _SPACES:
        return True
    if kind in _LINE_ENDS:
        return cast("cst.EmptyLine", node).comment is None
    if kind in _MARKS:
        # Inside parentheses the space beside one can run over lines, which can have comments.
        mark = cast("cst.Comma", node)
        return type(mark.whitespace_before) is type(mark.whitespace_after) is cst.SimpleWhitespace
    return False
