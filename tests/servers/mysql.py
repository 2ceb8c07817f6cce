"""Oracle's MySQL out of Debian sid, in a private folder, with a caching_sha2_password account.

Debian's stable release carries MariaDB only, and the two differ where it matters. The server
runs on sid's own C library, so the machine's is not touched.
"""

from pathlib import Path

from . import apt, cache
from .account import Account
from .handshake import greets
from .processes import Processes, free_port


def obtain() -> None:
    """Fetch MySQL into the cache if it is not there."""
    _prefix()


def start(processes: Processes) -> str:
    """Start a server and return the URL of an account with every right."""
    home, port, account = processes.home("mysql"), free_port(), Account()
    data, server = home / "data", _command(_prefix())
    processes.run(home, [*server, "--initialize-insecure", f"--datadir={data}"])
    # MySQL 9 knows no other password plugin; naming it makes an older server agree.
    first = processes.write(
        home / "accounts.sql",
        f"CREATE USER IF NOT EXISTS '{account.user}'@'%' "
        f"IDENTIFIED WITH caching_sha2_password BY '{account.password}';\n"
        f"GRANT ALL PRIVILEGES ON *.* TO '{account.user}'@'%' WITH GRANT OPTION;\n"
        f"CREATE DATABASE IF NOT EXISTS {account.database};\n"
        "DROP USER IF EXISTS 'root'@'localhost';\n",
    )
    processes.start(
        home,
        [
            *(*server, f"--datadir={data}", f"--socket={home}/s.sock", f"--port={port}"),
            *("--bind-address=127.0.0.1", f"--pid-file={home}/pid", f"--init-file={first}"),
            *("--mysqlx=OFF", "--skip-log-bin", "--skip-name-resolve", "--performance-schema=OFF"),
            "--innodb-flush-log-at-trx-commit=2",  # survives kill -9; here that is enough
        ],
        ready=lambda: greets(port),
    )
    return account.url("mysql", port)


def _prefix() -> Path:
    """Return the folder that holds sid's /usr with MySQL in it."""
    return cache.once(
        "mysql", lambda folder: apt.unpack_from_sid("mysql", "mysql-server-core", folder)
    )


def _command(prefix: Path) -> list[str | Path]:
    """Return how to start mysqld, told where its own files are."""
    usr = prefix / "usr"
    return [
        *(*apt.in_prefix(prefix, "sbin/mysqld"), "--no-defaults", "--secure-file-priv=NULL"),
        *(f"--basedir={usr}", f"--lc-messages-dir={usr}/share/mysql"),
    ]
