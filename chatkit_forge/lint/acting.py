"""Blocks in which everything is done for the owner: `with acting_for(owner):`."""

import ast
import re

from .module import within
from .names import last_name
from .ownership import Ownership

# What a context manager is called that everything inside of it is done for somebody.
_ACTS = re.compile(
    r"(?:^|_)act(?:s|ing)?(?:_|$)|schema|tenan|owner|user|behalf|imperson|scope|shard|^_?as(?:_|$)",
    re.I,
)
# These only happen beside what is done inside.
_BESIDE = re.compile(r"lock|mutex|log|trac|span|metric|limit|timer|semaphore", re.I)


def acts_for_owner(flow: Ownership) -> bool:
    """Say whether a function does something inside a block that is the owner's."""
    for node in within(flow.function, ast.withitem):
        match node:
            case ast.withitem(context_expr=ast.Call(func=func) as made, optional_vars=None):
                name = last_name(func)
                acts = _ACTS.search(name) is not None and _BESIDE.search(name) is None
                if acts and flow.is_owned(made):
                    return True
            case _:
                continue
    return False
