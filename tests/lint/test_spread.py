"""Files shared among processes: the same findings in the same order, whatever becomes of one."""

import os
from collections.abc import Sequence

import pytest

from chatkit_forge.lint.finding import Finding, Span
from chatkit_forge.lint.module import Module
from chatkit_forge.lint.spread import beside, spread

MODULES = [Module(f"m{number}.py", f"m{number}", "pass\n" * (number % 7)) for number in range(90)]
PATHS = [module.path for module in MODULES]
HERE = os.getpid()

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no process can be copied here")


def finding(path: str) -> Finding:
    """Return a finding whose message is the process that made it."""
    return Finding(path, Span(1, 1, 1, 2), "CKF101", "name", "error", str(os.getpid()), "")


def look(part: Sequence[Module]) -> list[Finding]:
    """Find something in each module."""
    return [finding(module.path) for module in part]


@pytest.mark.parametrize("processes", [1, 2, 3, 50])
def test_each_file_is_looked_at_once_and_in_order(processes: int) -> None:
    assert [found.path for found in spread(look, MODULES, processes)] == PATHS


def test_the_work_is_done_by_so_many_processes() -> None:
    assert len({found.message for found in spread(look, MODULES, 3)}) == 3


def test_a_few_files_are_looked_at_here() -> None:
    assert {found.message for found in spread(look, MODULES[:30], 3)} == {str(HERE)}
    assert spread(look, [], 3) == []


def test_what_a_dead_process_left_is_looked_at_here() -> None:
    def dying(part: Sequence[Module]) -> list[Finding]:
        if os.getpid() != HERE:
            os._exit(9)
        return look(part)

    found = spread(dying, MODULES, 3)
    assert [each.path for each in found] == PATHS
    assert {each.message for each in found} == {str(HERE)}


def test_an_error_in_another_process_is_raised_here() -> None:
    def failing(part: Sequence[Module]) -> list[Finding]:
        if part[-1] is MODULES[-1]:
            raise LookupError(part[-1].path)
        return look(part)

    with pytest.raises(LookupError, match="m89"):
        spread(failing, MODULES, 3)


def test_no_process_is_left_when_the_work_fails_here(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[int] = []
    fork = os.fork

    def noted() -> int:
        begun.append(fork())
        return begun[-1]

    monkeypatch.setattr(os, "fork", noted)

    def failing(part: Sequence[Module]) -> list[Finding]:
        if os.getpid() == HERE:
            raise LookupError(part[0].path)
        return look(part) * 10_000

    with pytest.raises(LookupError, match="m0"):
        spread(failing, MODULES, 3)
    assert len(begun) == 2
    for process in begun:  # other tests' processes may be children of this one as well
        with pytest.raises(ChildProcessError):
            os.waitpid(process, os.WNOHANG)


@pytest.fixture
def several_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Be on a machine with two; pytest may have threads, which forbid to copy a process."""
    monkeypatch.setattr("chatkit_forge.lint.spread.processes", lambda: 2)


@pytest.mark.usefixtures("several_processors")
def test_beside_others_the_work_is_done_by_one_that_waits_for_them() -> None:
    def noting(part: Sequence[Module]) -> list[tuple[str, int]]:
        return [(found.message, os.nice(0)) for found in look(part)]

    ((process, niceness),) = set(beside(noting, MODULES))
    assert process != str(HERE)
    assert niceness > os.nice(0)


@pytest.mark.usefixtures("several_processors")
def test_a_few_files_are_looked_at_here_beside_others_too() -> None:
    assert {found.message for found in beside(look, MODULES[:10])} == {str(HERE)}


@pytest.mark.usefixtures("several_processors")
def test_what_a_dead_process_left_beside_others_is_looked_at_here() -> None:
    def dying(part: Sequence[Module]) -> list[Finding]:
        if os.getpid() != HERE:
            os._exit(9)
        return look(part)

    assert [each.path for each in beside(dying, MODULES)] == PATHS
