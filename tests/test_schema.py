"""What `schema` prints can be run as it is."""

import json
import re
import sqlite3

import pytest

from chatkit_forge.options import BACKENDS, Backend
from chatkit_forge.schema import schema_text

TABLES = ("schema_version", "owners", "threads", "items", "attachments")


def test_sqlite_takes_the_schema_as_printed() -> None:
    """All tables are made, and the row with the version with them."""
    connection = sqlite3.connect(":memory:")
    connection.executescript(schema_text("sqlite", "shop_"))
    rows = connection.execute("SELECT component, version FROM shop_schema_version").fetchall()
    assert rows == [("store", 1)]
    found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    assert {row[0] for row in found} == {f"shop_{table}" for table in TABLES}


@pytest.mark.parametrize("backend", [name for name in BACKENDS if name != "memory"])
def test_every_backend_prints_its_tables_under_the_prefix(backend: Backend) -> None:
    """Nothing is left to fill in, and nothing keeps the default prefix."""
    text = schema_text(backend, "shop_")
    assert "{prefix}" not in text
    assert "chatkit_" not in text
    names = set(re.findall(r"\bshop_(\w+)", text))
    assert names >= set(TABLES)
    assert text.endswith(";\n")


def test_mongodb_prints_commands_for_its_shell() -> None:
    """Each line is one command, whose argument is JSON."""
    commands = [
        json.loads(line.removeprefix("db.runCommand(").removesuffix(");"))
        for line in schema_text("mongodb", "shop_").splitlines()
    ]
    assert commands[-1]["insert"] == "shop_schema_version"


def test_memory_has_none() -> None:
    """A comment says so: running it does no harm."""
    text = schema_text("memory", "chatkit_")
    assert text.startswith("-- ")
    assert text.count("\n") == 1
