"""The README says what the commands do: every option of each, and no other."""

import re

import pytest

from chatkit_forge.__main__ import run
from tests.examples import EXAMPLES, tree
from tests.test_main import ROOT
from tests.test_new import RECEIPT

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


@pytest.mark.parametrize(
    ("command", "example"), [("new app my-assistant", "app-sqlite"), ("new store", "sqlite")]
)
def test_the_readme_shows_as_many_files_as_there_are(command: str, example: str) -> None:
    """The output it shows is that of today's templates, as the examples are."""
    [shown] = re.findall(
        rf"^\$ chatkit-forge {command} --backend sqlite\n(.*?)\n\n", README, re.M | re.S
    )
    files = tree(EXAMPLES / example).keys() - {RECEIPT}
    sources = {str(len([name for name in files if name.endswith(".py")]))}
    created = re.findall(r"^create +(\S+)$", shown, re.M)
    more = re.findall(r"^\[(\d+) more files\]$", shown, re.M)
    assert set(created) <= files
    assert len(created) + sum(map(int, more)) == len(files)
    assert set(re.findall(r"(\d+) files(?: formatted|, strict)", shown)) == sources
