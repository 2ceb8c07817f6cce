"""Kill publishing at every single call that touches the disk, and look at what is left.

Run as a program (`python -m tests.killed SCENARIO`), because it forks and pytest may have
threads. It prints, as JSON, how many runs were killed and what became of the project.
"""

import itertools
import json
import os
import resource
import shutil
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from types import FrameType
from typing import NoReturn

import filelock

from chatkit_forge import write
from chatkit_forge.errors import UsageError

from .servers import scratch

assert filelock.FileLock  # imported here, so that importing it is not among the calls counted

OLD = {
    "app/config.py": "old config\n",
    "app/sub/store.py": "old store\n" * 2000,
    "own.txt": "own\n",
}
NEW = {
    "app/config.py": "new config, longer\n",
    "app/more/deep/extra.py": "extra\n",
    "tests/test_store.py": "",
    "app/sub/store.py": "new store\n" * 3000,
    ".chatkit-forge.json": "{}\n",
}
TOUCHING = {"open", "write", "flush", "replace", "unlink", "rmdir", "mkdir", "chmod"}
Tree = dict[str, tuple[int, str | None]]


def plant(folder: Path) -> None:
    """Make a project in its old state."""
    for name, text in OLD.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (folder / "app/config.py").chmod(0o640)


def tree(folder: Path) -> Tree:
    """Return every name below `folder` with its mode and, for files, its text."""
    return {
        path.relative_to(folder).as_posix(): (
            path.stat().st_mode,
            path.read_text() if path.is_file() else None,
        )
        for path in folder.rglob("*")
    }


def publish(folder: Path) -> None:
    """Bring the project to its new state."""
    write.publish({PurePosixPath(name): text for name, text in NEW.items()}, folder)


def recover(folder: Path) -> None:
    """Do what the next run does first."""
    write.recover(folder)


def killed(
    action: Callable[[Path], None], folder: Path, at: int, by: signal.Signals = signal.SIGKILL
) -> bool:
    """Run `action` in a child struck before its call number `at`; False: it came to its end."""
    child = os.fork()
    if child == 0:
        _run_until(action, folder, at, by)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) in {0, 130}, "the child failed by itself"
    return os.WEXITSTATUS(status) == 130


def stopped(action: Callable[[Path], None], folder: Path) -> Iterator[None]:
    """Run `action` in a child that stops before each call, and yield each time.

    The disk is then as it would be had the child been killed there.
    """
    child = os.fork()
    if child == 0:
        _run_until(action, folder, 0, signal.SIGSTOP)
    status: int | None = None
    try:
        while os.WIFSTOPPED(status := os.waitpid(child, os.WUNTRACED)[1]):
            yield
            os.kill(child, signal.SIGCONT)
    finally:
        if status is None or os.WIFSTOPPED(status):  # whoever looked found something wrong
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
    assert status == 0, "the child failed by itself"


def _run_until(
    action: Callable[[Path], None], folder: Path, at: int, by: signal.Signals
) -> NoReturn:
    left = at

    def watch(frame: FrameType, event: str, called: object) -> None:
        nonlocal left
        if event != "c_call" or getattr(called, "__name__", "") not in TOUCHING:
            return
        left -= 1
        # A process that was only stopped gets to the calls that follow.
        if left == -1 or (left < 0 and by == signal.SIGSTOP):
            os.kill(os.getpid(), by)

    sys.setprofile(watch)
    try:
        action(folder)
    except UsageError:
        os._exit(0)
    except KeyboardInterrupt:
        os._exit(130)
    finally:  # a failure of any other kind is shown, and is an exit code of its own
        if error := sys.exc_info()[1]:
            sys.excepthook(type(error), error, error.__traceback__)
            os._exit(1)
    os._exit(0)


def killed_everywhere(folder: Path, *, locked: bool) -> Counter[str]:
    """Kill publishing at each call, and look at recovering from every state that leaves.

    A recovery is stopped at each of its calls, which leaves what killing it would: publishing is
    both killed and stopped, and compared. A state is explored once, however many deaths on top of
    each other lead to it. From each, the next whole recovery reaches the old or the new state.
    """
    work, seen = folder / "work", Counter[str]()
    _afresh(work, locked=locked)
    old = tree(work)
    # A first run, to its end: those that follow find its lock file.
    assert not killed(publish, work, sys.maxsize)
    new = tree(work)
    if locked:
        assert new == old
    else:
        assert {name for name in new if (work / name).is_file()} == {*OLD, *NEW}
    _afresh(work, locked=locked)
    before_each = [tree(work) for _ in stopped(publish, work)]
    states: list[Path] = []
    known: list[Tree] = []

    def keep(kind: str) -> None:
        seen[kind] += 1
        if (found := tree(work)) not in known:
            known.append(found)
            states.append(folder / f"state{len(known)}")
            shutil.copytree(work, states[-1])

    for at in itertools.count():
        _afresh(work, locked=locked)
        if not killed(publish, work, at):
            assert tree(work) == new
            assert at == len(before_each)
            break
        assert tree(work) == before_each[at]
        keep("killed")
    for state in states:  # grows while it is walked through
        _remove(work)
        state.rename(work)
        for _ in stopped(recover, work):
            keep("killed while recovering")
        found = tree(work)
        assert found in (old, new), f"neither old nor new from {state}: {found}"
        seen["old" if found == old else "new"] += 1
    return seen


def _afresh(folder: Path, *, locked: bool) -> None:
    _remove(folder)
    plant(folder)
    if locked:
        (folder / "app/sub").chmod(0o555)


def _remove(folder: Path) -> None:
    if folder.exists():
        (folder / "app/sub").chmod(0o755)
        shutil.rmtree(folder)


def killed_writing(folder: Path) -> Counter[str]:
    """Kill publishing inside a write, at file sizes from nothing to more than the largest file."""
    work, seen = folder / "work", Counter[str]()
    for size in (0, 1, 5, 10, 18, 19, 100, 5000, 20_000, 29_999, 30_000):
        _afresh(work, locked=False)
        old = tree(work)
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # Python ignores it
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
            publish(work)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status) == (size < 30_000), f"size {size}: status {status}"
        write.recover(work)
        seen["old" if tree(work) == old else "new"] += 1
    return seen


def interrupted_everywhere(folder: Path) -> Counter[str]:
    """Press Ctrl-C at each call of publishing; the same process has to clean up."""
    work, seen = folder / "work", Counter[str]()
    _afresh(work, locked=False)
    old = tree(work)
    publish(work)
    new = tree(work)
    for at in itertools.count():
        _afresh(work, locked=False)
        if not killed(publish, work, at, signal.SIGINT):
            return seen
        found = tree(work)
        assert found in (old, new), f"neither old nor new after {at}: {found}"
        seen["old" if found == old else "new"] += 1
    raise AssertionError("unreachable")


def main() -> None:
    """Play one scenario and print what was seen."""
    if sys.argv[1] == "locked" and os.geteuid() == 0:
        os.setgid(65534)  # permissions do not bind root
        os.setuid(65534)
    # A death by signal asks nothing of the disk, and thousands of runs would wait for it.
    with scratch.chosen(), tempfile.TemporaryDirectory() as folder:
        if sys.argv[1] == "writing":
            seen = killed_writing(Path(folder))
        elif sys.argv[1] == "interrupted":
            seen = interrupted_everywhere(Path(folder))
        else:
            seen = killed_everywhere(Path(folder), locked=sys.argv[1] == "locked")
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
