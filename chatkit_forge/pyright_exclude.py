"""What the user's own settings of pyright leave out, and by which of their patterns."""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

from .pyproject import load, strings

# pyrightconfig.json may hold comments and commas before a bracket; in strings they are text.
_STRING_OR_COMMENT = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
_STRING_OR_COMMA = re.compile(r'("(?:\\.|[^"\\])*")|,(?=\s*[\]}])')


def hidden(root: Path, files: Iterable[str]) -> dict[str, str]:
    """Return the files that pyright will not look at, each with the setting that says so."""
    source, patterns = _excluded(root)
    compiled = [(pattern, _compiled(pattern)) for pattern in patterns]
    found: dict[str, str] = {}
    for file in files if compiled else ():
        for pattern, expression in compiled:
            if expression.match(f"/{file}"):
                found[file] = f"{source} has {pattern!r}"
                break
    return found


def _excluded(root: Path) -> tuple[str, list[str]]:
    """Return what the setting is called and its patterns; pyrightconfig.json alone, if it is there.

    One that cannot be read has none: pyright itself complains of it.
    """
    try:
        text = (root / "pyrightconfig.json").read_text(encoding="utf-8-sig")
        return "exclude in pyrightconfig.json", strings(_json(text).get("exclude"))
    except FileNotFoundError:
        return "[tool.pyright] exclude", strings(load(root).table("tool", "pyright").get("exclude"))
    except (OSError, ValueError, RecursionError):
        return "", []


def _json(text: str) -> Mapping[str, Any]:
    for what in (_STRING_OR_COMMENT, _STRING_OR_COMMA):
        text = what.sub(lambda match: match[1] or " ", text)
    data: object = json.loads(text)
    return cast("Mapping[str, Any]", data) if isinstance(data, dict) else {}


def _compiled(pattern: str) -> re.Pattern[str]:
    """Return what matches "/path/of/a/file" that pyright's pattern, or a folder of it, means."""
    expression = ""
    for part in pattern.replace("\\", "/").split("/"):
        if part == "**":
            expression += "(?:/[^/]+)*?"
        elif part not in ("", "."):
            name = re.escape(part).replace(r"\*", "[^/]*").replace(r"\?", "[^/]")
            expression += f"/{name}"
    return re.compile(f"{expression}(?:/|$)")
