"""The forms that other programs read are what those programs expect."""

import ast
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from sarif_pydantic import Sarif  # pyright: ignore[reportMissingTypeStubs]  it has no mark

from .running import BAD, check, write

# An error with a safe fix, a warning, a finding on several lines, and one in a file with a blank.
FILES = {
    "app/store.py": BAD
    + "\nfrom chatkit.widgets import Card\n\nCARD = Card(children=[])\n"
    + "\nMORE = UserMessageTextContent(\n    type='text',\n    text='ü',\n)\n",
    "app/with blank.py": "from chatkit.store import Nothing\n",
    "app/broken.py": "import chatkit.store\n(",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a project with findings of every kind."""
    return write(tmp_path_factory.mktemp("formats") / "p", FILES)


def printed(project: Path, name: str) -> str:
    """Return what the command prints in a format."""
    result = check(project, "--no-types", "--format", name)
    assert result.returncode == 1, result.stderr
    return result.stdout


def listed(project: Path) -> list[dict[str, Any]]:
    """Return the findings themselves."""
    return json.loads(printed(project, "json"))


def test_sarif_fits_its_schema(project: Path) -> None:
    """Models made from the schema of SARIF 2.1.0 take it, and give it back without a loss."""
    log = json.loads(printed(project, "sarif"))
    taken = Sarif.model_validate(log)
    assert taken.model_dump(by_alias=True, exclude_unset=True, mode="json") == log


def test_sarif_says_what_code_scanning_needs(project: Path) -> None:
    """Places are relative URIs, rules are described, names are stable, and safe fixes are there."""
    (run,) = json.loads(printed(project, "sarif"))["runs"]
    rules = run["tool"]["driver"]["rules"]
    entries = listed(project)
    assert len(run["results"]) == len(entries)
    for result, entry in zip(run["results"], entries, strict=True):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == entry["code"]
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == entry["path"].replace(" ", "%20")
        assert place["region"]["startLine"] == entry["line"]
    names = [result["partialFingerprints"]["chatkitForge/v1"] for result in run["results"]]
    assert len(set(names)) == len(names)
    assert any(result.get("fixes") for result in run["results"])
    assert all(rule["help"]["text"] for rule in rules if rule["id"] not in ("CKF001", "CKF002"))


IMPORTS = [
    "",
    "from typing import Any\n",
    '"""Uploads."""\n\nfrom __future__ import annotations\n\nimport os  # why\n',
]


@pytest.mark.parametrize("imports", IMPORTS)
@pytest.mark.parametrize("body", ["        print(attachment_id)\n", "        print(1)"])
def test_sarif_writes_the_imports_of_a_fix(imports: str, body: str, tmp_path: Path) -> None:
    """What stands in the log, put into the file, is what `--fix` makes of it, but for the order."""
    source = (
        f"{imports}from chatkit.store import AttachmentStore\n\n\n"
        "class Uploads(AttachmentStore[dict]):\n"
        f"    async def delete_attachment(self, attachment_id, context=(1, ')')):\n{body}"
    )
    folder = write(tmp_path / "p", {"a.py": source})
    (run,) = json.loads(printed(folder, "sarif"))["runs"]
    rows, places = source.split("\n"), set[tuple[tuple[int, int], tuple[int, int], str]]()
    for result in run["results"]:
        (change,) = result["fixes"][0]["artifactChanges"]
        for each in change["replacements"]:
            where = each["deletedRegion"]
            begin, end = (
                (where[f"{side}Line"] - 1, where[f"{side}Column"] - 1) for side in ("start", "end")
            )
            places.add((begin, end, each["insertedContent"]["text"]))
    text = source
    for begin, end, new in sorted(places, reverse=True):
        first, last = (sum(len(row) + 1 for row in rows[: at[0]]) + at[1] for at in (begin, end))
        text = text[:first] + new + text[last:]
    check(folder, "--no-types", "--fix")
    assert sorted(ast.unparse(n) for n in ast.parse(text).body) == sorted(
        ast.unparse(n) for n in ast.parse((folder / "a.py").read_text()).body
    )


def test_gitlab_gets_a_code_quality_report(project: Path) -> None:
    """Each entry has the keys that GitLab asks for, and a fingerprint of its own."""
    entries = json.loads(printed(project, "gitlab"))
    assert len({entry["fingerprint"] for entry in entries}) == len(entries) == len(listed(project))
    for entry in entries:
        assert entry["description"]
        assert entry["check_name"]
        assert entry["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert not entry["location"]["path"].startswith(("/", "."))
        assert entry["location"]["lines"]["begin"] >= 1


def test_junit_counts_what_it_holds(project: Path) -> None:
    """It is XML with a failed test case for each finding."""
    text = printed(project, "junit")
    assert text.startswith("<?xml")
    suite = ElementTree.fromstring(text).find("testsuite")  # noqa: S314  our own text
    assert suite is not None
    cases = suite.findall("testcase")
    assert suite.get("tests") == suite.get("failures") == str(len(cases))
    assert len(cases) == len(listed(project))
    assert all(case.find("failure") is not None and case.get("name") for case in cases)


def test_github_is_told_of_errors_first(project: Path) -> None:
    """Only ten of a kind are shown there: errors come before warnings, wherever they are."""
    lines = printed(project, "github").splitlines()
    kinds = [line.partition(" ")[0] for line in lines]
    assert kinds == sorted(kinds)
    assert set(kinds) == {"::error", "::warning"}
    assert any(line.startswith("::error file=app/with blank.py,line=1,") for line in lines)


def test_concise_is_one_line_a_finding(project: Path) -> None:
    """Editors and `grep` read path, line, column, code and message."""
    wanted = [
        f"{e['path']}:{e['line']}:{e['column']}: {e['code']} {e['message']}"
        for e in listed(project)
    ]
    assert printed(project, "concise").splitlines() == wanted


@pytest.mark.parametrize("name", ["json", "sarif", "gitlab", "junit"])
def test_nothing_found_is_a_whole_report(name: str, tmp_path: Path) -> None:
    """A program that reads the report gets one from a clean project, too."""
    result = check(
        write(tmp_path / "p", {"a.py": "import chatkit\n"}), "--no-types", "--format", name
    )
    assert result.returncode == 0
    if name == "junit":
        assert ElementTree.fromstring(result.stdout).get("failures") is None  # noqa: S314
    else:
        json.loads(result.stdout)


def test_statistics_do_not_stand_in_a_report_that_a_program_reads(project: Path) -> None:
    """They are for people: beside JSON they go where people read."""
    result = check(project, "--no-types", "--format", "json", "--statistics")
    counts = [line.split()[:2] for line in result.stderr.splitlines() if " CKF" in line]
    assert sum(int(count) for count, _ in counts) == len(json.loads(result.stdout)) > 0


def test_only_rules_are_explained(project: Path) -> None:
    """The hint to read more stands where there is more: not with a file that does not parse."""
    shown = check(project, "--no-types").stdout
    assert "CKF001" in shown
    assert "explain CKF001" not in shown
    assert "explain CKF107" in shown
