"""Reads of all the rows there are, whoever owns them."""

import ast
from collections.abc import Iterator

from .module import within
from .names import last_name
from .orm_rows import may_have_rows, row_calls, row_model
from .owner_sql import names_owner, only_counts
from .results import results_of
from .scoping import Scoping
from .sql import EXECUTES
from .stores import reached

_COUNTS = frozenset({"count", "acount", "exists", "aexists", "aggregate", "aaggregate"})
_LISTS = frozenset({"find", "values", "items", "hgetall", "hvals", "zrange", "zrevrange", "lrange"})


def lists(scoping: Scoping) -> Iterator[ast.AST]:
    """Yield what reads every row there is, whoever owns it, to make a list of it."""
    flow = scoping.flow
    threads = set(_of_threads(scoping))
    for node in within(scoping.function, ast.Call):
        if node not in scoping.data or flow.is_owned(node) or flow.ids_in(node):
            continue
        query = scoping.sent.get(node) if isinstance(node, ast.Call) else None
        if query is not None:
            is_list = query.verb == "SELECT" and " from " in query.flat
            is_list = is_list and not only_counts(query) and not names_owner(query)
        else:
            is_list = isinstance(node, ast.Call) and last_name(node.func) in _LISTS
            is_list = is_list or node in threads
        if is_list and not flow.compares() and not scoping.checks.is_later(node):
            yield node


def _of_threads(scoping: Scoping) -> Iterator[ast.AST]:
    """Yield what asks the rows of Django and the like that saving a thread makes."""
    project, saving = scoping.store.project, scoping.store.method("save_thread")
    if saving is None or not may_have_rows(scoping.module):
        return
    saved = {
        row_model(project, module, call)
        for part, module in reached(scoping.store, saving[0])
        for call in row_calls(project, module, part)
    }
    for call in row_calls(project, scoping.module, scoping.function):
        counts = last_name(call.func) in _COUNTS
        if not counts and row_model(project, scoping.module, call) in saved:
            yield call


def selects(scoping: Scoping) -> Iterator[ast.AST]:
    """Yield the `select(Row)` of a list to which nobody adds a condition on the owner himself."""
    flow = scoping.flow
    for node in within(scoping.function, ast.Assign):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if not flow.is_owned(value):
                made = [n for n in (value, *within(value, ast.Call)) if _selects_rows(n)]
            case _:
                continue
        later = [
            each.value
            for each in within(scoping.function, ast.Assign)
            if isinstance(each, ast.Assign) and each is not node and name in results_of(each)
        ]
        told = any(not flow.direct.isdisjoint(flow.tokens(each)) for each in later)
        told = told or any(
            _is_told(scoping, call, name) for call in within(scoping.function, ast.Call)
        )
        if made and not told and not flow.ids_in(value) and not flow.compares():
            yield made[0]


def _is_told(scoping: Scoping, call: ast.AST, name: str) -> bool:
    """Say whether a helper is given a statement together with the owner, or what was made for him.

    A session that the context brings along only runs it.
    """
    if not isinstance(call, ast.Call) or last_name(call.func) in EXECUTES:
        return False
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    if not any(isinstance(each, ast.Name) and each.id == name for each in given):
        return False
    others = (each for each in given if not (isinstance(each, ast.Name) and each.id == name))
    return any(not scoping.flow.direct.isdisjoint(scoping.flow.tokens(each)) for each in others)


def _selects_rows(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Name(id="select") | ast.Attribute(attr="select"), args=[only]):
            return isinstance(only, ast.Name) and only.id[:1].isupper()
        case _:
            return False
