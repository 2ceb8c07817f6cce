"""What `CREATE TABLE` says, as far as rules need it: columns, and what is unique together."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_CREATE = re.compile(
    r"create\s+(?:\w+\s+)?table\s+(?:if\s+not\s+exists\s+)?[\"'`\[]?(?P<name>[\w.{}]+)[\"'`\]]?"
    r"\s*\(",
    re.I,
)
_INDEX = re.compile(
    r"create\s+unique\s+index\s+.*?\bon\s+[\"'`]?(?P<name>[\w.]+)[\"'`]?\s*\((?P<columns>[^)]*)\)",
    re.I | re.S,
)
_KEY = re.compile(
    r"^(?:constraint\s+\S+\s+)?(?P<kind>primary\s+key|unique)(?:\s+(?:key|index))?(?:\s+\w+)?"
    r"\s*\((?P<columns>[^)]*)\)",
    re.I | re.S,
)
_NOT_COLUMNS = frozenset({"foreign", "check", "key", "index", "constraint", "exclude", "fulltext"})
_NOW = re.compile(
    r"default\s*\(?\s*(now|current_timestamp|datetime|unixepoch|clock_timestamp)", re.I
)
_MARKS = re.compile(r"[(),]")
_NUMBERED = re.compile(r"autoincrement|auto_increment|serial|identity", re.I)


@dataclass(slots=True)
class Column:
    """Hold what a column is: by default the present time, JSON, or a number given to each row."""

    name: str
    is_now: bool = False
    is_json: bool = False
    is_generated: bool = False


# Name, columns and keys of a table.
Created = tuple[str, dict[str, Column], list[tuple[str, ...]]]


def created(text: str) -> Iterator[Created]:
    """Yield name, columns and keys of each table that a text creates, in lower case."""
    for match in _CREATE.finditer(text):
        columns: dict[str, Column] = {}
        uniques: list[tuple[str, ...]] = []
        for part in _parts(re.sub(r"--[^\n]*", "", text[match.end() :])):
            key = _KEY.match(part)
            if key is not None:
                found = _listed(key["columns"])
                first = key["kind"].lower().startswith("primary")
                uniques.insert(0 if first else len(uniques), found)
                continue
            name = part.partition(" ")[0].strip("\"'`[]").lower()
            if not name or name in _NOT_COLUMNS:
                continue
            lower = part.lower()
            columns[name] = Column(
                name,
                is_now="default" in lower and _NOW.search(part) is not None,
                is_json="json" in lower,
                is_generated=_NUMBERED.search(part) is not None,
            )
            if "primary key" in lower:
                uniques.insert(0, (name,))
            elif "unique" in lower and re.search(r"\bunique\b", lower):
                uniques.append((name,))
        yield match["name"].rpartition(".")[2].lower(), columns, uniques


def unique_indexes(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the table and the columns of each unique index that a text creates."""
    for match in _INDEX.finditer(text):
        yield match["name"].rpartition(".")[2].lower(), _listed(match["columns"])


def _listed(text: str) -> tuple[str, ...]:
    words = (part.split() for part in text.split(","))
    return tuple(each[0].strip("\"'`[]").lower() for each in words if each)


def _parts(text: str) -> Iterator[str]:
    """Yield what stands between the commas of a parenthesis that has just been opened."""
    depth, start, end = 0, 0, len(text)
    for mark in _MARKS.finditer(text):
        if mark[0] == "(":
            depth += 1
        elif depth:
            depth -= mark[0] == ")"
        elif mark[0] == ")":
            end = mark.start()
            break
        else:
            yield " ".join(text[start : mark.start()].split())
            start = mark.end()
    last = " ".join(text[start:end].split())
    if last:
        yield last
