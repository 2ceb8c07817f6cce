"""Where downloaded servers are kept, so that they are fetched once a machine."""

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock


def root() -> Path:
    """Return the folder of downloaded servers, made if it is missing.

    XDG_CACHE_HOME decides. Without it root uses the system's cache: root's home is closed to
    the user the servers run as.
    """
    named = os.environ.get("XDG_CACHE_HOME")
    base = Path(named) if named else Path("/var/cache" if os.geteuid() == 0 else "~/.cache")
    folder = base.expanduser() / "chatkit-forge"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def once(name: str, build: Callable[[Path], None]) -> Path:
    """Return the folder `name` of the cache, filled by `build` if it is not there yet.

    `build` gets an empty folder that takes the name only when it returns: an interrupted
    download is never mistaken for a server. Two runs at once wait for each other.
    """
    folder = root() / name
    with FileLock(root() / f"{name}.lock"):
        if not folder.is_dir():
            draft = Path(tempfile.mkdtemp(prefix=f"{name}.", dir=root()))
            try:
                draft.chmod(0o755)
                build(draft)
                draft.rename(folder)
            finally:
                shutil.rmtree(draft, ignore_errors=True)
    return folder
