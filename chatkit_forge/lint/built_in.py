"""What `explain` says of the two codes that no rule has: the check itself reports them."""

from .selection import BUILT_IN

_TEXTS = {
    "CKF001": """\
(error)

A file, or a part of it, could not be checked.

It cannot be read, does not parse, is in another encoding than it says, or is nested too deeply for
Python's own parser; or pyright cannot be given its name. What was not checked is never clean, so it
is reported whatever is selected. Mend the file, leave it out with `exclude` under
`[tool.chatkit-forge]` in pyproject.toml, or leave the code out with --ignore CKF001.
""",
    "CKF002": """\
(warning)

A comment silences nothing.

The mistake that it named is gone, or it names a code that no rule has, or none at all. Such a
comment would hide the next mistake on its line, so remove it. A code that the run did not look for,
without types or with fewer rules, is not held against its comment.

Bad:
    import os  # chatkit-forge: ignore[CKF201]

Good:
    row = await get(thread_id)  # chatkit-forge: ignore[CKF201] the caller asked whose it is
""",
}


def explained(code: str) -> str | None:
    """Return the text of a code or name; None when it is none of the check's own."""
    for own, name in BUILT_IN.items():
        if code.upper() == own or code.lower() == name:
            return f"{own} {name} {_TEXTS[own]}"
    return None
