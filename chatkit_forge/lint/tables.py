"""What a module says of its tables: keys and cascades, from the DDL in its strings."""

import ast
import re

from .module import Module

_CREATE = re.compile(
    r"create\s+table\s+(?:if\s+not\s+exists\s+)?[\"'`]?(?P<name>[\w.{}]+)[\"'`]?\s*\((?P<body>.*)",
    re.I | re.S,
)
_KEY = re.compile(r"primary\s+key\s*\((?P<columns>[^)]*)\)", re.I)
_COLUMN_KEY = re.compile(
    r"(?:^|[,(])\s*[\"'`]?(?P<column>\w+)[\"'`]?\s+[^,()]*(?:\([^)]*\))?[^,()]*primary\s+key", re.I
)


class Tables:
    """Hold the primary key of each table that a module creates, and whether deletes cascade."""

    def __init__(self, module: Module) -> None:
        """Read every string of the module that creates tables."""
        self.keys: dict[str, tuple[str, ...]] = {}
        self.cascades = False
        for node in module.nodes(ast.Constant):
            if not isinstance(node.value, str):
                continue
            text = node.value
            lower = text.lower()
            if "on delete cascade" in lower or "delete-orphan" in lower:
                self.cascades = True
            if "create" in lower and "table" in lower:
                for part in re.split(r"(?i)(?=create\s+table)", text):
                    self._read(part)
        for node in module.nodes(ast.keyword):
            if node.arg in {"cascade", "ondelete"}:
                self.cascades = True

    def _read(self, text: str) -> None:
        found = _CREATE.match(text.strip())
        if found is None:
            return
        name = found["name"].rpartition(".")[2].lower()
        key = _KEY.search(found["body"])
        if key is not None:
            self.keys[name] = tuple(c.strip(" \"'`").lower() for c in key["columns"].split(","))
            return
        column = _COLUMN_KEY.search("(" + found["body"])
        if column is not None:
            self.keys[name] = (column["column"].lower(),)
