"""Put what rules offer to change into libcst's tree of a file."""

from collections.abc import Sequence
from typing import Any

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from .finding import AddImport, Append, Fix, Replace, Span

Place = tuple[int, int, int, int]


class Changer:
    """Put the replacements of several fixes into one tree."""

    def __init__(self, fixes: Sequence[Fix]) -> None:
        self._replace: dict[Place, str] = {}
        self._append: dict[Place, list[str]] = {}
        for fix in fixes:
            for edit in fix.edits:
                if isinstance(edit, Replace):
                    self._replace[_place(edit.span)] = edit.code
                elif isinstance(edit, Append):
                    self._append.setdefault(_place(edit.span), []).append(edit.code)
        self._done: set[Place] = set()

    def did(self, fix: Fix) -> bool:
        """Say whether every place of a fix was found."""
        return all(
            _place(edit.span) in self._done for edit in fix.edits if not isinstance(edit, AddImport)
        )

    def run(self, wrapper: MetadataWrapper) -> cst.Module:
        """Return the changed tree."""
        positions = wrapper.resolve(PositionProvider)
        expressions: dict[cst.CSTNode, str] = {}
        statements: dict[cst.CSTNode, str] = {}
        bodies: dict[cst.CSTNode, list[str]] = {}
        names: dict[cst.CSTNode, cst.CSTNode] = {}
        for node, where in positions.items():
            place = (where.start.line, where.start.column, where.end.line, where.end.column)
            if isinstance(node, (cst.ClassDef, cst.FunctionDef)):
                names[node.name] = node
            if place in self._replace:
                if isinstance(node, cst.BaseSmallStatement) and not isinstance(node, cst.Expr):
                    statements[node] = self._replace[place]
                elif isinstance(node, cst.BaseExpression):
                    expressions.setdefault(node, self._replace[place])
        for name, owner in names.items():
            where = positions[name]
            place = (where.start.line, where.start.column, where.end.line, where.end.column)
            if place in self._append:
                bodies[owner] = self._append[place]
                self._done.add(place)
        for node in (*expressions, *statements):
            where = positions[node]
            self._done.add((where.start.line, where.start.column, where.end.line, where.end.column))
        return wrapper.module.visit(_Edits(expressions, statements, bodies))


def _place(span: Span) -> Place:
    return (span.line, span.column - 1, span.end_line, span.end_column - 1)


class _Edits(cst.CSTTransformer):
    """Replace the nodes that were found; parentheses and comments around them stay."""

    def __init__(
        self,
        expressions: dict[cst.CSTNode, str],
        statements: dict[cst.CSTNode, str],
        bodies: dict[cst.CSTNode, list[str]],
    ) -> None:
        super().__init__()
        self._expressions = expressions
        self._statements = statements
        self._bodies = bodies

    def on_leave(
        self, original_node: cst.CSTNodeT, updated_node: cst.CSTNodeT
    ) -> cst.CSTNodeT | cst.RemovalSentinel | cst.FlattenSentinel[cst.CSTNodeT]:
        """Put in what replaces a node."""
        if original_node in self._expressions:
            new = cst.parse_expression(self._expressions[original_node]).visit(_AsWritten())
            return _kept(updated_node, cst.ensure_type(new, cst.BaseExpression))
        if isinstance(original_node, cst.SimpleStatementLine):
            return self._line(original_node, updated_node)
        if original_node in self._bodies:
            return self._grown(updated_node, self._bodies[original_node])
        if isinstance(original_node, cst.IndentedBlock):
            return self._closed(original_node, updated_node)
        return super().on_leave(original_node, updated_node)

    def _line(self, original: cst.SimpleStatementLine, updated: cst.CSTNode) -> Any:
        code = self._statements.get(original.body[0]) if len(original.body) == 1 else None
        if code is None or not isinstance(updated, cst.SimpleStatementLine):
            return updated
        if not code:
            return cst.RemoveFromParent()
        lines = [part.strip() for part in code.splitlines()] if code.startswith("from ") else [code]
        parsed = [cst.parse_statement(line) for line in lines]
        first, last = parsed[0], parsed[-1]
        parsed[-1] = last.with_changes(trailing_whitespace=updated.trailing_whitespace)
        first = parsed[0]
        parsed[0] = first.with_changes(leading_lines=updated.leading_lines)
        return cst.FlattenSentinel(parsed)

    def _closed(self, original: cst.IndentedBlock, updated: cst.CSTNode) -> Any:
        """Return a body without the blank lines that followed a first line which is gone."""
        first = original.body[0]
        gone = isinstance(first, cst.SimpleStatementLine) and not self._statements.get(
            first.body[0], "kept"
        )
        if not gone or not isinstance(updated, cst.IndentedBlock) or not updated.body:
            return updated
        head, *rest = updated.body
        lines = list(getattr(head, "leading_lines", ()))
        while lines and lines[0].comment is None:
            lines.pop(0)
        return updated.with_changes(body=[head.with_changes(leading_lines=lines), *rest])

    def _grown(self, updated: cst.CSTNode, codes: list[str]) -> Any:
        if not isinstance(updated, (cst.ClassDef, cst.FunctionDef)):
            return updated
        body = updated.body
        if not isinstance(body, cst.IndentedBlock):
            return updated
        added = [cst.parse_statement(code) for code in codes]
        spaced = [each.with_changes(leading_lines=[cst.EmptyLine(indent=False)]) for each in added]
        kept = [line for line in body.body if not _is_filler(line)] if codes else list(body.body)
        return updated.with_changes(body=body.with_changes(body=[*kept, *spaced]))


class _AsWritten(cst.CSTTransformer):
    """Keep the lines of a piece of the source where they were.

    They begin with the whole indentation; libcst would put that of the block before it again.
    """

    def leave_ParenthesizedWhitespace(
        self,
        original_node: cst.ParenthesizedWhitespace,
        updated_node: cst.ParenthesizedWhitespace,
    ) -> cst.ParenthesizedWhitespace:
        """Put no indentation before the line after a break."""
        return updated_node.with_changes(indent=False)

    def leave_EmptyLine(
        self, original_node: cst.EmptyLine, updated_node: cst.EmptyLine
    ) -> cst.EmptyLine:
        """Put none before a line that is empty, or has only a comment."""
        return updated_node.with_changes(indent=False)


def _is_filler(line: cst.BaseStatement) -> bool:
    """Say whether a line only stood there because a body cannot be empty."""
    match line:
        case cst.SimpleStatementLine(body=[cst.Pass()]):
            return True
        case cst.SimpleStatementLine(body=[cst.Expr(value=cst.Ellipsis())]):
            return True
        case _:
            return False


def _kept(old: cst.CSTNode, new: cst.BaseExpression) -> Any:
    """Return the new expression in the parentheses of the old one."""
    left = getattr(old, "lpar", ())
    right = getattr(old, "rpar", ())
    return new.with_changes(lpar=[*left, *new.lpar], rpar=[*new.rpar, *right]) if left else new
