"""What a MySQL or MariaDB URL says, in aiomysql's terms: as hosters and SQLAlchemy spell it."""

import re
import ssl
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

from pydantic import SecretStr

# No part may hold a raw @, / or #: the rest of a password would be taken for a host or an option,
# and quoted in an error.
_URL: Final = re.compile(
    r"(?:mysql|mariadb)(?:\+\w+)?://"
    r"(?:(?P<user>[^:@/?#]*)(?::(?P<password>[^@/?#]*))?@)?"
    r"(?P<host>\[[^\[\]@/?#]+\]|[^\[\]@:,/?#]*)(?::(?P<port>\d{1,5}))?"
    r"/(?P<database>[^@/?#]+)(?:\?(?P<options>[^@#]*))?"
)
_TLS_MODES: Final = ("DISABLED", "PREFERRED", "REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY")
_LOCAL: Final = ("localhost", "127.0.0.1", "::1")
# Spellings of the TLS mode by their own names: SQLAlchemy's and others', PlanetScale's, Prisma's.
_TLS_BY_VALUE: Final = {
    ("ssl", "true"): "REQUIRED",
    ("ssl", "false"): "DISABLED",
    ("ssl", '{"rejectunauthorized":true}'): "VERIFY_IDENTITY",
    ("ssl", '{"rejectunauthorized":false}'): "REQUIRED",
    ("ssl_verify_cert", "true"): "VERIFY_CA",
    ("ssl_verify_identity", "true"): "VERIFY_IDENTITY",
    ("sslaccept", "strict"): "VERIFY_IDENTITY",
    ("sslaccept", "accept_invalid_certs"): "REQUIRED",
}


@dataclass(frozen=True, slots=True)
class Login:
    """Say where and how to log in: as arguments of `aiomysql.Connection`, and what goes beyond."""

    arguments: dict[str, Any] = field(repr=False)
    connect_timeout: float | None
    require_tls: bool


def login(url: SecretStr | None) -> Login:
    """Return where and how to log in.

    Raise ValueError for a URL that is missing, not MySQL's, or has an unknown option.
    """
    if url is None or not url.get_secret_value():
        raise ValueError("No database URL: set DATABASE_URL or pass one to the store")
    parts = _URL.fullmatch(url.get_secret_value())
    if parts is None:
        raise ValueError(
            "The database URL must be mysql://user:password@host:port/database,"
            " with special characters percent-encoded"
        )
    port = int(parts["port"] or 3306)
    if port > 65535:
        raise ValueError("The port in the database URL must be at most 65535")
    host, unix_socket = (parts["host"] or "localhost").strip("[]"), None
    connect_timeout, tls_mode, tls_ca = None, "", None
    for option, value in parse_qsl(parts["options"] or "", keep_blank_values=True):
        name = option.lower().replace("-", "_")
        if name in ("ssl_mode", "sslmode"):
            tls_mode = value.upper().replace("-", "_")
        elif name in ("ssl", "sslaccept", "ssl_verify_cert", "ssl_verify_identity"):
            # The strictest of several; the alphabet sorts them so.
            tls_mode = max(tls_mode, _TLS_BY_VALUE.get((name, value.lower()), "unknown"))
        elif name == "ssl_ca":
            tls_ca = value
        elif name == "unix_socket":
            unix_socket = value
        elif name == "connect_timeout" and value.isdecimal():
            connect_timeout = float(value)
        elif (name, value) != ("charset", "utf8mb4") and name != "reconnect":
            raise ValueError(f"Option {option!r} in the database URL is unknown or has a bad value")
    if not tls_mode:
        # MySQL's own defaults, but for this machine: nobody listens in between.
        local = unix_socket is not None or host in _LOCAL
        tls_mode = "VERIFY_CA" if tls_ca else "DISABLED" if local else "PREFERRED"
    arguments = {
        "host": host,
        "port": port,
        "unix_socket": unix_socket,
        "user": unquote(parts["user"] or ""),
        # The driver sends Latin-1, the server expects what CREATE USER said in UTF-8.
        "password": unquote(parts["password"] or "").encode().decode("latin-1"),
        "db": unquote(parts["database"]),
        "ssl": _tls(tls_mode, tls_ca),
        # Texts hold any character, which the other charsets do not. Reads need no transaction.
        "charset": "utf8mb4",
        "autocommit": True,
    }
    return Login(arguments, connect_timeout, tls_mode not in ("DISABLED", "PREFERRED"))


def _tls(mode: str, ca: str | None) -> ssl.SSLContext | None:
    """Return how to verify the server, None for no TLS; raise ValueError for an unknown mode."""
    if mode not in _TLS_MODES:
        raise ValueError(f"The TLS mode in the database URL must be one of {', '.join(_TLS_MODES)}")
    if mode == "DISABLED":
        return None
    try:
        context = ssl.create_default_context(cafile=ca)
    except OSError as error:
        raise ValueError(f"ssl_ca in the database URL cannot be used: {error}") from None
    context.check_hostname = mode == "VERIFY_IDENTITY"
    context.verify_mode = ssl.CERT_REQUIRED if mode.startswith("VERIFY") else ssl.CERT_NONE
    return context
