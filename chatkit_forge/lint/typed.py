"""Pyright's diagnostics beside our findings: each mistake once, under our code where it is ours."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache

from ..project_types import Typed
from . import engine
from .finding import Finding

# Which of our rules see the same mistake as a rule of pyright's.
_SAME: Mapping[str, frozenset[str]] = {
    "reportCallIssue": frozenset({"CKF102", "CKF104", "CKF105", "CKF106", "CKF112"}),
    "reportArgumentType": frozenset({"CKF107", "CKF115", "CKF108"}),
    "reportAttributeAccessIssue": frozenset({"CKF103", "CKF104", "CKF110", "CKF112", "CKF114"}),
    "reportAbstractUsage": frozenset({"CKF101"}),
    "reportIncompatibleMethodOverride": frozenset({"CKF102", "CKF310"}),
    "reportIncompatibleVariableOverride": frozenset({"CKF102"}),
    "reportMissingImports": frozenset({"CKF103"}),
    "reportOptionalMemberAccess": frozenset({"CKF111"}),
    "reportMissingTypeArgument": frozenset({"CKF108"}),
    "reportMissingParameterType": frozenset({"CKF108"}),
    "reportUnknownParameterType": frozenset({"CKF108"}),
    "reportUnknownMemberType": frozenset({"CKF108", "CKF109"}),
    "reportUnknownVariableType": frozenset({"CKF108", "CKF109"}),
    "reportUnknownArgumentType": frozenset({"CKF108", "CKF109"}),
    "reportReturnType": frozenset({"CKF206"}),
    "reportInvalidTypeForm": frozenset({"CKF103"}),
    "reportGeneralTypeIssues": frozenset({"CKF102", "CKF104"}),
    "reportDeprecated": frozenset({"CKF117"}),
    "reportUndefinedVariable": frozenset({"CKF306"}),
}
_BASES = r"\"(?:Store|AttachmentStore|ChatKitServer)\""
_ITEMS = r"\"\w+(?:Item|Content)\""
# What only a type checker sees, and is ours to say all the same.
_OURS: Sequence[tuple[str, re.Pattern[str], str, str]] = (
    (
        "reportAttributeAccessIssue",
        re.compile(rf'Cannot access attribute "(\w+)" for class {_ITEMS}'),
        "CKF110",
        "{0} is read without looking at the item's type: not every item has one",
    ),
    (
        "reportOptionalMemberAccess",
        re.compile(r'"(\w+)" is not a known attribute of "None"'),
        "CKF111",
        "{0} is called on what may still be None here",
    ),
    (
        "reportIncompatibleMethodOverride",
        re.compile(rf'Method "(\w+)" overrides class {_BASES} in an incompatible manner'),
        "CKF102",
        "{0}() does not fit the SDK's signature",
    ),
    (
        "reportAbstractUsage",
        re.compile(
            r'Cannot instantiate abstract class "(\w+)".*"(?:Store|AttachmentStore|ChatKitS)'
        ),
        "CKF101",
        "{0} lacks methods that the SDK asks for: it cannot be made",
    ),
    (
        "reportAttributeAccessIssue",
        re.compile(r'Cannot access attribute "(asc|desc)" for class'),
        "CKF114",
        "a plain field has no {0}() to a type checker",
    ),
    (
        "reportArgumentType",
        re.compile(
            r'Argument of type "int".*parameter "object" of type "str" in function "(append)"'
        ),
        "CKF115",
        "an int is given to {0}() of a list[str]",
    ),
)
# What a run without types may not see.
CODES = frozenset(code for _, _, code, _ in _OURS)


def merged(own: Iterable[Finding], typed: Iterable[Typed]) -> list[Finding]:
    """Return our findings and pyright's, each mistake once."""
    findings = list(own)
    places: dict[tuple[str, int], list[int]] = {}
    for index, finding in enumerate(findings):
        for line in range(finding.span.line, finding.span.end_line + 1):
            places.setdefault((finding.path, line), []).append(index)
    added: dict[tuple[object, ...], Finding] = {}
    for each in typed:
        same = _SAME.get(each.rule, frozenset())
        near = places.get((each.path, each.span.line), [])
        match = next((index for index in near if findings[index].code in same), None)
        if match is None and each.rule == "reportAbstractUsage":
            match = _incomplete(findings, each)
        if match is not None:
            findings[match] = replace(findings[match], pyright=each.rule)
            continue
        finding = _ours(each) or _theirs(each)
        added.setdefault((finding.path, finding.span.line, finding.code, finding.message), finding)
    return findings + list(added.values())


def _incomplete(findings: Sequence[Finding], typed: Typed) -> int | None:
    """Return the finding on the class that pyright refuses to see made, wherever that stands."""
    name = re.search(r'abstract class "(\w+)"', typed.message)
    start = f"{name[1]} lacks " if name else "?"
    places = (
        i for i, f in enumerate(findings) if f.code == "CKF101" and f.message.startswith(start)
    )
    return next(places, None)


def _ours(typed: Typed) -> Finding | None:
    for rule, pattern, code, message in _OURS:
        match = pattern.search(typed.message) if rule == typed.rule else None
        if match is not None:
            words = message.format(*match.groups())
            name, hint = _rules()[code]
            return Finding(
                typed.path, typed.span, code, name, "error", words, hint, pyright=typed.rule
            )
    return None


def _theirs(typed: Typed) -> Finding:
    code = typed.rule or "pyright"
    return Finding(typed.path, typed.span, code, "pyright", typed.severity, typed.message, "")


@cache
def _rules() -> dict[str, tuple[str, str]]:
    """Return the name of each rule, and its hint where it holds no fields."""
    found = engine.all_rules()
    return {r.code: (r.name, "" if "{" in r.hint else r.hint) for r in found}
