"""What a MongoDB URL says, checked without quoting it: pymongo's own errors may hold a password."""

import re
from collections.abc import Mapping
from typing import Any, Final

from pydantic import SecretStr
from pymongo.errors import PyMongoError
from pymongo.uri_parser import split_options

_HOST: Final = r"(?:\[[^\[\]@/?#]+\]|[^\[\]@:,/?#]+)(?::\d{1,5})?"
# No part may hold a raw @, / or #: the rest of a password would be taken for a host or an option,
# and quoted in an error.
_URL: Final = re.compile(
    rf"mongodb(?:\+srv)?://(?:[^@/?#]+@)?{_HOST}(?:,{_HOST})*"
    r"(?:/[^@/?#]*)?(?:\?(?P<options>[^@#]*))?"
)


def login(url: SecretStr | None, pool_size: int) -> dict[str, Any]:
    """Return where and how to log in, as arguments of the client's class.

    Raise ValueError for a URL that is missing, not MongoDB's, or has an unknown or wrong option.
    """
    if url is None or not url.get_secret_value():
        raise ValueError("No database URL: set DATABASE_URL or pass one to the store")
    parts = _URL.fullmatch(url.get_secret_value())
    if parts is None:
        raise ValueError(
            "The database URL must be mongodb://user:password@host:port/database or"
            " mongodb+srv://user:password@host/database, with special characters percent-encoded"
        )
    for option in filter(None, re.split("[&;]", parts["options"] or "")):
        try:
            # pymongo's client only warns of what it does not know.
            split_options(option)
        except (PyMongoError, ValueError, TypeError, OSError):
            # Not chained, and by its name only: the value may be a secret.
            name = option.partition("=")[0]
            raise ValueError(f"Unknown or wrong option {name!r} in the database URL") from None
    return {
        "host": url.get_secret_value(),
        # These win over the URL's. An acknowledged write outlives the primary. Whoever is elected
        # next has it, but may not know yet that a majority has: reading "majority" could miss it.
        "w": "majority",
        "readConcernLevel": "local",
        "readPreference": "primary",
        "retryWrites": True,
        "maxPoolSize": pool_size,
    }


def refuse_standalone(hello: Mapping[str, Any]) -> None:
    """Raise ValueError when the server that said hello has no transactions."""
    if "setName" not in hello and hello.get("msg") != "isdbgrid":
        raise ValueError(
            "The database URL names a standalone server, which has no transactions:"
            " start mongod with --replSet rs0 and run rs.initiate() once"
        )
