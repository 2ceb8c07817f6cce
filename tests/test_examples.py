"""The examples are what the command writes today, to the byte."""

from pathlib import Path

import pytest

from chatkit_forge.options import BACKENDS

from .cache import OWN_CACHE
from .examples import EXAMPLES, NAMES, generate, tree


def test_examples_are_strictly_typed(examples_found: list[str]) -> None:
    """Neither errors nor warnings, in strict mode."""
    assert examples_found == []


@pytest.mark.usefixtures("examples_found")
@pytest.mark.parametrize("name", NAMES)
def test_example_is_current(name: str, tmp_path: Path) -> None:
    """Generate it again and compare; `make examples` writes what differs."""
    assert tree(EXAMPLES / name) == generate(name, tmp_path, OWN_CACHE)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_store_is_read_in_one_sitting(backend: str) -> None:
    """Keep each store, with default options, between 250 and 450 lines."""
    store = EXAMPLES / backend / "app" / "stores" / f"{backend}.py"
    assert 250 <= len(store.read_text(encoding="utf-8").splitlines()) <= 450


def test_no_example_is_left_over() -> None:
    """Hold nothing in the folder but what is written there."""
    assert {path.name for path in EXAMPLES.iterdir()} == set(NAMES)
