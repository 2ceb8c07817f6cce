"""What goes wrong, as the user sees it: one line and an exit code.

ForgeError
├── UsageError      2  the command cannot be carried out as asked; nothing was written
│   └── Conflict    2  files the user edited stand in the way
└── OurFault        3  chatkit-forge itself is at fault
    └── ToolBroken  3  a tool it needs (pyright, ruff, the SDK) is missing or died

Exit code 0 is clean, 1 is reserved for findings of `check`.
"""


class ForgeError(Exception):
    """Carry one line that says what, where and what to do."""

    exit_code = 3


class UsageError(ForgeError):
    """Report a request that cannot be carried out as asked."""

    exit_code = 2


class Conflict(UsageError):
    """Report files that the user edited and that are not overwritten without --force."""


class OurFault(ForgeError):
    """Report a fault of chatkit-forge, such as a finding in its own output."""


class ToolBroken(OurFault):
    """Report a tool that is missing, was killed or answered nonsense."""
