"""Where a run writes: to memory, where there is enough of it.

A database waits for the disk at every commit, and so do the stores that tests write to: in memory
their tests take half the time. Nothing here outlives the run.
"""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108  the name that every Linux gives it
ROOM = 8 << 30  # bytes; a whole run takes half of it, environments included
_FREE = Path("/proc/meminfo")


@contextlib.contextmanager
def chosen() -> Generator[None]:
    """Have temporary files made in memory from here on, unless TMPDIR names a place already."""
    if os.environ.get("TMPDIR") or not roomy(MEMORY):
        yield
        return
    with tempfile.TemporaryDirectory(prefix="ckf-", dir=MEMORY, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o1777)  # like /tmp: the servers run as users of their own
        if not _runs_programs(folder):
            yield
            return
        os.environ["TMPDIR"], tempfile.tempdir = name, None
        try:
            yield
        finally:
            del os.environ["TMPDIR"]
            tempfile.tempdir = None


def roomy(folder: Path) -> bool:
    """Say whether a folder can be written, and takes a whole run without crowding out programs."""
    if not os.access(folder, os.W_OK | os.X_OK) or not _FREE.is_file():
        return False
    facts = dict(line.split(":", 1) for line in _FREE.read_text(encoding="ascii").splitlines())
    available = int(facts["MemAvailable"].split()[0]) << 10
    return shutil.disk_usage(folder).free >= ROOM and available >= ROOM * 3 // 2


def _runs_programs(folder: Path) -> bool:
    """Say whether a program may be run from a folder; some systems forbid it in memory."""
    probe = folder / "probe"
    probe.write_text("#!/bin/sh\n", encoding="ascii")
    probe.chmod(0o755)
    try:
        return subprocess.run([probe], check=False).returncode == 0
    except PermissionError:
        return False
    finally:
        probe.unlink()
