"""Whether what a statement deletes from is declared where it can be seen, with all its keys."""

import ast
import re

from .classes import Class
from .module import Module
from .sql_text import text_of
from .table_text import created
from .tables import row_class, tables

_CREATES = re.compile(r"create\s+(?:\w+\s+)?table", re.I)


def are_created(store: Class, names: set[str]) -> bool:
    """Say whether a project creates one of these tables where it can be read.

    Where a migration, a file of SQL or another program makes them, none can tell what their
    foreign keys do.
    """
    return any(_creates(store, each, names) for each in store.project.known())


def is_declared(store: Class, module: Module, name: str) -> bool:
    """Say whether a class of rows, or a `Table`, is declared with its columns and not reflected."""
    full = module.names.imported.get(name, name)
    if store.project.find_class(full, module) is not None:
        return declared_class(store, module, name) is not None
    last = full.rpartition(".")[2].lower()
    found = tables(store.project, module).by_name.get(last)
    return found is not None and bool(found.columns)


def declared_class(store: Class, module: Module, name: str) -> Class | None:
    """Return the class of rows that a name stands for, where its columns are declared."""
    found = store.project.find_class(module.names.imported.get(name, name), module)
    return found if found is not None and row_class(found) is not None else None


def _creates(store: Class, module: Module, names: set[str]) -> bool:
    known = tables(store.project, module).by_name
    if any(name in known and known[name].columns for name in names):
        return True
    if _CREATES.search(module.text) is not None:
        # Tables whose names are constants, put into the text.
        for node in module.nodes(ast.JoinedStr):
            text = text_of(module, None, node)[0] or ""
            if any(name in names for name, _, _ in created(text)):
                return True
    return "__tablename__" in module.text and any(
        isinstance(node.value, str) and node.value.lower() in names
        for node in module.nodes(ast.Constant)
        if isinstance(parent := module.parents.get(node), ast.Assign)
        and any(isinstance(t, ast.Name) and t.id == "__tablename__" for t in parent.targets)
    )
