"""`[tool.chatkit-forge]` in pyproject.toml, and what the command line says on top of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from .errors import UsageError
from .lint.finding import Severity
from .lint.selection import BUILT_IN, Selection, codes
from .pyproject import load

_KEYS = frozenset({
    "select", "ignore", "extend-select", "exclude", "per-file-ignores", "severity", "python",
    "baseline", "types",
})  # fmt: skip
_SEVERITIES = frozenset({"error", "warning"})


@dataclass(frozen=True, slots=True)
class Settings:
    """Hold what decides a run, beside the paths: from pyproject.toml and the command line."""

    selection: Selection
    severity: Mapping[str, Severity] = field(default_factory=dict[str, Severity])
    types: bool = True


@dataclass(frozen=True, slots=True)
class Given:
    """Hold what the command line says; None and () leave the word to pyproject.toml."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    python: str | None = None
    baseline: str | None = None
    types: bool = True


def settle(root: Path, given: Given) -> Settings:
    """Return the settings of a run; raises UsageError for an unknown key, code or severity."""
    from .lint import engine  # noqa: PLC0415  a check that is remembered needs no rules

    table = _table(root)
    known = {rule.code: rule.name for rule in engine.all_rules()}
    select = codes(
        given.select or _strings(table, "select"), known, _source(given.select, "select")
    )
    ignore = codes(
        given.ignore or _strings(table, "ignore"), known, _source(given.ignore, "ignore")
    )
    extended = (*_strings(table, "extend-select"), *given.extend_select)
    more = codes(extended, known, _source(given.extend_select, "extend-select"))
    per_file = {
        pattern: codes(values, known, f"per-file-ignores of {pattern!r}")
        for pattern, values in _lists(table, "per-file-ignores").items()
    }
    selection = Selection(select, ignore, more, per_file)
    return Settings(selection, _severities(table, known), types(root, given))


def types(root: Path, given: Given) -> bool:
    """Say whether pyright is asked as well."""
    configured = _table(root).get("types", True)
    if not isinstance(configured, bool):
        raise UsageError("[tool.chatkit-forge] types must be true or false")
    return given.types and configured


def exclude(root: Path) -> tuple[str, ...]:
    """Return the patterns of files that are left out."""
    return _strings(_table(root), "exclude")


def python(root: Path) -> str | None:
    """Return the interpreter that pyproject.toml names."""
    return _string(_table(root), "python")


def baseline(root: Path, given: Given) -> str | None:
    """Return the baseline's file, from the command line or pyproject.toml."""
    return given.baseline or _string(_table(root), "baseline")


def _table(root: Path) -> dict[str, Any]:
    project = load(root)
    if not isinstance(project.table("tool").get("chatkit-forge", {}), dict):
        raise UsageError("pyproject.toml: [tool.chatkit-forge] must be a table")
    table = project.table("tool", "chatkit-forge")
    for key in table:
        if key not in _KEYS:
            raise UsageError(
                f"pyproject.toml: [tool.chatkit-forge] has no {key!r}; it knows "
                f"{', '.join(sorted(_KEYS))}"
            )
    return dict(table)


def _source(given: Sequence[str], key: str) -> str:
    return f"--{key}" if given else f"pyproject.toml: {key}"


def _strings(table: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value: object = table.get(key, [])
    if isinstance(value, list):
        values = cast("list[object]", value)
        if all(isinstance(each, str) for each in values):
            return tuple(str(each) for each in values)
    raise UsageError(f"pyproject.toml: [tool.chatkit-forge] {key} must be a list of strings")


def _string(table: Mapping[str, Any], key: str) -> str | None:
    value = table.get(key)
    if value is None or isinstance(value, str):
        return value
    raise UsageError(f"pyproject.toml: [tool.chatkit-forge] {key} must be a string")


def _lists(table: Mapping[str, Any], key: str) -> dict[str, tuple[str, ...]]:
    value: object = table.get(key, {})
    if not isinstance(value, dict):
        raise UsageError(f"pyproject.toml: [tool.chatkit-forge.{key}] must be a table")
    inner = cast("dict[str, Any]", value)
    return {str(pattern): _strings(inner, pattern) for pattern in inner}


def _severities(table: Mapping[str, Any], known: Mapping[str, str]) -> dict[str, Severity]:
    value: object = table.get("severity", {})
    if not isinstance(value, dict):
        raise UsageError("pyproject.toml: [tool.chatkit-forge.severity] must be a table")
    found: dict[str, Severity] = {}
    # The longest prefix last: it decides.
    for prefix, level in sorted(cast("dict[str, object]", value).items()):
        chosen = codes([prefix], known, "pyproject.toml: severity")
        if not isinstance(level, str) or level not in _SEVERITIES:
            raise UsageError(f"pyproject.toml: severity of {prefix} must be error or warning")
        those = [code for code in (*known, *BUILT_IN) if code.startswith(chosen)] or chosen
        found |= dict.fromkeys(those, cast("Severity", level))
    return found
