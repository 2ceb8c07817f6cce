"""Mend what rules offer to mend: through libcst, so that formatting and comments stay."""

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import libcst as cst
from libcst.codemod import CodemodContext
from libcst.codemod.visitors import AddImportsVisitor
from libcst.metadata import MetadataWrapper

from .edits import Changer
from .finding import AddImport, Fix, Replace, Span

# Deeper trees end libcst's parser, which is no Python, and the process with it.
_DEEPEST = 1000


class CannotMendError(Exception):
    """Say why a file's fixes cannot be made, though they were offered."""


@dataclass(frozen=True, slots=True)
class Applied:
    """Hold a source with the fixes in it, those that were made, and those that cannot be."""

    data: bytes
    made: Sequence[Fix]
    refused: Sequence[Fix]


def apply(data: bytes, fixes: Iterable[Fix]) -> Applied:
    """Return the source with the fixes applied.

    A fix that overlaps an earlier one is left for the next round. One that would leave a source
    that does not parse, or finds no place to change, is refused, and the others are made all the
    same. Raises CannotMendError for a source that libcst does not take, or does not give back as
    it was.
    """
    left, refused = list(fixes), list[Fix]()
    if not left:
        return Applied(data, (), ())
    source = _Source(data)
    while left:
        chosen = _compatible(left)
        possible = source.possible(chosen)
        refused += [fix for fix in chosen if fix not in possible]
        if possible:
            after = source.after(possible)
            if after is None:  # only together do they fail
                possible = possible[:1]
                after = source.after(possible)
            return Applied(after or data, possible, refused)
        left = [fix for fix in left if fix not in refused]
    return Applied(data, (), refused)


class _Source:
    """Hold one source, to try fixes on."""

    def __init__(self, data: bytes) -> None:
        """Parse it; raises CannotMendError where libcst does not give it back as it was."""
        self._data = data
        try:
            if _too_deep(data):
                raise CannotMendError("it is nested too deeply")
            module = cst.parse_module(data)
            if module.bytes != data:
                raise CannotMendError("libcst does not give it back as it was")
            self._wrapper = MetadataWrapper(module, unsafe_skip_copy=True)
        except CannotMendError:
            raise
        except RecursionError as error:
            raise CannotMendError("it is nested too deeply") from error
        except Exception as error:  # on odd sources it fails in many ways
            raise CannotMendError(f"libcst fails on it ({type(error).__name__})") from error

    def possible(self, fixes: Sequence[Fix]) -> Sequence[Fix]:
        """Return those of the fixes that can be made, found by halves."""
        if not fixes or self.after(fixes) is not None:
            return fixes
        half = len(fixes) // 2
        return [*self.possible(fixes[:half]), *self.possible(fixes[half:])] if half else ()

    def after(self, fixes: Sequence[Fix]) -> bytes | None:
        """Return the source with all of these fixes, None where that fails or changes nothing."""
        try:
            result = self._changed(fixes)
        except RecursionError as error:
            raise CannotMendError("it is nested too deeply") from error
        except Exception:  # noqa: BLE001  what a fix puts in may be no Python, in many ways
            return None
        return result if result is not None and result != self._data and _parses(result) else None

    def _changed(self, fixes: Sequence[Fix]) -> bytes | None:
        changer = Changer(fixes)
        changed = changer.run(self._wrapper)
        if not all(changer.did(fix) for fix in fixes):
            return None  # one that found no place may have done half of what it should
        context = CodemodContext()
        for fix in fixes:
            for edit in fix.edits:
                if isinstance(edit, AddImport):
                    AddImportsVisitor.add_needed_import(context, edit.module, edit.name, edit.alias)
        return AddImportsVisitor(context).transform_module(changed).bytes


def _too_deep(data: bytes) -> bool:
    level: list[ast.AST] = [ast.parse(data)]
    for _ in range(_DEEPEST):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return False
    return True


def _parses(data: bytes) -> bool:
    try:
        ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _compatible(fixes: Iterable[Fix]) -> list[Fix]:
    """Return the fixes whose replacements do not touch each other."""
    taken: list[Span] = []
    chosen: list[Fix] = []
    for fix in fixes:
        spans = [edit.span for edit in fix.edits if isinstance(edit, Replace)]
        if not any(_overlap(one, other) for one in spans for other in taken):
            taken += spans
            chosen.append(fix)
    return chosen


def _overlap(one: Span, other: Span) -> bool:
    starts, ends = (one.line, one.column), (one.end_line, one.end_column)
    return starts < (other.end_line, other.end_column) and (other.line, other.column) < ends
