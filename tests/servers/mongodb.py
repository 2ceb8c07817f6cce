"""MongoDB as a replica set of one, with a password account."""

import secrets
import subprocess
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from . import mongod
from .account import Account
from .processes import Processes, free_port


def obtain() -> None:
    """Get mongod if the machine has none."""
    mongod.obtain("mongodb")


def start(processes: Processes) -> str:
    """Start replica set rs0 and return the URL of an account with every right."""
    home, port, account = processes.home("mongodb"), free_port(), Account()
    key = processes.write(home / "key", secrets.token_hex(32))  # a set with accounts wants one
    process = node(processes, home, port, "--replSet", "rs0", "--keyFile", key)
    with _client(port) as client:
        members = [{"_id": 0, "host": f"127.0.0.1:{port}"}]
        client.admin.command("replSetInitiate", {"_id": "rs0", "members": members})
    processes.wait(home, process, lambda: _is_primary(port))
    with _client(port) as client:
        # Only the first account can be made without logging in.
        client.admin.command("createUser", account.user, pwd=account.password, roles=["root"])
    return account.url("mongodb", port, "?replicaSet=rs0&authSource=admin")


def node(
    processes: Processes, home: Path, port: int, *options: str | Path
) -> subprocess.Popen[bytes]:
    """Start one mongod in a home of its own and return it as soon as it answers."""
    return processes.start(
        home,
        [
            *(
                mongod.path(),
                "--dbpath",
                home / "data",
                "--port",
                str(port),
                "--bind_ip",
                "127.0.0.1",
            ),
            *("--unixSocketPrefix", home, "--wiredTigerCacheSizeGB", "0.25", "--oplogSize", "64"),
            *("--setParameter", "diagnosticDataCollectionEnabled=false"),
            # The least there may be: each of the thousands of clients works a password out anew.
            *("--setParameter", "scramSHA256IterationCount=5000"),
            # A primary asked to stop waits 15 s for a successor; here there is none.
            *("--setParameter", "shutdownTimeoutMillisForSignaledShutdown=0"),
            *("--wiredTigerEngineConfigString", "log=(file_max=16MB,prealloc=false)"),
            *options,
        ],
        ready=lambda: _hello(port) is not None,
    )


def _client(port: int) -> MongoClient[dict[str, Any]]:
    """Return a client of this one node, whatever the set thinks of itself."""
    return MongoClient("127.0.0.1", port, directConnection=True, serverSelectionTimeoutMS=1000)


def _hello(port: int) -> dict[str, Any] | None:
    """Return what the node says of itself, None while it says nothing."""
    try:
        with _client(port) as client:
            return client.admin.command("hello")
    except PyMongoError:
        return None


def _is_primary(port: int) -> bool:
    """Tell whether the node takes writes."""
    said = _hello(port)
    return said is not None and bool(said["isWritablePrimary"])
