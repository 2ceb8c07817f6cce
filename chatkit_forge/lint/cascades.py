"""Whether a database may delete what belongs to a row, from all that a project says anywhere."""

import re

from .classes import Class
from .declared_cascades import cascades
from .module import Module

# A clause whose action is put in from elsewhere, a library whose default it is, or a file of SQL.
_MAY = re.compile(
    r"on\s+delete\s*[\"'{%]|passive_deletes|foreignkeyfield|listens_for|pre_delete"
    r"|post_delete|pgtrigger|\.(?:sql|ddl)\b[\"']",
    re.I,
)
# What a framework loads by itself, and nobody imports.
_BESIDE = ("signals", "receivers", "handlers", "listeners", "events", "triggers", "apps")


def may_cascade(store: Class, module: Module) -> bool:
    """Say whether a migration that nobody imports, or a file of SQL, may let items go too."""
    package = module.name.rpartition(".")[0]
    for name in _BESIDE:
        store.project.module(f"{package}.{name}" if package else name, module)
    return any(says(_MAY, each) or cascades(store.project, each) for each in store.project.known())


def says(pattern: re.Pattern[str], module: Module) -> bool:
    """Say whether a module has such words; each store of a project asks this of all of them."""
    key = (pattern.pattern, None)
    if key not in module.known:
        module.known[key] = pattern.search(module.text) is not None
    return module.known[key]
