"""The edits of a fix as places of a text and what stands there instead, for SARIF."""

import ast
import tokenize
from collections.abc import Iterator, Sequence

from ..lint.finding import AddImport, Annotate, Append, Fix, Replace, Span
from ..lint.source import lines

Replacement = tuple[Span, str]


def replacements(fix: Fix, text: str) -> list[Replacement]:
    """Return what a fix changes in a text; nothing for one that adds whole methods.

    An import gets a line of its own below those at the top.
    """
    if any(isinstance(edit, Append) for edit in fix.edits):
        return []
    return list(dict.fromkeys(_each(fix, text)))


def _each(fix: Fix, text: str) -> Iterator[Replacement]:
    for edit in fix.edits:
        match edit:
            case Replace(span, code):
                yield span, code
            case Annotate(span, code):
                yield _annotated(lines(text), span, code)
            case AddImport():
                yield from _imported(text, edit)
            case _:
                continue


def _annotated(source: Sequence[str], span: Span, code: str) -> Replacement:
    """Return the insertion of a type behind a parameter, or behind all of a function's."""
    if not source[span.line - 1][: span.column - 1].rstrip().endswith("def"):
        return Span(span.end_line, span.end_column, span.end_line, span.end_column), f": {code}"
    depth = 0
    below = iter(f"{line}\n" for line in source[span.line - 1 :])
    for token in tokenize.generate_tokens(lambda: next(below, "")):
        depth += (token.string in {"(", "[", "{"}) - (token.string in {")", "]", "}"})
        if token.string == ")" and not depth:
            line, column = span.line - 1 + token.end[0], token.end[1] + 1
            return Span(line, column, line, column), f" -> {code}"
    raise AssertionError("a function without parentheses")


def _imported(text: str, edit: AddImport) -> Iterator[Replacement]:
    """Yield the line of an import, unless it is there."""
    line, last = 1, None
    for number, node in enumerate(ast.parse(text).body):
        is_docstring = not number and isinstance(node, ast.Expr)
        if not is_docstring and not isinstance(node, (ast.Import, ast.ImportFrom)):
            break
        if _brings(node, edit):
            return
        line, last = (node.end_lineno or 0) + 1, node
    source = lines(text)
    alias = f" as {edit.alias}" if edit.alias else ""
    what = f"from {edit.module} import {edit.name}" if edit.name else f"import {edit.module}"
    if last is None:
        line = _first(text)
    if line > len(source):
        end = len(source[-1]) + 1
        yield Span(len(source), end, len(source), end), f"\n{what}{alias}"
    else:
        yield Span(line, 1, line, 1), f"{what}{alias}\n"


def _first(text: str) -> int:
    """Return the line of a file's first statement, which may have decorators."""
    first = ast.parse(text).body[0]
    decorators: list[ast.expr] = getattr(first, "decorator_list", [])
    return min(node.lineno for node in (first, *decorators))


def _brings(node: ast.stmt, edit: AddImport) -> bool:
    match node:
        case ast.ImportFrom(module=module, level=0, names=names) if edit.name is not None:
            return module == edit.module and (edit.name, edit.alias) in _pairs(names)
        case ast.Import(names=names) if edit.name is None:
            return (edit.module, edit.alias) in _pairs(names)
        case _:
            return False


def _pairs(names: Sequence[ast.alias]) -> set[tuple[str, str | None]]:
    return {(alias.name, alias.asname) for alias in names}
