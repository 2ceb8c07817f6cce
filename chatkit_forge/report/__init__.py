"""Findings -> what people and programs read: one module a format, loaded when it is asked for."""

import importlib
from collections.abc import Mapping, Sequence
from typing import Any

from ..lint.finding import Finding

FORMATS = ("full", "concise", "json", "sarif", "github", "gitlab", "junit")
# Those that need the sources, for a line or for a name that outlives changes above it.
_WITH_TEXTS = frozenset({"full", "sarif", "gitlab"})


def render(format_name: str, findings: Sequence[Finding], texts: Mapping[str, str]) -> str:
    """Return the findings in a format of `FORMATS`; `texts` holds the sources by path."""
    module: Any = importlib.import_module(f".{format_name}", __name__)
    return module.render(findings, texts) if format_name in _WITH_TEXTS else module.render(findings)
