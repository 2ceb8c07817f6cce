"""PostgreSQL from the machine's packages, with a scram-sha-256 password account."""

import shutil
import signal
import subprocess
from pathlib import Path

from . import apt
from .account import Account
from .processes import Processes, free_port


def obtain() -> None:
    """Install PostgreSQL if the machine has none."""
    if _program("initdb") is None:
        apt.install("postgres", "postgresql-15")


def start(processes: Processes) -> str:
    """Start a server and return the URL of an account that may create databases and roles."""
    home, port, account = processes.home("postgres"), free_port(), Account()
    data, admin = home / "data", Account("admin", "postgres")
    secret = processes.write(home / "admin", admin.password)
    processes.run(
        home,
        [
            *(_path("initdb"), "-D", data, "-U", admin.user, "-A", "scram-sha-256", "--no-sync"),
            *(f"--pwfile={secret}", "-E", "UTF8", "--locale=C.UTF-8"),
        ],
    )
    # Without fsync a killed server loses nothing, a power cut would: these data live minutes.
    processes.start(
        home,
        [
            *(_path("postgres"), "-D", data, "-p", str(port), "-k", home),
            *("-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200", "-c", "fsync=off"),
        ],
        ready=lambda: _is_ready(port),
        stop=signal.SIGQUIT,  # SIGTERM would wait for every client to leave
    )
    script = processes.write(
        home / "accounts.sql",
        f"CREATE ROLE {account.user} LOGIN CREATEDB CREATEROLE PASSWORD '{account.password}';\n"
        f"CREATE DATABASE {account.database} OWNER {account.user};\n",
    )
    processes.run(
        home,
        [_path("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", script],
        env={
            "PGHOST": "127.0.0.1",
            "PGPORT": str(port),
            "PGUSER": admin.user,
            "PGPASSWORD": admin.password,
            "PGDATABASE": admin.database,
        },
    )
    return account.url("postgresql", port)


def _is_ready(port: int) -> bool:
    """Tell whether the server takes connections."""
    return (
        subprocess.run(
            [_path("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)], check=False
        ).returncode
        == 0
    )


def _program(name: str) -> str | None:
    """Return the path of a PostgreSQL program: Debian keeps the server's off PATH."""
    debian = sorted(
        Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3])
    )
    return str(debian[-1]) if debian else shutil.which(name)


def _path(name: str) -> str:
    """Return the path of a program that `obtain` has seen to."""
    found = _program(name)
    if found is None:
        raise FileNotFoundError(name)
    return found
