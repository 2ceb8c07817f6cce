"""Publish where the disk is full, read-only or in pieces, and look at what is left.

Run as a program (`python -m tests.faults FAULT`) in a mount namespace of its own, so that file
systems made for the purpose bind nobody else. It prints what was seen as JSON.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from chatkit_forge import journal, write
from chatkit_forge.errors import UsageError

from .killed import NEW, OLD, plant, publish, tree

PAGE = os.sysconf("SC_PAGE_SIZE")
MOUNTED: list[Path] = []


def system(program: str, *arguments: str | Path) -> None:
    """Run a program of the system's."""
    subprocess.run([shutil.which(program) or program, *arguments], check=True)


def mount(folder: Path, options: str) -> None:
    """Put an empty file system into `folder`."""
    folder.mkdir(exist_ok=True)
    system("mount", "-t", "tmpfs", "-o", options, "none", folder)
    MOUNTED.append(folder)


def attempt(folder: Path, seen: Counter[str]) -> str:
    """Publish, check that all or nothing happened and no journal stays, and count the line."""
    old = tree(folder)
    line = "published"
    try:
        publish(folder)
    except UsageError as error:
        line = str(error)
        assert "\n" not in line
        assert tree(folder) == old, "a refused run has to leave everything as it was"
    else:
        assert {name for name in tree(folder) if (folder / name).is_file()} >= {*OLD, *NEW}
    assert not (folder / journal.FOLDER).exists()
    seen[line] += 1
    return line


def full(folder: Path) -> Counter[str]:
    """Publish onto a disk of 64 pages with less and less of it taken, until it fits."""
    seen = Counter[str]()
    for free in range(100):
        work = folder / f"free{free}"
        mount(work, f"size={64 * PAGE}")
        plant(work)
        with (work / "ballast").open("wb", buffering=0) as ballast:
            room = os.statvfs(work)
            ballast.write(bytes(max(room.f_bfree - free, 0) * PAGE))
        if attempt(work, seen) == "published":
            break
    return seen


def no_names(folder: Path) -> Counter[str]:
    """Publish onto a disk that has room for few more files and folders, until it fits."""
    seen = Counter[str]()
    for names in range(8, 100):
        work = folder / f"names{names}"
        mount(work, f"nr_inodes={names}")
        plant(work)
        if attempt(work, seen) == "published":
            break
    return seen


def mounted(folder: Path) -> Counter[str]:
    """Publish into a project whose `app/sub` is a file system of its own, roomy and then full."""
    seen = Counter[str]()
    for size in (64 * PAGE, 6 * PAGE):
        work = folder / f"size{size}"
        mount(work, "size=1m")
        (work / "app").mkdir()
        mount(work / "app/sub", f"size={size}")
        plant(work)
        attempt(work, seen)
    return seen


def quota(folder: Path) -> Counter[str]:
    """Publish under a limit on the size of a file, which needs no rights to set."""
    seen = Counter[str]()
    work = folder / "work"
    work.mkdir()
    plant(work)
    for size in (0, 10, 5_000, 29_999, 30_000):
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, 30_000))
        attempt(work, seen)
    return seen


def read_only_mount(folder: Path) -> Counter[str]:
    """Publish onto a disk that is mounted read-only."""
    seen = Counter[str]()
    work = folder / "work"
    mount(work, "size=1m")
    plant(work)
    system("mount", "-o", "remount,ro", work)
    attempt(work, seen)
    return seen


def read_only_folder(folder: Path) -> Counter[str]:
    """Publish where the project, and then one folder of it, may not be written to."""
    seen = Counter[str]()
    work = folder / "work"
    work.mkdir()
    plant(work)
    for locked in (work, work / "app/sub"):
        locked.chmod(0o555)
        attempt(work, seen)
        locked.chmod(0o755)
    return seen


def read_only_later(folder: Path) -> Counter[str]:
    """Let the disk go read-only amid publishing: the next run that may write finishes it."""
    seen = Counter[str]()
    work = folder / "work"
    mount(work, "size=1m")
    plant(work)
    old = tree(work)

    def lock(event: str, args: tuple[object, ...]) -> None:
        if event == "os.rename" and str(args[1]).endswith("store.py"):
            system("mount", "-o", "remount,ro", work)

    sys.addaudithook(lock)
    for action in (publish, write.recover):
        try:
            action(work)
        except UsageError as error:
            seen[str(error)] += 1
        assert (work / journal.FOLDER).exists(), "what is half done has to be remembered"
    system("mount", "-o", "remount,rw", work)
    subprocess.run([sys.executable, "-m", "tests.faults", "recover", work], check=True)
    assert {name: (work / name).read_text() for name in {*OLD, *NEW}} == {**OLD, **NEW}
    assert not (work / journal.FOLDER).exists()
    assert tree(work).keys() > old.keys()
    return seen


FAULTS: tuple[Callable[[Path], Counter[str]], ...] = (
    full,
    no_names,
    mounted,
    quota,
    read_only_mount,
    read_only_folder,
    read_only_later,
)


def main() -> None:
    """Play one fault and print the lines the user would have read."""
    if sys.argv[1] == "recover":
        write.recover(Path(sys.argv[2]))
        return
    if sys.argv[1] == "read_only_folder" and os.geteuid() == 0:
        os.setgid(65534)  # permissions do not bind root
        os.setuid(65534)
    fault = next(fault for fault in FAULTS if fault.__name__ == sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        try:
            seen = fault(Path(folder))
        finally:
            for mounted_folder in reversed(MOUNTED):
                system("umount", mounted_folder)
        print(json.dumps({line.replace(folder, "FOLDER"): n for line, n in seen.items()}))


if __name__ == "__main__":
    main()
