"""Which tables are this project's: their prefix, names and version."""

import re
from typing import Final

from .errors import StoreSchemaError

SCHEMA_VERSION: Final = 1
TABLES: Final = ("schema_version", "owners", "threads", "items", "attachments")


def checked_prefix(prefix: str) -> str:
    """Return a table prefix that is safe in a statement; raise ValueError for any other."""
    if not re.fullmatch("[a-z_][a-z0-9_]{0,30}", prefix):
        raise ValueError(f"table_prefix {prefix!r} must be a-z, 0-9 and _, at most 31 of them")
    return prefix


def table_names(prefix: str) -> set[str]:
    """Return the full names of the store's tables or collections."""
    return {f"{prefix}{table}" for table in TABLES}


def check_schema(prefix: str, existing: set[str], version: object) -> None:
    """Raise StoreSchemaError unless the tables are all there, ours, and of the known version.

    `existing` holds those of our names that the database has, `version` what the row of ours in
    the version table says, None without one.
    """
    if not existing:
        raise StoreSchemaError(f"No tables {prefix}*: apply the store's SCHEMA first")
    if not isinstance(version, int):
        raise StoreSchemaError(f"{min(existing)} is not this store's: choose another table_prefix")
    if version != SCHEMA_VERSION:
        raise StoreSchemaError(
            f"Tables {prefix}* have version {version}, this code knows {SCHEMA_VERSION}: update it"
        )
    if missing := table_names(prefix) - existing:
        raise StoreSchemaError(f"{min(missing)} is missing: restore it, or drop all of {prefix}*")
