"""PgBouncer in transaction mode before PostgreSQL: how most hosts hand PostgreSQL out.

A connection may be another one after each transaction, so what a driver prepared is gone.
"""

import os
import shutil
import socket
from urllib.parse import unquote, urlsplit

from . import apt
from .account import Account
from .processes import Processes, free_port
from .urls import url


def obtain() -> None:
    """Install PgBouncer if the machine has none."""
    if _program() is None:
        apt.install("pgbouncer", "pgbouncer")


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
        "default_pool_size": 5,
    }
    lines = [f"{name} = {value}" for name, value in settings.items()]
    where = f"* = host={behind.hostname} port={behind.port or 5432}"
    config = processes.write(
        home / "pgbouncer.ini", "\n".join(["[databases]", where, "[pgbouncer]", *lines, ""])
    )
    processes.start(home, [_program() or "pgbouncer", config], ready=lambda: _listens(port))
    return account.url("postgresql", port)


def _program() -> str | None:
    """Return the path of pgbouncer; /usr/sbin is not on everybody's PATH."""
    return shutil.which("pgbouncer", path=f"{os.environ['PATH']}{os.pathsep}/usr/sbin")


def _listens(port: int) -> bool:
    """Tell whether the pooler takes connections; it listens when it is set up, not before."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
