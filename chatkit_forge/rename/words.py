"""Names in text: docstrings, messages, comments and quoted types."""

import re
from typing import Final

from .names import CONTEXT, PACKAGE, TABLE_PREFIX, Renames

_MODULES: Final = (
    "application|assistant|attachments|config|context|http|ingest|main|search|server|stores"
)
_TABLES: Final = "schema_version|owners|threads|items|attachments"


class Words:
    """Rename what a text mentions, in one pass, so that no new name is renamed again."""

    def __init__(self, names: Renames, context_type: str) -> None:
        """Prepare the pattern; `context_type` is what the module calls that type."""
        self._names = names
        words = {**names.identifiers, CONTEXT: context_type}
        self._words = {old: new for old, new in words.items() if old != new}
        self._pattern = re.compile(
            rf"\b(?:(?P<word>{'|'.join(self._words) or '(?!)'})\b"
            rf"|(?P<package>{PACKAGE}(?=\.(?:{_MODULES})\b)|(?<=python -m ){PACKAGE}\b)"
            rf"|(?P<prefix>{TABLE_PREFIX})(?=(?:{_TABLES})\b))"
        )

    def renamed(self, text: str) -> str:
        """Return the text with the user's classes, context type, package and table prefix."""
        return self._pattern.sub(self._replacement, text)

    def _replacement(self, match: re.Match[str]) -> str:
        if match["package"]:
            return self._names.package
        if match["prefix"]:
            return self._names.table_prefix
        return self._words[match["word"]]
