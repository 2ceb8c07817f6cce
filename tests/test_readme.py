"""The README says what the commands do: every option of each, and no other."""

import re

import pytest

from chatkit_forge.__main__ import run
from tests.test_main import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
_SECTION = re.compile(r"^## chatkit-forge (new \w+|check)\n(.*?)(?=^## )", re.M | re.S)
SECTIONS = dict(_SECTION.findall(README))


def test_every_way_to_write_has_a_section() -> None:
    """A command that the README does not know is found by nobody."""
    assert set(SECTIONS) == {"new store", "new server", "new app", "check"}


@pytest.mark.parametrize("command", SECTIONS)
def test_the_readme_has_every_option(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The table of options and `--help` agree."""
    assert run([*command.split(), "--help"]) == 0
    told = set(re.findall(r"^  (?:-\w, )?(--[a-z-]+)", capsys.readouterr().out, re.MULTILINE))
    table = set(re.findall(r"^\| `(--[a-z-]+)", SECTIONS[command], re.MULTILINE))
    assert table == told - {"--help"}
