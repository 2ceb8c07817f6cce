"""What one test has had proven is there for all others, as long as their run lasts."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from .cache import CACHE, VARIABLE

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = """
import sys, pytest
from tests.cache import CACHE
CACHE.mkdir(exist_ok=True)
print(CACHE)
sys.exit(pytest.main(["-q", "--collect-only", "tests/test_cache.py"]))
"""


def place(environment: Mapping[str, str]) -> Path:
    """Return the cache of a run of tests that this one makes."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env={**environment, "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return Path(done.stdout.splitlines()[0])


def test_a_run_within_this_one_leaves_the_cache() -> None:
    """It has the same, and is not the one to remove it."""
    assert place(os.environ) == CACHE
    assert CACHE.is_dir()


def test_a_run_of_its_own_removes_its_cache() -> None:
    """Nothing stays behind, and nobody else finds what was proven."""
    cache = place({name: value for name, value in os.environ.items() if name != VARIABLE})
    assert cache != CACHE
    assert not cache.exists()
