"""The suite itself: complete, readable, cheap to have installed, and plain to pytest."""

import asyncio
import inspect
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, cast

import pytest
from chatkit.store import Store

from chatkit_forge.contract import StoreContract, harness
from chatkit_forge.contract.calls import CALLS, sdk_methods
from chatkit_forge.contract.harness import contract_cases, contract_test
from chatkit_forge.contract.points import POINTS, point_of
from chatkit_forge.contract.samples import SAMPLES, item_types
from chatkit_forge.contract.scene import Scene
from chatkit_forge.contract.suite import NEEDS_DATABASE, NEEDS_RAW_WRITES

from ..warm import finished

TESTS: dict[str, Callable[..., None]] = {
    name: getattr(StoreContract, name) for name in dir(StoreContract) if name.startswith("test_")
}
HEAVY = ("chatkit", "hypothesis", "pydantic", "openai", "agents")


class Bare(StoreContract[Any]):
    """Lack everything that is optional."""

    persistent: ClassVar[bool] = False


class Full(Bare):
    """Lack nothing."""

    persistent: ClassVar[bool] = True

    async def write_raw_item(
        self, store: Store[Any], thread_id: str, item_id: str, text: str, owner: str
    ) -> None:
        """Do nothing."""


def test_every_point_has_a_test() -> None:
    """Leave none of the 17 points to chance."""
    assert {point_of(f"::{name}") for name in TESTS} >= set(POINTS)


def test_names_and_docstrings() -> None:
    """Carry the point in every name, and say in one sentence what is held."""
    assert not [name for name in TESTS if not re.match(r"test_(p\d\d|surface|random)_", name)]
    said = {name: inspect.getdoc(test) or "" for name, test in TESTS.items()}
    assert not [name for name, text in said.items() if not re.fullmatch(r"(?s)[A-Z].*\.", text)]


def test_plain_to_pytest() -> None:
    """Be no coroutine functions, so that no asyncio plugin is needed and none takes them over."""
    for test in TESTS.values():
        assert not inspect.iscoroutinefunction(test)
        assert "scene" not in inspect.signature(test).parameters


def test_sdk_is_covered() -> None:
    """Know every method and every item type of the installed SDK, and none that it has not."""
    assert set(CALLS) == set(sdk_methods()) == Store.__abstractmethods__
    assert set(SAMPLES) == set(item_types())


def test_taken_out_by_what_is_lacking() -> None:
    """Collect what a store can be put to; a subclass that lacks less gets its tests back."""
    for name in (*NEEDS_RAW_WRITES, *NEEDS_DATABASE):
        assert getattr(Bare, name) is None
        assert callable(getattr(Full, name))
    assert len(NEEDS_RAW_WRITES) == 3


def test_nothing_heavy_until_used() -> None:
    """Import neither chatkit nor hypothesis with the package or with its pytest plugin."""
    code = (
        "import sys, chatkit_forge.contract, chatkit_forge.contract.plugin\n"
        f"print(*(name for name in {HEAVY} if name in sys.modules))"
    )
    run = [sys.executable, "-c", code]
    assert subprocess.run(run, check=True, capture_output=True, text=True).stdout.strip() == ""


def test_unknown_names_are_unknown() -> None:
    """Offer the suite and nothing else by name."""
    contract: Any = sys.modules["chatkit_forge.contract"]
    with pytest.raises(AttributeError, match="StoreContrast"):
        _ = contract.StoreContrast


USER_TESTS = '''
from chatkit.store import NotFoundError, Store
from chatkit_forge.contract import StoreContract

class Nothing(Store[dict]):
    """Raises or returns nothing, whatever is asked."""
    {methods}

class TestNothing(StoreContract[dict]):
    def make_store(self): return Nothing()
    def make_context(self, owner): return {{"user_id": owner}}
'''


def test_summary_names_the_points(tmp_path: Path) -> None:
    """Say at the end which points failed, in words, with rewritten assertions above."""
    methods = "\n    ".join(f"async def {name}(self, *args, **kwargs): ..." for name in CALLS)
    path = tmp_path / "test_nothing.py"
    path.write_text(USER_TESTS.format(methods=methods), encoding="utf-8")
    plugin = ("-p", "no:cacheprovider", "-q", "-k", "p03 or p09_save or surface_thread_ids")
    code, printed = finished(("pytest", *plugin, str(path)), tmp_path, os.environ)
    assert code == 1
    lines = printed.splitlines()
    assert f"point  9  {POINTS[9]} (1 test)" in lines
    assert any(line.startswith(f"point  3  {POINTS[3]} (") for line in lines)
    assert any(line.startswith("surface   ") for line in lines)
    assert "assert None ==" in printed


PLAYED = """
from chatkit_forge.contract import machine

def play(test, settings): print("played", settings.max_examples)
machine.run_state_machine_as_test = play
"""


@pytest.mark.parametrize(
    ("options", "said", "code"),
    [
        ((), "played 30", 0),
        (("--chatkit-examples", "7"), "played 7", 0),
        (("--chatkit-examples", "0"), "argument --chatkit-examples: '0' is no number from 1", 4),
    ],
)
def test_as_much_is_played_as_is_asked(
    options: tuple[str, ...], said: str, code: int, tmp_path: Path
) -> None:
    """Let a run say how many sequences of operations a store is put through."""
    path = tmp_path / "test_nothing.py"
    path.write_text(USER_TESTS.format(methods="x = 1") + PLAYED, encoding="utf-8")
    sources = path.read_text(encoding="utf-8").replace("Nothing()", "object()")
    path.write_text(sources, encoding="utf-8")
    command = ("pytest", "-p", "no:cacheprovider", "-qs", "-k", "random", *options, str(path))
    ended, printed = finished(command, tmp_path, os.environ | {"PYTEST_ADDOPTS": ""})
    assert said in printed
    assert ended == code


def test_arguments_are_passed_on() -> None:
    """Hand a test the scene, and whatever pytest passes by position or by name."""
    seen: list[object] = []

    class Tried(Full):
        def make_store(self) -> Store[Any]:
            return cast("Any", object())

        def make_context(self, owner: str) -> Any:
            return owner

        @contract_test
        async def tried(self, scene: Any, number: int, *, word: str = "") -> None:
            """Remember what arrived."""
            seen.append((scene.alice[:6], number, word))

    Tried().tried(7, word="by name")
    assert seen == [("alice-", 7, "by name")]


class Counting(Full):
    """Make a store that is nobody's, and a context that is its owner."""

    seen: ClassVar[list[tuple[object, str, int, str]]]

    def make_store(self) -> Store[Any]:
        """Return a new one."""
        return cast("Any", object())

    def make_context(self, owner: str) -> Any:
        """Return the owner."""
        return owner

    @contract_cases("number,word", [(1, "one"), (2, "two"), (3, "three")])
    async def take(self, scene: Scene[Any], number: int, word: str) -> None:
        """Remember what arrived, and fail where it is even or long."""
        self.seen.append((scene.store, scene.alice, number, word))
        assert number != 2
        if len(word) > 3:
            pytest.fail("long")


@pytest.mark.parametrize("persistent", [True, False])
def test_cases_have_owners_of_their_own_and_share_what_is_kept_elsewhere(
    persistent: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Connect once to a database; take every case, and tell each that fails."""
    monkeypatch.setattr(Counting, "persistent", persistent)
    monkeypatch.setattr(Counting, "seen", [], raising=False)
    with pytest.raises(BaseExceptionGroup, match="2 of 3 cases fail") as caught:
        Counting().take()
    assert [seen[2:] for seen in Counting.seen] == [(1, "one"), (2, "two"), (3, "three")]
    assert len({seen[1] for seen in Counting.seen}) == 3
    assert len({id(seen[0]) for seen in Counting.seen}) == (1 if persistent else 3)
    notes = [error.__notes__ for error in caught.value.exceptions]
    assert notes == [
        ["in the case {'number': 2, 'word': 'two'}"],
        ["in the case {'number': 3, 'word': 'three'}"],
    ]


def test_one_case_that_fails_is_told_as_it_is() -> None:
    """Show no group where there is but one error."""

    class Tried(Counting):
        @contract_cases("number", [1, 2])
        async def tried(self, scene: Scene[Any], number: int) -> None:
            """Fail once."""
            assert number != 2, "even"

    with pytest.raises(AssertionError, match="even") as caught:
        Tried().tried()
    assert caught.value.__notes__ == ["in the case {'number': 2}"]
    assert inspect.unwrap(Tried.tried).__code__.co_filename == __file__
    assert list(inspect.signature(Tried.tried).parameters) == ["self"]


def test_a_case_that_waits_for_ever_ends_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for it as long as for any test, and not for each of the cases that follow."""
    monkeypatch.setattr(harness, "TEST_TIMEOUT", 0.05)
    taken: list[int] = []

    class Tried(Counting):
        @contract_cases("number", [1, 2])
        async def tried(self, scene: Scene[Any], number: int) -> None:
            """Wait."""
            taken.append(number)
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        Tried().tried()
    assert taken == [1]
