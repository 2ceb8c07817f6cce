"""How the owner is read from a request context, and how a test builds such a context."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, product
from typing import Literal

# How one value is reached from the one before: x["k"], x.get("k") or x.k.
How = Literal["key", "get", "attribute"]
# More would be read by nobody, and checked for seconds.
_PATHS_TRIED = 1000


@dataclass(frozen=True, slots=True)
class Step:
    """Reach one value; guards are for keys and parents that the type says may be missing."""

    name: str
    how: How = "key"
    if_present: bool = False
    if_parent: bool = False

    def after(self, parent: str) -> str:
        """Return the expression that reaches the value from `parent`."""
        if self.how == "attribute":
            return f"{parent}.{self.name}"
        key = quoted(self.name)
        return f"{parent}.get({key})" if self.how == "get" else f"{parent}[{key}]"

    def guards(self, parent: str) -> Iterator[str]:
        """Yield the conditions under which the value can be reached."""
        if self.if_parent:
            yield f"{parent} is not None"
        if self.if_present:
            yield f"{quoted(self.name)} in {parent}"


@dataclass(frozen=True, slots=True)
class Access:
    """Read the owner from `context`; `cast` is for values that are not declared as `object`.

    `made` is the expression that makes a context for the owner `user_id`; "" where the template's
    own does. `imports` has the module, the name and the alias of what that may use.
    """

    steps: tuple[Step, ...] = (Step("user_id"),)
    cast: bool = True
    made: str = ""
    imports: tuple[tuple[str, str, str], ...] = ()

    def expression(self) -> str:
        """Return the Python expression: `context["user"].id if "user" in context else None`."""
        value, conditions = "context", list[str]()
        for step in self.steps:
            conditions += step.guards(value)
            value = step.after(value)
        if conditions:
            value = f"{value} if {' and '.join(conditions)} else None"
        return f'cast("object", {value})' if self.cast else value

    def value(self) -> str:
        """Return the expression as its type is declared, for code that needs the text itself."""
        return replace(self, cast=False).expression()

    def example(self, value: str) -> str:
        """Return an expression for a context in which the owner is the expression `value`."""
        for step in reversed(self.steps):
            if step.how == "attribute":
                value = f"SimpleNamespace({step.name}={value})"
            else:
                value = f"{{{quoted(step.name)}: {value}}}"
        return value

    @property
    def has_attributes(self) -> bool:
        """Say whether `example` needs SimpleNamespace."""
        return any(step.how == "attribute" for step in self.steps)


USER_ID = Access()


def candidates(path: tuple[str, ...]) -> list[Access]:
    """Return the ways to read a dotted path, the plainest first."""
    ways = [
        list(_steps(name, first=index == 0, last=index == len(path) - 1))
        for index, name in enumerate(path)
    ]
    if len(path) > 3:
        # Guards multiply the ways; so deep a path is tried without.
        ways = [[step for step in steps if not _guards(step)] for steps in ways]
    found = sorted(product(*ways), key=_effort)[:_PATHS_TRIED]
    return [Access(steps) for steps in found]


def makings(path: tuple[str, ...], expression: str, parents: Sequence[str | None]) -> list[str]:
    """Return the ways to make a context of the type `expression` from the name `user_id` alone.

    `parents` names the class of each segment but the last, None where it is not known.
    """
    plain = _made(path, (None,) * len(parents))
    ways = [f"{{{quoted(path[0])}: {plain}}}"]
    if expression.isidentifier() and path[0].isidentifier():
        ways.insert(0, f"{expression}({path[0]}={plain})")
        if any(parents):
            ways.append(f"{expression}({path[0]}={_made(path, parents)})")
    return ways


def _made(path: tuple[str, ...], parents: Sequence[str | None]) -> str:
    """Return what the first segment of the path holds."""
    value = "user_id"
    for name, parent in zip(reversed(path[1:]), reversed(parents), strict=True):
        called = parent is not None and name.isidentifier()
        value = f"{parent}({name}={value})" if called else f"{{{quoted(name)}: {value}}}"
    return value


def quoted(text: str) -> str:
    """Return the string literal; keys have no characters that need escaping."""
    return f'"{text}"'


def _steps(name: str, *, first: bool, last: bool) -> Iterator[Step]:
    hows: list[tuple[How, bool]] = [("key", False)]
    hows.append(("get", False) if last else ("key", True))
    if name.isidentifier():
        hows.append(("attribute", False))
    for how, if_present in hows:
        for if_parent in (False,) if first else (False, True):
            yield Step(name, how, if_present, if_parent)


def _guards(step: Step) -> int:
    return step.if_present + step.if_parent


def _effort(steps: tuple[Step, ...]) -> tuple[int, int]:
    """Prefer few guards, then staying with keys or with attributes all the way."""
    kinds = [step.how == "attribute" for step in steps]
    switches = sum(one != other for one, other in pairwise(kinds))
    return sum(map(_guards, steps)), switches
