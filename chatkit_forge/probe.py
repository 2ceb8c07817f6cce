"""What pyright is asked about a request context: one line a way to read or to make it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from .access import Access, makings
from .errors import UsageError
from .options import Options, server_of
from .parents import Parent, parents
from .settings_source import Module, open_module
from .templates import template_source
from .typecheck import Diagnostic
from .validate import names_in

# The module that makes a context of the user's.
_MAKES = "variants/page/beside_context.py"
_MISSING = re.compile(r"Arguments? missing for parameters? (.+)")
_NAME = re.compile(r'"(\w+)"')
_REQUIRED = re.compile(r'"(\w+)" is required in')
_NOT_TEXT = re.compile(r'Type "(.+?)" is not assignable to declared type "str \| None"')


class Probe:
    """One line for each way to read the owner, twice: as anything, and as text."""

    def __init__(self, options: Options, ways: Sequence[Access]) -> None:
        self._options = options
        self._ways = ways
        expression = options.context.expression
        self._module = options.context.module
        if options.context.generated:
            self._module = f"{options.package.import_name}.context"
        # What stores are given, servers have to make.
        server = server_of(options)
        self.home = self._found() if server is not None else None
        head = ["from typing import Any, cast", "__all__ = ['Any', 'cast']"]
        if self._module is not None:
            head.append(f"from {self._module} import {expression}")
        head.append(f"def probe(context: {expression}, user_id: str) -> None:")
        # Lines count from 1; the first way stands on the line after the head.
        self._first = len(head) + 1
        lines = [f"    {way.expression()}" for way in ways]
        lines += [f"    _{at}: str | None = {_plain(way)}" for at, way in enumerate(ways)]
        serves = server is not None and not server.page_in_context
        self._parents = self._between() if serves else ()
        called = [parent and parent.called for parent in self._parents]
        self._makings = makings(options.owner, expression, called) if serves else []
        # After everything that the context itself is judged by.
        lines += [f"    {_imported(parent)}" for parent in filter(None, self._parents)]
        self._first_making = len(head) + 1 + len(lines)
        lines += [f"    _made_{at}: {expression} = {way}" for at, way in enumerate(self._makings)]
        self.source = "\n".join([*head, *lines, ""])

    def _found(self) -> tuple[Path, Module] | None:
        """Return where the context's module is imported from, and the module."""
        roots = (self._options.package.import_root, PurePosixPath(), PurePosixPath("src"))
        if self._module is None:
            return None
        return open_module(self._options.project, self._module, roots)

    def _between(self) -> tuple[Parent | None, ...]:
        """Return the classes between the context and its owner."""
        expression, owner = self._options.context.expression, self._options.owner
        if self.home is None:
            return (None,) * (len(owner) - 1)
        return parents(
            self.home[1], self.home[0], expression, owner, names_in(template_source(_MAKES))
        )

    @property
    def shown(self) -> str:
        """Return what the context is called in errors."""
        expression = self._options.context.expression
        return expression if self._module is None else f"{self._module}:{expression}"

    def choose(self, found: Sequence[Diagnostic]) -> Access:
        """Return the plainest way that pyright has no objection to."""
        for one in found:
            if one.line < self._first:
                raise UsageError(
                    f"the context {self.shown} cannot be used: {' '.join(one.message.split())}"
                )
        rules: dict[Access, set[str]] = {way: set() for way in self._ways}
        for one in found:
            if one.line - self._first < len(self._ways):
                rules[self._ways[one.line - self._first]].add(one.rule)
        for at, way in enumerate(self._ways):
            # Casting an object to object is the one objection that is ours to avoid.
            if rules[way] <= {"reportUnnecessaryCast"} and _is_declared(way, rules):
                self._refuse_what_is_never_text(at, found)
                imports = tuple((one.module, one.name, one.alias) for one in self._parents if one)
                return Access(way.steps, not rules[way], self._making(found), imports)
        owner = ".".join(self._options.owner)
        raise UsageError(f"--owner {owner} is not in {self.shown}: {self._reason(found)}")

    def _making(self, found: Sequence[Diagnostic]) -> str:
        """Return how a server makes a context, "" where none is asked for."""
        faults = {one.line - self._first_making: one.message for one in reversed(found)}
        for at, way in enumerate(self._makings):
            if at not in faults:
                return way
        if not self._makings:
            return ""
        missing = [name for fault in faults.values() for name in _missing(fault)]
        if missing:
            reason = f"it also requires {', '.join(dict.fromkeys(missing))}"
            advice = (
                "a server knows no more than that, so give such fields a default or NotRequired"
            )
        else:
            reason = " ".join(faults[len(self._makings) - 1].split())
            advice = f"let {self._makings[-1]} make one"
        raise UsageError(
            f"the context {self.shown} cannot be made from the user's id alone: {reason}; {advice}"
        )

    def _refuse_what_is_never_text(self, at: int, found: Sequence[Diagnostic]) -> None:
        line = self._first + len(self._ways) + at
        for one in found:
            match = _NOT_TEXT.search(one.message) if one.line == line else None
            # Of a union, one part may be text; None is refused when a request comes with it.
            declared = match[1].removesuffix(" | None") if match else "object"
            if " | " not in declared and declared != "object":
                raise UsageError(
                    f"--owner {'.'.join(self._options.owner)} in {self.shown} is "
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


def _imported(parent: Parent) -> str:
    alias = f" as {parent.alias}" if parent.alias else ""
    return f"from {parent.module} import {parent.name}{alias}"


def _missing(message: str) -> list[str]:
    """Return the fields that pyright misses: of a call it lists them, of a literal one by one."""
    listed = _MISSING.search(message)
    return _NAME.findall(listed[1]) if listed else _REQUIRED.findall(message)


def _plain(way: Access) -> str:
    return Access(way.steps, cast=False).expression()
