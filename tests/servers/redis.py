"""Redis from the machine's packages, with a password, for rate limits that processes share."""

import shutil
import socket

from . import apt
from .account import Account
from .processes import Processes, free_port


def obtain() -> None:
    """Install Redis if the machine has none."""
    if shutil.which("redis-server") is None:
        apt.install("redis", "redis-server")


def start(processes: Processes) -> str:
    """Start a server that keeps everything in memory and return its URL."""
    home, port, account = processes.home("redis"), free_port(), Account("default", "0")
    # In a file and not on the command line, where every user of the machine could read it.
    config = processes.write(
        home / "redis.conf",
        f"port {port}\nbind 127.0.0.1\ndir {home / 'data'}\nrequirepass {account.password}\n"
        'save ""\nappendonly no\ndaemonize no\n',
    )
    processes.start(home, ["redis-server", config], ready=lambda: _answers(port))
    return account.url("redis", port)


def _answers(port: int) -> bool:
    """Tell whether the server talks: it asks who has not logged in for the password."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(7) == b"-NOAUTH"
    except OSError:
        return False
