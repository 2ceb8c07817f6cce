"""The spellings by which a page may name a lesson.

A page knows its lesson by whatever its URL says: "02-loops", "loops", "lesson-2" or "2". All of
them are kept with each chunk, so that a filter finds it by any.
"""

import re

_NUMBERED = re.compile(r"(?:lesson-|les-)?0*(\d{1,4})(?:[-.](.+))?")


def lesson_key(name: str) -> str:
    """Return the name in the form that is compared: lower case, hyphens for blanks."""
    return re.sub(r"[\s_-]+", "-", name.strip().casefold())


def lesson_keys(*names: str) -> tuple[str, ...]:
    """Return every key that the names stand for, sorted."""
    keys: set[str] = set()
    for key in filter(None, map(lesson_key, names)):
        keys.add(key)
        if numbered := _NUMBERED.fullmatch(key):
            number, rest = numbered.groups()
            keys |= {number, f"lesson-{number}"} | ({rest} if rest else set())
    return tuple(sorted(keys))
