"""MariaDB from the machine's packages, with a password account."""

import os
import shutil

from . import apt
from .account import Account
from .handshake import greets
from .processes import Processes, free_port


def obtain() -> None:
    """Install MariaDB if the machine has none; its install script needs the client too."""
    if shutil.which("mariadbd", path=_path()) is None or not shutil.which("mariadb-install-db"):
        apt.install("mariadb", "mariadb-server-core", "mariadb-client-core")


def start(processes: Processes) -> str:
    """Start a server and return the URL of an account with every right."""
    home, port, account = processes.home("mariadb"), free_port(), Account()
    data = home / "data"
    processes.run(
        home,
        [
            *("mariadb-install-db", "--no-defaults", f"--datadir={data}", "--skip-test-db"),
            *("--auth-root-authentication-method=normal", "--skip-name-resolve"),
        ],
    )
    # Accounts without a password go: a nameless one on localhost would win over ours.
    first = processes.write(
        home / "accounts.sql",
        "DELETE FROM mysql.global_priv WHERE User IN ('', 'root');\n"
        "FLUSH PRIVILEGES;\n"
        f"CREATE USER IF NOT EXISTS '{account.user}'@'%' IDENTIFIED BY '{account.password}';\n"
        f"GRANT ALL PRIVILEGES ON *.* TO '{account.user}'@'%' WITH GRANT OPTION;\n"
        f"CREATE DATABASE IF NOT EXISTS {account.database};\n",
    )
    processes.start(
        home,
        [
            *(shutil.which("mariadbd", path=_path()) or "mariadbd", "--no-defaults"),
            *(f"--datadir={data}", f"--socket={home}/s.sock", f"--port={port}"),
            *("--bind-address=127.0.0.1", f"--pid-file={home}/pid", f"--init-file={first}"),
            *("--skip-log-bin", "--skip-name-resolve", "--character-set-server=utf8mb4"),
            "--innodb-flush-log-at-trx-commit=2",  # survives kill -9; here that is enough
        ],
        ready=lambda: greets(port),
    )
    return account.url("mariadb", port)


def _path() -> str:
    """Return where to look for the server: /usr/sbin is not on everybody's PATH."""
    return os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
