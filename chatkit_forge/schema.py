"""Print what a store creates, for databases whose DDL somebody else runs."""

import ast
import json

from .errors import OurFault
from .options import Backend
from .templates import template_source


def schema_text(backend: Backend, table_prefix: str) -> str:
    """Return statements that can be run as they are: SQL, or commands for mongosh.

    They are the store's own SCHEMA, the row with its version included.
    """
    if backend == "memory":
        return "-- The memory store keeps nothing outside the process: it has no schema.\n"
    return "".join(_statement(entry, table_prefix) for entry in _schema(backend))


def _schema(backend: Backend) -> tuple[object, ...]:
    """Return the SCHEMA of a template, read without importing its driver."""
    template = f"store/{backend}.py"
    for node in ast.parse(template_source(template)).body:
        match node:
            case ast.AnnAssign(target=ast.Name(id="SCHEMA"), value=ast.Tuple() as value):
                return ast.literal_eval(value)
            case _:
                continue
    raise OurFault(f"the template {template} has no SCHEMA")


def _statement(entry: object, prefix: str) -> str:
    if isinstance(entry, str):
        return f"{entry.format(prefix=prefix)};\n"
    # The prefix is plain letters, so that it needs no escaping in JSON.
    return f"db.runCommand({json.dumps(entry)});\n".replace("{prefix}", prefix)
