"""Find out how the owner is read from the request context: one pyright run over a probe."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from . import typed_dicts
from .access import USER_ID, Access, candidates, makings
from .errors import UsageError
from .options import Options, server_of
from .plan import PlannedFile, context_path
from .stage import mirror, put, search_paths
from .templates import template_source
from .typecheck import Diagnostic, Pyright

_PROBE = PurePosixPath("chatkit_forge_probe.py")
_DEFAULT_PATH = ("user_id",)
_MISSING = re.compile(r"Arguments? missing for parameters? (.+)")
_NAME = re.compile(r'"(\w+)"')
_REQUIRED = re.compile(r'"(\w+)" is required in')
_NOT_TEXT = re.compile(r'Type "(.+?)" is not assignable to declared type "str \| None"')


def resolve(options: Options, plan: Sequence[PlannedFile]) -> Access:
    """Return how to read the owner from the context that the options name.

    Raises UsageError when the context cannot be imported, when its type has no such path, when
    what is found there is never text, or when a server could not make one for its user or start
    with it.
    """
    planned = frozenset(file.path for file in plan)
    generated = options.context.generated and context_path(options) in planned
    if generated and options.owner == _DEFAULT_PATH:
        return USER_ID
    ways = candidates(options.owner)
    probe = _Probe(options, ways)
    if server_of(options) is not None and probe.module is not None and not generated:
        typed_dicts.refuse(options, probe.module, options.context.expression)
    with Pyright() as pyright:
        put(pyright.stage, {_PROBE: probe.source})
        if generated:
            put(pyright.stage, {context_path(options): template_source("store/context.py")})
        mirror(pyright.stage, options, planned)
        pyright.begin([_PROBE], search_paths(pyright.stage, options))
        found = [one for one in pyright.finish() if one.path == _PROBE]
    return probe.choose(found)


class _Probe:
    """One line for each way to read the owner, twice: as anything, and as text."""

    def __init__(self, options: Options, ways: Sequence[Access]) -> None:
        self._options = options
        self._ways = ways
        expression = options.context.expression
        self.module = options.context.module
        if options.context.generated:
            self.module = f"{options.package.import_name}.context"
        head = ["from typing import Any, cast", "__all__ = ['Any', 'cast']"]
        if self.module is not None:
            head.append(f"from {self.module} import {expression}")
        head.append(f"def probe(context: {expression}, user_id: str) -> None:")
        # Lines count from 1; the first way stands on the line after the head.
        self._first = len(head) + 1
        lines = [f"    {way.expression()}" for way in ways]
        lines += [f"    _{at}: str | None = {_plain(way)}" for at, way in enumerate(ways)]
        # What stores are given, servers have to make.
        server = server_of(options)
        serves = server is not None and not server.page_in_context
        self._makings = makings(options.owner, expression) if serves else []
        self._first_making = len(head) + 1 + len(lines)
        lines += [f"    _made_{at}: {expression} = {way}" for at, way in enumerate(self._makings)]
        self.source = "\n".join([*head, *lines, ""])

    @property
    def _shown(self) -> str:
        expression = self._options.context.expression
        return expression if self.module is None else f"{self.module}:{expression}"

    def choose(self, found: Sequence[Diagnostic]) -> Access:
        """Return the plainest way that pyright has no objection to."""
        for one in found:
            if one.line < self._first:
                raise UsageError(
                    f"the context {self._shown} cannot be used: {' '.join(one.message.split())}"
                )
        rules: dict[Access, set[str]] = {way: set() for way in self._ways}
        for one in found:
            if one.line - self._first < len(self._ways):
                rules[self._ways[one.line - self._first]].add(one.rule)
        for at, way in enumerate(self._ways):
            # Casting an object to object is the one objection that is ours to avoid.
            if rules[way] <= {"reportUnnecessaryCast"} and _is_declared(way, rules):
                self._refuse_what_is_never_text(at, found)
                return Access(way.steps, cast=not rules[way], made=self._making(found))
        owner = ".".join(self._options.owner)
        raise UsageError(f"--owner {owner} is not in {self._shown}: {self._reason(found)}")

    def _making(self, found: Sequence[Diagnostic]) -> str:
        """Return how a server makes a context, "" where none is asked for."""
        faults = {one.line - self._first_making: one.message for one in reversed(found)}
        for at, way in enumerate(self._makings):
            if at not in faults:
                return way
        if not self._makings:
            return ""
        reason = " ".join(faults[0].split())
        missing = [name for fault in faults.values() for name in _missing(fault)]
        if missing:
            reason = f"it also requires {', '.join(dict.fromkeys(missing))}"
        raise UsageError(
            f"the context {self._shown} cannot be made from the user's id alone: {reason}; "
            "a server knows no more than that, so give such fields a default or NotRequired"
        )

    def _refuse_what_is_never_text(self, at: int, found: Sequence[Diagnostic]) -> None:
        line = self._first + len(self._ways) + at
        for one in found:
            match = _NOT_TEXT.search(one.message) if one.line == line else None
            # Of a union, one part may be text; None is refused when a request comes with it.
            declared = match[1].removesuffix(" | None") if match else "object"
            if " | " not in declared and declared != "object":
                raise UsageError(
                    f"--owner {'.'.join(self._options.owner)} in {self._shown} is "
                    f"{declared}, but an owner must be a string"
                )

    def _reason(self, found: Sequence[Diagnostic]) -> str:
        """Return what pyright says of the deepest segment that it misses."""
        for segment in reversed(self._options.owner):
            for one in found:
                if f'"{segment}"' in one.message and not one.message.startswith("Type of"):
                    return " ".join(one.message.split())
        return "it has neither keys nor such attributes"


def _is_declared(way: Access, rules: Mapping[Access, set[str]]) -> bool:
    """Say whether the type declares each key that the way allows to be missing.

    `.get("k")` and `"k" in context` are right for any key; reading it plainly tells them apart.
    """
    steps = [replace(step, how="key" if step.how == "get" else step.how) for step in way.steps]
    plain = Access(tuple(replace(step, if_present=False) for step in steps))
    return plain == way or rules.get(plain) == {"reportTypedDictNotRequiredAccess"}


def _missing(message: str) -> list[str]:
    """Return the fields that pyright misses: of a call it lists them, of a literal one by one."""
    listed = _MISSING.search(message)
    return _NAME.findall(listed[1]) if listed else _REQUIRED.findall(message)


def _plain(way: Access) -> str:
    return Access(way.steps, cast=False).expression()
