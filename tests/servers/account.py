"""Who logs in to a server, and as which unix user a server runs."""

import os
import pwd
import secrets
from dataclasses import dataclass, field
from urllib.parse import quote


def _password() -> str:
    """Return a fresh password with characters that a URL has to escape.

    Whoever forgets to unescape them finds out here and not at a user's.
    """
    return f"p@s/{secrets.token_hex(8)}"


@dataclass(frozen=True)
class Account:
    """A database account of the tests; it may create databases of its own."""

    user: str = "forge"
    database: str = "forge"
    password: str = field(default_factory=_password, repr=False)

    def url(self, scheme: str, port: int, query: str = "") -> str:
        """Return the URL of this account on a loopback port."""
        login = f"{quote(self.user, safe='')}:{quote(self.password, safe='')}"
        return f"{scheme}://{login}@127.0.0.1:{port}/{self.database}{query}"


def unix_ids() -> tuple[int, int] | None:
    """Return the uid and gid that servers run as when we are root, else None.

    PostgreSQL refuses root outright and the others should: `nobody` owns nothing else.
    """
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid
