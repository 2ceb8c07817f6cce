"""Which files will turn out to concern ChatKit, told from their bytes before any is parsed.

A guess, so that pyright need not wait for the truth: it is told again when that is known.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import compress
from pathlib import PurePosixPath

from .discover import Found, Unreadable, about_chatkit

_CLASS = re.compile(rb"^[ \t]*class[ \t]+(\w+)[^(:]*\(([^)]*)\)", re.MULTILINE)
_IMPORTED = re.compile(
    rb"^[ \t]*from[ \t]+(?:[\w.]*\.)?(\w*)[ \t]+import[ \t]*(\([^)]*\)|[^\n#]*)", re.MULTILINE
)
_WORD = re.compile(rb"\w+")
_SDK = frozenset({b"Store", b"AttachmentStore", b"ChatKitServer"})


def likely(files: Iterable[Found | Unreadable]) -> list[str]:
    """Return the files that name ChatKit, and those that import a store or server from them."""
    fresh: list[Found] = []
    others: list[Found] = []
    for file in files:
        if isinstance(file, Found) and _is_plain(file):
            (fresh if about_chatkit(file.data) else others).append(file)
    found: list[Found] = []
    known = set(_SDK)
    while fresh:
        found += fresh
        known |= _derived([pair for file in fresh for pair in _classes(file.data)], known)
        # One of the same name in another file is none of them.
        homes = {name.encode() for file in found for name in _home(file.path)}
        near = [not _imported(file.data, homes).isdisjoint(known - _SDK) for file in others]
        fresh = list(compress(others, near))
        others = [file for file, taken in zip(others, near, strict=True) if not taken]
    return [str(file.path) for file in found]


def _is_plain(file: Found) -> bool:
    """Say whether pyright looks at a file: not in a folder that begins with a dot."""
    return "\\" not in str(file.path) and not any(part[0] == "." for part in file.path.parts)


def _classes(data: bytes) -> Iterator[tuple[bytes, set[bytes]]]:
    """Yield each class with the words of its bases."""
    for match in _CLASS.finditer(data):
        yield match[1], set(_WORD.findall(match[2]))


def _derived(classes: Sequence[tuple[bytes, set[bytes]]], known: set[bytes]) -> set[bytes]:
    """Return the classes that derive from known ones, through one another as well."""
    found = set(known)
    while fresh := {name for name, bases in classes if name not in found and bases & found}:
        found |= fresh
    return found


def _home(path: PurePosixPath) -> set[str]:
    """Return the last part of what a file's names are imported from: its own, or its package's."""
    return {path.stem, path.parent.name}


def _imported(data: bytes, homes: set[bytes]) -> set[bytes]:
    """Return the words that a file imports from modules and packages of these names."""
    return {
        word
        for match in _IMPORTED.finditer(data)
        if match[1] in homes or not match[1]
        for word in _WORD.findall(match[2])
    }
