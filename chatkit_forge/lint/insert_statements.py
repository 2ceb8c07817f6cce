"""What an INSERT does to an item that is stored already."""

import re

# An INSERT with nothing behind its values.
_WHOLE = re.compile(r"insert into \S+ ?\([^()]*\) values ?\([^()]*\)( returning [\w, *]+)?;?")
_UPSERTS = (
    "do update",
    "on duplicate key",
    "or replace",
    "replace into",
    "merge ",
    "update ",
    "{}",
)


def heals(text: str) -> bool:
    """Say whether a statement leaves an item as it is given now, or deletes it beforehand."""
    if text.startswith("update ") and "{}" not in text:
        # The thread's own row may be touched as well.
        return "thread" not in text.split()[1] or "item" in text.split()[1]
    if _WHOLE.fullmatch(text):
        return False  # what is filled in are columns and values
    return any(word in text for word in _UPSERTS) or text.startswith("delete ")


def inserted_into(text: str) -> str:
    """Return the table that a statement inserts into, without "_item" in its name."""
    return (
        text.partition(" into ")[2].partition("(")[0].strip().partition(" ")[0].replace("_item", "")
    )
