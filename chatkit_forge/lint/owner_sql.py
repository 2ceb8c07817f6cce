"""What a statement says of the owner: whether it names him, or tells him to the session."""

import ast
import re
from functools import cache

from .module import Module
from .sql import Query, queries

# What a column or a parameter is called that says whose a row is.
OWNER = re.compile(
    r"owner|user|tenant|account|principal|customer|member|org|workspace|team|subject|identity"
    r"|creator|author|company|caller|profile|person|visitor|reader|client_|partition|login|email"
    r"|\b(c\.)?(uid|sub|oid|who|pk)\b|current_setting|auth\."
)
_COUNTS = re.compile(
    r"^(with .*)?select (distinct )?"
    r"(count|max|min|sum|coalesce|nextval|exists|last_insert_rowid) ?\("
)
_SETS = re.compile(r"set_config|^set (local|session|app|@)|set local")
# What stands in braces is put in elsewhere: a whole condition, not the column of one.
_TABLE = re.compile(r"\b(?:from|join|update) [\"'`]?(?:\w+\.)?\w*\{\w*\}")
_HIDDEN = re.compile(
    r"(?:^|\band|\bor|\bnot|\()\s*\{\w*\}(?!\s*(?:=|<|>|in\b|is\b))|\s\{\w*\}\s*(?:and\b|limit\b|$|\))"
)


@cache
def is_owner(name: str) -> bool:
    """Say whether what is called so is somebody that things belong to."""
    return OWNER.search(name) is not None


def names_owner(query: Query) -> bool:
    """Say whether a statement's conditions speak of an owner, or are not all to be seen."""
    text = query.flat.partition(" order by ")[0]
    conditions = text.partition(" where ")[2] + " " + " ".join(text.split(" on ")[1:])
    if " where " not in text:
        return "{" in _TABLE.sub("", text)
    return _HIDDEN.search(conditions) is not None or OWNER.search(conditions) is not None


def name_owners(module: Module) -> bool:
    """Say whether the statements of a module name the owner, nearly all of them."""
    key = ("name owners", None)
    if key not in module.known:
        every = [
            query
            for function in module.nodes(ast.FunctionDef, ast.AsyncFunctionDef)
            for query in queries(module, function)
            if query.verb in {"SELECT", "UPDATE", "DELETE"} and " where " in query.flat
        ]
        silent = sum(not names_owner(query) for query in every)
        text = module.text.lower()
        told = any(word in text for word in ("set_config", "current_setting", "row level"))
        module.known[key] = len(every) - silent > 3 * silent and not told
    return module.known[key]


def only_counts(query: Query) -> bool:
    """Say whether a statement counts rows, or asks for the first or last, and reads none."""
    return _COUNTS.match(query.flat) is not None


def tells_owner(query: Query) -> bool:
    """Say whether a statement tells the session of the database who is asking."""
    return _SETS.search(query.flat) is not None
