"""Put what rules offer to change into libcst's tree of a file."""

import re
from collections.abc import Sequence
from typing import Any

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from .finding import AddImport, Annotate, Append, Fix, Replace, Span

_LINE_END = re.compile(r"\r\n|\r|\n")
Place = tuple[int, int, int, int]


class Changer:
    """Put the replacements of several fixes into one tree."""

    def __init__(self, fixes: Sequence[Fix]) -> None:
        self._replace: dict[Place, str] = {}
        self._append: dict[Place, list[str]] = {}
        self._annotate: dict[Place, str] = {}
        for fix in fixes:
            for edit in fix.edits:
                if isinstance(edit, Replace):
                    self._replace[_place(edit.span)] = edit.code
                elif isinstance(edit, Annotate):
                    self._annotate[_place(edit.span)] = edit.code
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
        statements: dict[cst.CSTNode, Sequence[Any]] = {}
        lines = _LINE_END.split(wrapper.module.code)
        bodies: dict[cst.CSTNode, list[str]] = {}
        types: dict[cst.CSTNode, str] = {}
        names: dict[cst.CSTNode, cst.CSTNode] = {}
        for node, where in positions.items():
            place = (where.start.line, where.start.column, where.end.line, where.end.column)
            if isinstance(node, (cst.ClassDef, cst.FunctionDef, cst.Param)):
                names[node.name] = node
            if place in self._replace:
                if isinstance(node, cst.BaseSmallStatement) and not isinstance(node, cst.Expr):
                    pad = lines[where.start.line - 1][: where.start.column]
                    statements[node] = _statements(self._replace[place], pad)
                elif isinstance(node, cst.BaseExpression):
                    expressions.setdefault(node, self._replace[place])
        for name, owner in names.items():
            where = positions[name]
            place = (where.start.line, where.start.column, where.end.line, where.end.column)
            if place in self._append:
                bodies[owner] = self._append[place]
                self._done.add(place)
            if place in self._annotate:
                types[owner] = self._annotate[place]
                self._done.add(place)
        for node in (*expressions, *statements):
            where = positions[node]
            self._done.add((where.start.line, where.start.column, where.end.line, where.end.column))
        return wrapper.module.visit(_Edits(expressions, statements, bodies, types))


def _statements(code: str, pad: str) -> Sequence[Any]:
    """Return the statements of a code whose lines after the first begin with `pad`."""
    if not code:
        return ()
    if not pad:
        return cst.parse_module(f"{code}\n").body
    (block,) = cst.parse_module(f"if True:\n{pad}{code}\n").body
    return cst.ensure_type(cst.ensure_type(block, cst.If).body, cst.IndentedBlock).body


def _both(new: cst.SimpleStatementLine, old: cst.SimpleStatementLine) -> cst.TrailingWhitespace:
    """Return the comment at the end of a line, behind the one that the new line brings along."""
    first, second = new.trailing_whitespace.comment, old.trailing_whitespace.comment
    if first is None or second is None:
        return old.trailing_whitespace if first is None else new.trailing_whitespace
    comment = cst.Comment(f"{first.value}  {second.value}")
    return new.trailing_whitespace.with_changes(comment=comment)


def _place(span: Span) -> Place:
    return (span.line, span.column - 1, span.end_line, span.end_column - 1)


class _Edits(cst.CSTTransformer):
    """Replace the nodes that were found; parentheses and comments around them stay."""

    def __init__(
        self,
        expressions: dict[cst.CSTNode, str],
        statements: dict[cst.CSTNode, Sequence[Any]],
        bodies: dict[cst.CSTNode, list[str]],
        types: dict[cst.CSTNode, str],
    ) -> None:
        super().__init__()
        self._expressions = expressions
        self._statements = statements
        self._bodies = bodies
        self._types = types

    def on_leave(
        self, original_node: cst.CSTNodeT, updated_node: cst.CSTNodeT
    ) -> cst.CSTNodeT | cst.RemovalSentinel | cst.FlattenSentinel[cst.CSTNodeT]:
        """Put in what replaces a node."""
        if original_node in self._types:
            updated_node = _typed(updated_node, self._types[original_node])
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
        parsed = self._statements.get(original.body[0]) if len(original.body) == 1 else None
        if parsed is None or not isinstance(updated, cst.SimpleStatementLine):
            return updated
        if not parsed:
            return cst.RemoveFromParent()
        *most, last = parsed
        last = last.with_changes(trailing_whitespace=_both(last, updated))
        first, *rest = [*most, last]
        return cst.FlattenSentinel([
            first.with_changes(leading_lines=updated.leading_lines), *rest
        ])  # fmt: skip

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
        body = _block(updated.body)
        kept = [line for line in body.body if not _is_filler(line)]
        notes = [note for line in body.body if _is_filler(line) for note in _notes(line)]
        blank = cst.EmptyLine(indent=False)
        added: list[Any] = []
        for code in codes:
            lines = [*([blank] if kept or added else []), *notes]
            added.append(cst.parse_statement(code).with_changes(leading_lines=lines))
            notes = []
        return updated.with_changes(body=body.with_changes(body=[*kept, *added]))


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


def _typed(node: Any, code: str) -> Any:
    """Return a parameter, or a function that returns something, with its type."""
    annotation = cst.Annotation(cst.parse_expression(code))
    if isinstance(node, cst.FunctionDef):
        return node.with_changes(returns=annotation)
    equal = cst.AssignEqual() if node.default is not None else node.equal
    return node.with_changes(annotation=annotation, equal=equal)


def _block(body: cst.BaseSuite) -> cst.IndentedBlock:
    """Return a body that has lines of its own, also where it stood behind the colon."""
    if isinstance(body, cst.IndentedBlock):
        return body
    suite = cst.ensure_type(body, cst.SimpleStatementSuite)
    line = cst.SimpleStatementLine(suite.body, trailing_whitespace=suite.trailing_whitespace)
    return cst.IndentedBlock([line])


def _notes(line: cst.BaseStatement) -> list[cst.EmptyLine]:
    """Return the comments above a line and beside it."""
    simple = cst.ensure_type(line, cst.SimpleStatementLine)
    beside = simple.trailing_whitespace.comment
    above = [each for each in simple.leading_lines if each.comment is not None]
    return [*above, *([cst.EmptyLine(comment=beside)] if beside is not None else [])]


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
