"""Share the files of a run among processes, where that is quicker."""

import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, NoReturn, TypeVar

from .module import Module

T = TypeVar("T")
# A process for fewer would take longer to begin and end than it saves.
_LEAST = 20
# So much more willing than others to wait for a processor, of 19.
_PATIENCE = 15


def processes() -> int:
    """Return how many processes may run at once; 1 where they cannot be copies of this one."""
    if sys.platform != "linux" or threading.active_count() > 1:
        return 1
    return len(os.sched_getaffinity(0))


def spread(
    work: Callable[[Sequence[Module]], list[T]], modules: Sequence[Module], processes: int
) -> list[T]:
    """Return what the work finds in these modules, in their order, whoever looked at which.

    The processes are copies of this one, with whatever was parsed. A part whose process
    failed is looked at here: what was wrong there is raised here.
    """
    mine, *others = _parts(modules, min(processes, len(modules) // _LEAST))
    helpers: list[_Helper | None] = []
    try:
        for part in others:
            helpers.append(_begun(work, part, helpers))
        found = work(mine)
        for helper, part in zip(helpers, others, strict=True):
            answer = helper.answer() if helper is not None else None
            found += work(part) if answer is None else answer
    finally:
        for helper in filter(None, helpers):
            helper.end()
    return found


def beside(work: Callable[[Sequence[Module]], list[T]], modules: Sequence[Module]) -> list[T]:
    """Return what the work finds, done so that another program of ours is not held up by it.

    It is done by a copy of this process that waits for processors nobody else wants: pyright needs
    more than one, and takes longer. Few files are looked at here, as is all where no copy can be.
    """
    if processes() == 1 or len(modules) < _LEAST:
        return work(modules)

    def patient(part: Sequence[Module]) -> list[T]:
        os.nice(_PATIENCE)
        return work(part)

    helper = _begun(patient, modules, ())
    try:
        answer = helper.answer() if helper is not None else None
        return work(modules) if answer is None else answer
    finally:
        if helper is not None:
            helper.end()


def _parts(modules: Sequence[Module], count: int) -> list[Sequence[Module]]:
    """Return the modules in so many parts, and at least one, each with as much source."""
    sizes = [len(module.text) for module in modules]
    parts: list[Sequence[Module]] = []
    begin, seen, total = 0, 0, sum(sizes)
    for end, size in enumerate(sizes, start=1):
        seen += size
        if len(parts) + 1 < count and seen * count >= total * (len(parts) + 1):
            parts.append(modules[begin:end])
            begin = end
    return [*parts, modules[begin:]]


@dataclass(frozen=True, slots=True)
class _Helper:
    """Hold a process, and where its answer is read."""

    process: int
    pipe: BinaryIO

    def answer(self) -> list[Any] | None:
        """Wait for what the process found; None when it failed."""
        data = self.pipe.read()
        return pickle.loads(data) if data else None  # noqa: S301  our own process wrote it

    def end(self) -> None:
        """End the process, which has answered, or whose answer nobody waits for any more."""
        self.pipe.close()
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)


def _begun(
    work: Callable[[Sequence[Module]], list[Any]],
    part: Sequence[Module],
    others: Sequence[_Helper | None],
) -> _Helper | None:
    """Start a process that does a part of the work; None when the machine allows no more."""
    reading, writing = os.pipe()
    try:
        process = os.fork()
    except OSError:
        os.close(reading)
        os.close(writing)
        return None
    if process == 0:
        # When nobody reads an answer any more, whoever writes it must learn of that.
        os.close(reading)
        for other in filter(None, others):
            other.pipe.close()
        _work(work, part, writing)
    os.close(writing)
    return _Helper(process, open(reading, "rb"))


def _work(
    work: Callable[[Sequence[Module]], list[Any]], part: Sequence[Module], writing: int
) -> NoReturn:
    """Write what the work finds, all or nothing, and end without a trace of the parent's own."""
    try:
        answer = pickle.dumps(work(part))
        with open(writing, "wb") as pipe:
            pipe.write(answer)
    finally:
        os._exit(0)
