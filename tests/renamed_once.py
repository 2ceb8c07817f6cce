"""Rendering application after application: most of their files are in all of them.

To give such a text its names takes most of the time, and needs to be done but once.
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import Any, cast

import pytest
from libcst import Module as Tree

from chatkit_forge import rename as renaming
from chatkit_forge.rename import Renames

_rename = renaming.rename
_code = property(cache(cast("Any", Tree.code).fget))
_known: dict[tuple[str, str], Tree] = {}


@contextmanager
def renamed_once() -> Generator[None]:
    """Give a text its names but once in this process, as long as this lasts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(renaming, "rename", _once)
        patch.setattr(Tree, "code", _code)
        yield


def _once(source: str, names: Renames) -> Tree:
    # They differ in their store, of which most files do not speak.
    speaks = "stores" in source or any(old in source for old in names.identifiers)
    key = (source, repr(names if speaks else replace(names, classes={}, store=None)))
    if key not in _known:
        _known[key] = _rename(source, names)
    return _known[key]
