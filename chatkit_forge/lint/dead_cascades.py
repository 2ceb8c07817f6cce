"""Cascades that are declared and never run: SQLite minds no foreign key before it is told to."""

import re

from .cascades import says
from .classes import Class
from .module import Function, Module
from .opened import opens_itself
from .row_tables import deleted_from, flat, put_into
from .stores import reached
from .tables import tables
from .told_connections import is_all_read
from .unread_removals import is_all_found

Parts = list[tuple[Function, Module]]
# What deletes rows, or switches foreign keys on, in a way that is not looked into.
_OTHERWISE = re.compile(
    r"trigger|foreign_keys|setconfig|\.(?:sql|ddl)\b|pragma(?!\s+\w)(?!: no cover)|load_extension",
    re.I,
)


def is_switched_off(store: Class, parts: Parts) -> bool:
    """Say whether a thread is deleted in SQLite whose foreign keys nobody switches on.

    The store opens its connections where it can be seen, and all that they are told is seen.
    """
    modules = {module for _, module in parts}
    if not opens_itself(store, parts) or any("sqlalchemy" in each.text for each in modules):
        return False
    every = store.project.known()
    if any(says(_OTHERWISE, each) or not is_all_found(store, each) for each in every):
        return False
    adding, saving = store.method("add_thread_item"), store.method("save_thread")
    if adding is None or saving is None:
        return False
    items = put_into(flat(reached(store, adding[0])))
    threads = put_into(flat(reached(store, saving[0])))
    sent = flat(parts)
    gone = deleted_from(sent)
    if not gone or any("{" in each.partition(" where ")[0] for each in sent):
        return False
    known = {name for each in modules for name in tables(store.project, each).by_name}
    kept = items - threads
    return bool(kept) and kept <= known and gone <= threads & known and is_all_read(store)
