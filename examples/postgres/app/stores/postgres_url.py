"""What a PostgreSQL URL says, in asyncpg's terms: as Neon, Heroku or SQLAlchemy spell it."""

import re
import ssl
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, unquote, urlencode

from pydantic import SecretStr

# Options that asyncpg understands or, the last two, hands to the server.
_OPTIONS: Final = {
    "host",
    "port",
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "sslpassword",
    "sslcrl",
    "sslnegotiation",
    "ssl_min_protocol_version",
    "ssl_max_protocol_version",
    "target_session_attrs",
    "krbsrvname",
    "gsslib",
    "application_name",
    "options",
}
_NUMBERS: Final = {"connect_timeout": "timeout", "statement_cache_size": "statement_cache_size"}
_FILES: Final = {"sslrootcert", "sslcert", "sslkey", "sslcrl"}
# SQLAlchemy's names, and what other drivers write for `sslmode`.
_SAME: Final = {"ssl": "sslmode", "prepared_statement_cache_size": "statement_cache_size"}
_MODES: Final = {"true": "require", "false": "disable"}
_HOST: Final = r"(?:\[[^\[\]@/?#]+\]|[^\[\]@:,/?#]+)(?::\d{1,5})?"
# No part may hold a raw @, / or #: the rest of a password would be taken for a host or an option,
# and quoted in an error.
_URL: Final = re.compile(
    r"postgres(?:ql)?(?:\+(?:asyncpg|psycopg\w*))?://"
    r"(?:(?P<user>[^:@/?#]*)(?::(?P<password>[^@/?#]*))?@)?"
    rf"(?P<hosts>{_HOST}(?:,{_HOST})*)?(?:/(?P<database>[^@/?#]*))?(?:\?(?P<options>[^@#]*))?"
)


def login(url: SecretStr | None, connect_timeout: float) -> dict[str, object]:
    """Return where and how to log in, as arguments of `asyncpg.create_pool`.

    What the URL leaves out is left to asyncpg, which looks at PGHOST, PGPASSWORD and so on. Raise
    ValueError for a URL that is missing, not PostgreSQL's, or has an unknown option.
    """
    if url is None or not url.get_secret_value():
        raise ValueError("No database URL: set DATABASE_URL or pass one to the store")
    parts = _URL.fullmatch(url.get_secret_value())
    if parts is None:
        raise ValueError(
            "The database URL must be postgresql://user:password@host:port/database,"
            " with special characters percent-encoded"
        )
    options = _asyncpg_options(dict(parse_qsl(parts["options"] or "", keep_blank_values=True)))
    if unknown := options.keys() - _OPTIONS - _NUMBERS.keys():
        raise ValueError(f"Unknown option {min(unknown)!r} in the database URL")
    arguments: dict[str, object] = {"timeout": connect_timeout}
    if options.get("sslrootcert") == "system":
        # libpq's word for the authorities that the machine trusts; it implies verify-full.
        del options["sslrootcert"]
        arguments["ssl"] = ssl.create_default_context()
    for option in _NUMBERS.keys() & options.keys():
        value = options.pop(option)
        if not value.isdecimal():
            raise ValueError(f"Option {option!r} in the database URL must be a whole number")
        # libpq's "connect_timeout=0" waits for ever; the store never does.
        arguments[_NUMBERS[option]] = int(value) or arguments.get(_NUMBERS[option], 0)
    for option in _FILES & options.keys():
        if not Path(options[option]).is_file():
            raise ValueError(f"Option {option!r} in the database URL names no file")
    # The login goes apart from the rest, so that no error of asyncpg's about the rest quotes it.
    for argument in ("user", "password", "database"):
        if parts[argument]:
            arguments[argument] = unquote(parts[argument])
    return arguments | {"dsn": f"postgresql://{parts['hosts'] or ''}?{urlencode(options)}"}


def _asyncpg_options(options: dict[str, str]) -> dict[str, str]:
    """Return the options under asyncpg's names."""
    # asyncpg logs in with SCRAM, but cannot bind it to the TLS channel; Prisma's pool is not ours.
    for name in ("channel_binding", "connection_limit", "pool_timeout"):
        options.pop(name, None)
    for name, same in _SAME.items():
        if name in options:
            options[same] = options.pop(name)
    if "sslmode" in options:
        options["sslmode"] = _MODES.get(options["sslmode"], options["sslmode"])
    # Supabase (`supa` by way of Vercel) and Prisma announce a pooler that gives each transaction
    # another connection: a statement prepared on one is missing on the next.
    pgbouncer, supa = options.pop("pgbouncer", ""), options.pop("supa", "")
    if pgbouncer == "true" or supa:
        options["statement_cache_size"] = "0"
    return options
