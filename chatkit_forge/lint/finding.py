"""What a rule found: where, how sure it is, and the fix where there is one."""

from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["error", "warning"]
Safety = Literal["safe", "unsafe"]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Point at a piece of source: lines from 1, columns from 1 in characters, the end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Replace:
    """Put `code` in the place of the expression or statement at `span`; "" removes a statement."""

    span: Span
    code: str


@dataclass(frozen=True, slots=True)
class AddImport:
    """Import `name` from `module` at the top of the file, where it is not imported yet.

    Without a name the module itself; `alias` is what it is called then.
    """

    module: str
    name: str | None
    alias: str | None = None


@dataclass(frozen=True, slots=True)
class Append:
    """Put the statements in `code` at the end of the class or function whose name is at `span`."""

    span: Span
    code: str


@dataclass(frozen=True, slots=True)
class Annotate:
    """Give the parameter whose name is at `span`, or what the function there returns, a type."""

    span: Span
    code: str


Edit = Replace | AddImport | Append | Annotate


@dataclass(frozen=True, slots=True)
class Fix:
    """Hold the edits that mend one finding, applied together or not at all."""

    safety: Safety
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """Hold one finding; `path` is relative to the project, with forward slashes.

    `pyright` names the rule of pyright's that says the same, "" when none does.
    """

    path: str
    span: Span
    code: str
    name: str
    severity: Severity
    message: str
    hint: str
    fix: Fix | None = field(default=None, compare=False)
    pyright: str = ""

    @property
    def key(self) -> tuple[str, Span, str, str]:
        """Return what findings are sorted by: file, place, code."""
        return (self.path, self.span, self.code, self.message)
