"""What the installed ChatKit SDK promises, read from its source: importing it costs up to 1.5 s."""

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .errors import ToolBroken
from .sdk_facts import Method, SdkFacts, read

# The classes that an application derives from.
BASES = ("chatkit.store.Store", "chatkit.store.AttachmentStore", "chatkit.server.ChatKitServer")
# What to say when any of this is missing.
_REPAIR = "reinstall chatkit-forge, or run `pip install 'openai-chatkit>=1.6,<2'`"


@dataclass(frozen=True, slots=True)
class Model:
    """Hold the closed fields of a model: the only strings each of them accepts."""

    name: str
    literals: Mapping[str, frozenset[str]]


def methods(base: str) -> Mapping[str, Method]:
    """Return the methods of a class of `BASES` by name, private ones left out."""
    found = facts().classes.get(base)
    if found is None:
        raise ToolBroken(f"the installed chatkit has no {base}; {_REPAIR}")
    return found.methods


@cache
def models(module: str) -> Mapping[str, Model]:
    """Return the classes of `chatkit.<module>` by name, with the strings their fields accept."""
    found: dict[str, Model] = {}
    for full, about in facts().classes.items():
        place, _, name = full.rpartition(".")
        if place == f"chatkit.{module}":
            closed = {k: f.literals for k, f in about.fields.items() if f.literals is not None}
            found[name] = Model(name, closed)
    return found


@cache
def facts() -> SdkFacts:
    """Return what the SDK in our own environment offers; raises ToolBroken when there is none."""
    spec = importlib.util.find_spec("chatkit")
    if spec is None or spec.origin is None:
        raise ToolBroken(f"the ChatKit SDK is not installed; {_REPAIR}")
    try:
        return read(Path(spec.origin).parent)
    except (OSError, ValueError, SyntaxError) as error:
        reason = " ".join(str(error).split())
        raise ToolBroken(f"the ChatKit SDK cannot be read ({reason}); {_REPAIR}") from error
