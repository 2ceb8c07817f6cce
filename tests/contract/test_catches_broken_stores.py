"""The suite is worth something only if it fails on bad stores, and on nothing else."""

import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from chatkit_forge.contract.points import POINTS, point_of

from .broken.variants import RANDOM, VARIANTS, Variant

SUITE: Final = Path(__file__).parent / "broken" / "suite.py"
ROOT: Final = Path(__file__).resolve().parents[2]
_OUTCOME: Final = re.compile(r"^(PASSED|FAILED|ERROR) \S+::Test(\w+)::(test_\w+)", re.MULTILINE)

# Found with every seed tried, in a dozen runs; the suite plays more than twice as many.
FOUND_BY_PLAY: Final = {
    *("AttachmentInsertOnly", "AttachmentsLeftBehind", "CaseIgnored", "DroppedMetadata"),
    *("InsertOnlyAdd", "KeyErrors", "LoudDelete", "MillisecondsInUtc", "PhantomThread"),
    *("RewrittenCreatedAt", "ThreadIdTaken", "UnscopedRead", "UpdateOnlySave"),
    *("StaleCursorRestarts", "UpsertMovesItems"),
}

Outcomes = dict[str, dict[str, set[str]]]


@pytest.fixture(scope="module")
def outcomes() -> Outcomes:
    """Run the suite over all variants in one process; test names by variant and outcome."""
    run = subprocess.run(
        [
            sys.executable,
            *("-m", "pytest", "-rA", "-q", "--tb=no", "-W", "ignore", "--show-capture=no"),
            *("-p", "no:cacheprovider", "-p", "no:randomly", str(SUITE)),
        ],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert run.returncode == 1, run.stdout + run.stderr
    found: Outcomes = defaultdict(lambda: defaultdict(set))
    for outcome, variant, test in _OUTCOME.findall(run.stdout):
        found[variant][outcome].add(test)
    return found


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda each: each.store.__name__)
def test_variant_is_caught(
    outcomes: Outcomes, variant: Variant, record_property: Callable[[str, object], None]
) -> None:
    """Fail the tests that are about the fault, and none that are about something else."""
    name = variant.store.__name__
    found = outcomes[name]
    line = f"{name:22} {', '.join(sorted(found['FAILED'])) or 'none'}"
    record_property("table: broken stores, and the tests that catch them", line)
    assert not found["ERROR"]
    assert variant.caught_by <= found["FAILED"]
    stray = {
        test for test in found["FAILED"] - {RANDOM} if point_of(f"::{test}") not in variant.touches
    }
    assert not stray
    assert len(found["PASSED"]) > len(found["FAILED"])


def test_every_point_catches_something() -> None:
    """Prove each of the 17 points by at least one store that fails its tests."""
    proved = {point_of(f"::{test}") for variant in VARIANTS for test in variant.caught_by}
    assert proved >= set(POINTS)


def test_random_operations_catch_faults(outcomes: Outcomes) -> None:
    """Let the state machine find by itself what few operations suffice to show."""
    caught = {name for name, found in outcomes.items() if RANDOM in found["FAILED"]}
    assert caught >= FOUND_BY_PLAY
    assert "Sound" not in caught
