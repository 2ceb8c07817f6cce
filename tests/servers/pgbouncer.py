"""PgBouncer in transaction mode before PostgreSQL: how most hosts hand PostgreSQL out.

A connection may be another one after each transaction, so what a driver prepared is gone. It
comes out of Debian sid into a private folder: whoever has a PostgreSQL needs no root for it.
"""

import socket
from pathlib import Path
from urllib.parse import unquote, urlsplit

from . import apt, cache
from .account import Account
from .processes import Processes, free_port
from .urls import url


def obtain() -> None:
    """Fetch PgBouncer into the cache if it is not there."""
    _prefix()


def start(processes: Processes) -> str:
    """Start a pooler before the server of CHATKIT_FORGE_POSTGRES_URL and return its own URL."""
    behind = urlsplit(url("postgres"))
    account = Account(
        unquote(behind.username or ""), behind.path.lstrip("/"), unquote(behind.password or "")
    )
    home, port = processes.home("pgbouncer"), free_port()
    users = processes.write(home / "users", f'"{account.user}" "{account.password}"\n')
    settings = {
        "listen_addr": "127.0.0.1",
        "listen_port": port,
        "unix_socket_dir": "",
        "auth_type": "scram-sha-256",
        "auth_file": users,
        "pool_mode": "transaction",
        # No help with prepared statements, as on older poolers: a store has to do without.
        "max_prepared_statements": 0,
        "default_pool_size": 5,
    }
    lines = [f"{name} = {value}" for name, value in settings.items()]
    where = f"* = host={behind.hostname} port={behind.port or 5432}"
    config = processes.write(
        home / "pgbouncer.ini", "\n".join(["[databases]", where, "[pgbouncer]", *lines, ""])
    )
    processes.start(
        home, [*apt.in_prefix(_prefix(), "sbin/pgbouncer"), config], ready=lambda: _listens(port)
    )
    return account.url("postgresql", port)


def _prefix() -> Path:
    """Return the folder that holds sid's /usr with PgBouncer in it."""
    return cache.once(
        "pgbouncer", lambda folder: apt.unpack_from_sid("pgbouncer", "pgbouncer", folder)
    )


def _listens(port: int) -> bool:
    """Tell whether the pooler takes connections; it listens when it is set up, not before."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
