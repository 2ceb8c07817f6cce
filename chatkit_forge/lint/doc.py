"""Take a rule's docstring apart: what it finds, why, the examples and the source of the fact."""

import inspect
import re
import textwrap
from dataclasses import dataclass

from .rule import Rule

_PART = re.compile(r"^(Bad|Good|Source):[ ]?", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Doc:
    """Hold the parts of a rule's docstring; `bad` and `good` are Python sources."""

    summary: str
    why: str
    bad: str
    good: str
    source: str


def read(rule: type[Rule]) -> Doc:
    """Return the parts; raises ValueError when one is missing or stands twice."""
    text = inspect.getdoc(rule) or ""
    lead, *rest = _PART.split(text)
    names, bodies = rest[::2], rest[1::2]
    if names != ["Bad", "Good", "Source"]:
        raise ValueError(f"{rule.code}: the docstring has {names}, not Bad, Good and Source")
    summary, _, why = lead.strip().partition("\n\n")
    bad, good, source = (textwrap.dedent(body.strip("\n")).strip() for body in bodies)
    return Doc(" ".join(summary.split()), why.strip(), f"{bad}\n", f"{good}\n", source)
