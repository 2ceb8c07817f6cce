"""Which columns hold JSON that is changed without the session of the database seeing it."""

from .module import Module
from .tables import Table

_COLUMNS = frozenset(
    {"data", "metadata", "meta", "metadata_", "payload", "extra", "content", "json", "document"}
)
_MUTABLE = ("MutableDict", "MutableList", "as_mutable", "associate_with")


def is_json(module: Module, table: Table | None, column: str, *, by_key: bool) -> bool:
    """Say whether a column holds what is changed without the session seeing it."""
    if table is None:
        if any(word in module.text for word in _MUTABLE):
            return False  # perhaps this very column
        return by_key or column in _COLUMNS
    return column in table.columns and table.columns[column].is_json
