"""Show a change as a patch."""

import difflib


def unified(before: str, after: str, old: str, new: str) -> str:
    """Return a unified diff that `git apply` takes; `old` and `new` are the names in its head."""
    lines = difflib.unified_diff(_lines(before), _lines(after), old, new)
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


def _lines(text: str) -> list[str]:
    """Split at line feeds only: `splitlines` would take a form feed for a line's end too."""
    *whole, rest = text.split("\n")
    return [f"{line}\n" for line in whole] + ([rest] if rest else [])
