"""What the command says and does, option by option, and what it makes of wrong ones."""

import json
import shutil
from pathlib import Path

import pytest

from chatkit_forge.__main__ import run
from chatkit_forge.lint.selection import BUILT_IN

from .running import BAD, GOOD, check, found, write


def test_a_clean_project_is_quiet(tmp_path: Path) -> None:
    """Nothing is printed and the code is 0 when nothing is wrong."""
    result = check(write(tmp_path / "p", {"a.py": GOOD}), "--no-types")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_a_finding_shows_where_what_and_how(tmp_path: Path) -> None:
    """The full form holds place, code, source, hint and the way to read more; the code is 1."""
    result = check(write(tmp_path / "p", {"app/a.py": BAD}), "--no-types")
    assert result.returncode == 1
    assert (
        "app/a.py:3:39: CKF107 UserMessageTextContent.type does not accept 'text'" in result.stdout
    )
    assert '3 | CONTENT = UserMessageTextContent(type="text", text="hi")' in result.stdout
    assert "^^^^^^" in result.stdout
    assert "chatkit-forge explain CKF107" in result.stdout
    assert "chatkit 1." in result.stderr


def test_json_holds_the_promised_keys(tmp_path: Path) -> None:
    """Each object names code, place and fix, the path relative to the project."""
    (entry,) = found(write(tmp_path / "p", {"app/a.py": BAD}))
    assert entry["code"] == "CKF107"
    assert entry["name"] == "wrong-literal"
    assert entry["severity"] == "error"
    assert entry["path"] == "app/a.py"
    assert (entry["line"], entry["column"], entry["end_line"], entry["end_column"]) == (
        3,
        39,
        3,
        45,
    )
    assert entry["message"]
    assert entry["hint"] == "it accepts input_text"
    assert entry["fix"] == "safe"


def test_types_are_checked_beside_and_said_once(tmp_path: Path) -> None:
    """A mistake that pyright sees too appears once, under our code, with pyright's rule beside."""
    folder = write(tmp_path / "p", {"a.py": BAD + "WRONG: int = 'x'\n"})
    result = check(folder, "--format", "json")
    entries = json.loads(result.stdout)
    assert [(e["code"], e["pyright"]) for e in entries] == [
        ("CKF107", "reportArgumentType"),
        ("reportAssignmentType", None),
    ]


def test_an_ignored_code_takes_the_word_of_pyright_along(tmp_path: Path) -> None:
    """Who ignores a mistake hears of it from nobody; who selects pyright's own word reads it."""
    folder = write(tmp_path / "p", {"a.py": BAD})
    ignored = check(folder, "--ignore", "CKF107")
    assert (ignored.returncode, ignored.stdout) == (0, "")
    chosen = check(folder, "--select", "reportArgumentType", "--format", "concise")
    assert "a.py:3:39: reportArgumentType" in chosen.stdout


def test_what_git_ignores_is_left_alone(tmp_path: Path) -> None:
    """Ignored folders and environments are not looked at, unless a file is named."""
    folder = write(
        tmp_path / "p",
        {".gitignore": "build/\n*.gen.py\n!kept.gen.py\n", "build/a.py": BAD, "b.gen.py": BAD,
         "kept.gen.py": BAD, ".venv/pyvenv.cfg": "", ".venv/lib/c.py": BAD},
    )  # fmt: skip
    assert [entry["path"] for entry in found(folder)] == ["kept.gen.py"]
    assert [entry["path"] for entry in found(folder, "build/a.py")] == ["build/a.py"]


@pytest.mark.parametrize("mark", ["pyproject.toml", ".git/config"])
def test_a_subfolder_belongs_to_its_project(tmp_path: Path, mark: str) -> None:
    """Settings, `.gitignore` and `.venv` are the project's; what is typed counts from here."""
    folder = write(
        tmp_path / "p",
        {mark: "", ".gitignore": "app/b.py\n", "top.py": BAD, "app/a.py": BAD, "app/b.py": BAD,
         "app/c/d.py": BAD, ".venv/bin/python": "", ".venv/pyvenv.cfg": ""},
    )  # fmt: skip
    here = folder / "app"
    assert [entry["path"] for entry in found(here)] == ["app/a.py", "app/c/d.py"]
    assert [entry["path"] for entry in found(here, "c")] == ["app/c/d.py"]
    assert [entry["path"] for entry in found(here, "../top.py")] == ["top.py"]
    assert f"{folder}/.venv/bin/python (the project's .venv)" in check(here, "-v").stderr
    check(here, "--no-types", "--baseline", "known.json", "--output", "json=out.json")
    assert (here / "known.json").exists()
    assert (here / "out.json").exists()
    if mark == "pyproject.toml":
        write(folder, {mark: "[tool.chatkit-forge]\nexclude = ['app/c']\n"})
        assert [entry["path"] for entry in found(here)] == ["app/a.py"]


def test_what_is_excluded_stays_so_when_it_is_named(tmp_path: Path) -> None:
    """Pre-commit names every file that changed, also those that a project leaves out."""
    folder = write(
        tmp_path / "p",
        {"old/a.py": BAD, "b.py": BAD, "c.py": "def (\n", "d.py": "import chatkit\ndef (\n",
         "pyproject.toml": "[tool.chatkit-forge]\nexclude = ['old/']\n"},
    )  # fmt: skip
    named = found(folder, "old/a.py", "b.py", "c.py", "d.py")
    assert [(e["path"], e["code"]) for e in named] == [("b.py", "CKF107"), ("d.py", "CKF001")]
    assert named == found(folder)


def test_selection_from_the_command_and_the_project(tmp_path: Path) -> None:
    """The command line wins over pyproject.toml; a longer prefix wins over a shorter one."""
    folder = write(
        tmp_path / "p", {"a.py": BAD, "pyproject.toml": "[tool.chatkit-forge]\nignore = ['CKF1']\n"}
    )
    assert found(folder) == []
    assert len(found(folder, "--extend-select", "CKF107")) == 1
    assert len(found(folder, "--select", "CKF107", "--ignore", "CKF2")) == 1
    assert found(folder, "--select", "CKF2") == []
    write(folder, {"b.py": f"{BAD}def (\n"})
    assert [each["code"] for each in found(folder, "--select", "CKF2")] == ["CKF001"]
    assert found(folder, "--select", "CKF2", "--ignore", "CKF001") == []


@pytest.mark.parametrize(("code", "name"), BUILT_IN.items())
def test_the_check_explains_its_own_codes(
    code: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What no rule reports can be looked up as well."""
    assert run(["explain", code.lower()]) == 0
    output = capsys.readouterr().out
    assert output.startswith(f"{code} {name} (")
    assert run(["explain", name]) == 0
    assert capsys.readouterr().out == output


def test_a_rule_goes_by_its_name_as_well(tmp_path: Path) -> None:
    """On the command line, in settings and in comments; a wrong name is wrong as a wrong code."""
    folder = write(tmp_path / "p", {"a.py": BAD})
    assert found(folder, "--select", "lossy-thread") == []
    assert len(found(folder, "--select", "wrong-literal,CKF2")) == 1
    assert found(folder, "--ignore", "wrong-literal") == []
    wrong = check(folder, "--select", "wrong-litera")
    assert (wrong.returncode, "is the code of no rule" in wrong.stderr) == (2, True)
    settings = "[tool.chatkit-forge.severity]\nwrong-literal = 'warning'\n"
    write(folder, {"pyproject.toml": settings})
    assert [entry["severity"] for entry in found(folder)] == ["warning"]
    comment = "  # chatkit-forge: ignore[wrong-literal, lossy-thread] the old format\n"
    write(folder, {"a.py": BAD.rstrip() + comment})
    (vain,) = found(folder)
    assert (vain["code"], "for lossy-thread" in vain["message"]) == ("CKF002", True)
    assert found(folder, "--ignore", "lossy-thread") == []


def test_severity_and_files_from_the_project(tmp_path: Path) -> None:
    """A rule's severity can be changed, and codes ignored in some files."""
    settings = (
        "[tool.chatkit-forge]\nexclude = ['old/']\n"
        "[tool.chatkit-forge.severity]\nCKF107 = 'warning'\n"
        "[tool.chatkit-forge.per-file-ignores]\n'tests/*' = ['CKF107']\n"
    )
    folder = write(
        tmp_path / "p",
        {"a.py": BAD, "tests/b.py": BAD, "old/c.py": BAD, "pyproject.toml": settings},
    )
    assert [(e["path"], e["severity"]) for e in found(folder)] == [("a.py", "warning")]
    write(folder, {"pyproject.toml": "[tool.chatkit-forge.severity]\nCKF1 = 'warning'\n"})
    assert {e["severity"] for e in found(folder)} == {"warning"}


def test_a_comment_silences_one_code_on_its_line(tmp_path: Path) -> None:
    """The comment works for the code it names; one that silences nothing is reported."""
    silenced = BAD.rstrip() + "  # chatkit-forge: ignore[CKF107] the old wire format\n"
    silent = write(tmp_path / "q", {"a.py": silenced})
    assert found(silent, "--select", "CKF2,CKF002") == found(silent, "--ignore", "CKF107") == []
    vain = 'X = "# chatkit-forge: ignore[CKF107]"\nY = 1  # chatkit-forge: ignore[CKF201] why\n'
    folder = write(tmp_path / "p", {"a.py": silenced, "b.py": f"# chatkit\n{vain}"})
    assert [(e["path"], e["line"], e["code"]) for e in found(folder)] == [("b.py", 3, "CKF002")]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--no-types"],
        ["--ignore", "CKF111"],
        ["--select", "CKF2,CKF002"],
        ["--select", "CKF111"],
    ],
)
def test_a_comment_is_in_vain_only_for_what_was_looked_for(
    tmp_path: Path, arguments: list[str]
) -> None:
    """What fewer rules, or no types, do not see may well be there; a code of no rule never is."""
    source = (
        "import chatkit.store\n\n\nclass Pool:\n    def run(self) -> None: ...\n\n\n"
        "POOL: Pool | None = None\n\n\ndef use(pool: Pool | None) -> None:\n"
        "    pool.run()  # chatkit-forge: ignore[CKF111] made at the start\n"
    )
    folder = write(tmp_path / "p", {"a.py": source})
    assert check(folder, *arguments).stdout == ""
    write(folder, {"a.py": source.replace("CKF111", "CKF111, CKF999").replace("pool.run", "print")})
    vain = check(folder, "--format", "concise", "--extend-select", "CKF002", *arguments).stdout
    assert "a.py:12:14: CKF002" in vain
    assert "CKF999" in vain


def test_fixes_are_made_shown_and_counted(tmp_path: Path) -> None:
    """`--diff` shows what `--fix` then does; afterwards nothing is left."""
    folder = write(tmp_path / "p", {"a.py": BAD})
    shown = check(folder, "--no-types", "--diff")
    assert '-CONTENT = UserMessageTextContent(type="text", text="hi")' in shown.stdout
    assert (folder / "a.py").read_text() == BAD
    fixed = check(folder, "--no-types", "--fix")
    assert (fixed.returncode, fixed.stdout) == (0, "")
    assert "fixed 1 in 1 files" in fixed.stderr
    assert (folder / "a.py").read_text() == GOOD


def test_several_formats_at_once(tmp_path: Path) -> None:
    """Each `--output` writes a file, beside what is printed."""
    folder = write(tmp_path / "p", {"a.py": BAD})
    check(folder, "--no-types", "--output", "sarif=out.sarif", "--output", "junit=out.xml")
    assert json.loads((folder / "out.sarif").read_text())["runs"][0]["results"]
    assert 'failures="1"' in (folder / "out.xml").read_text()


def test_a_baseline_only_shrinks(tmp_path: Path) -> None:
    """What it holds is not reported; what is gone leaves it, which is an error where CI is set."""
    folder = write(tmp_path / "p", {"a.py": BAD, "b.py": BAD})
    first = check(folder, "--no-types", "--baseline", "known.json")
    assert (first.returncode, first.stdout) == (0, "")
    assert check(folder, "--no-types", "--baseline", "known.json").returncode == 0
    write(folder, {"b.py": GOOD})
    before = (folder / "known.json").read_text()
    in_ci = check(folder, "--no-types", "--baseline", "known.json", environment={"CI": "true"})
    assert (in_ci.returncode, in_ci.stdout) == (1, "")
    assert "b.py CKF107" in in_ci.stderr
    write(folder, {"c.py": BAD})
    both = check(
        folder, "--no-types", "--baseline", "known.json", "--output", "json=../out.json",
        environment={"CI": "true"},
    )  # fmt: skip
    assert (both.returncode, "c.py:3:39: CKF107" in both.stdout) == (1, True)
    assert "b.py CKF107" in both.stderr
    assert [entry["path"] for entry in json.loads((tmp_path / "out.json").read_text())] == ["c.py"]
    (folder / "c.py").unlink()
    assert (folder / "known.json").read_text() == before
    assert check(folder, "--no-types", "--baseline", "known.json").returncode == 0
    assert len(json.loads((folder / "known.json").read_text())["findings"]) == 1
    write(folder, {"b.py": f"import os\n{BAD}"})
    assert check(folder, "--no-types", "--baseline", "known.json").returncode == 1


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project whose baseline holds what our rules find, and pyright."""
    source = f'{BAD}TEXT: int = "no"\n'
    folder = write(tmp_path_factory.mktemp("known") / "p", {"a.py": source})
    assert check(folder, "--baseline", "known.json").returncode == 0
    return folder


@pytest.mark.parametrize(
    "arguments", [["--no-types"], ["--select", "CKF2", "--no-types"], ["--ignore", "CKF1,report"]]
)
def test_a_baseline_keeps_what_this_run_did_not_ask_for(
    known: Path, tmp_path: Path, arguments: list[str]
) -> None:
    """Without types, or with fewer rules, nothing is stale that was not looked for."""
    folder = shutil.copytree(known, tmp_path / "p")
    before = (folder / "known.json").read_text()
    assert "reportAssignmentType" in before
    for environment in ({}, {"CI": "true"}):
        part = check(folder, "--baseline", "known.json", *arguments, environment=environment)
        assert (part.returncode, (folder / "known.json").read_text()) == (0, before)


def test_a_baseline_outlives_a_file_that_does_not_parse_but_not_one_that_is_gone(
    tmp_path: Path,
) -> None:
    """A half-written file loses no entries; a file that was removed, or left ChatKit, loses all."""
    folder = write(tmp_path / "p", {"a.py": BAD, "b.py": BAD, "c.py": BAD})
    check(folder, "--no-types", "--baseline", "known.json")
    before = (folder / "known.json").read_text()
    write(folder, {"b.py": f"{BAD}def (\n"})
    assert check(folder, "--no-types", "--baseline", "known.json").returncode == 1
    assert (folder / "known.json").read_text() == before
    (folder / "b.py").unlink()
    write(folder, {"c.py": "TEXT = 1\n"})
    ci = {"CI": "true"}
    in_ci = check(folder, "--no-types", "--baseline", "known.json", environment=ci)
    assert (in_ci.returncode, in_ci.stdout) == (1, "")
    assert "2 findings that are gone" in in_ci.stderr


def test_github_gets_annotations_and_a_summary(tmp_path: Path) -> None:
    """Ten a kind at most, the rest counted, and all of them in the step's summary."""
    many = BAD + "".join(
        f'C{n} = UserMessageTextContent(type="text", text="{n}")\n' for n in range(12)
    )
    folder = write(tmp_path / "p", {"a.py": many})
    summary = tmp_path / "summary.md"
    environment = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)}
    result = check(folder, "--no-types", environment=environment)
    assert result.stdout.count("::error file=a.py,line=") == 10
    assert "+3 more errors" in result.stdout
    assert summary.read_text().count("| CKF107 |") == 13
    lost = check(folder, "--no-types", environment={**environment, "GITHUB_STEP_SUMMARY": "no/x"})
    assert (lost.returncode, "cannot write GITHUB_STEP_SUMMARY" in lost.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere"], "nowhere does not exist"),
        (["--select", "X9"], "--select: 'X9' is the code of no rule"),
        (["--format", "html"], "unknown format 'html'; choose one of full, concise"),
        (["--output", "sarif"], "must be FORMAT=FILE"),
        (["--output", "json=no/such/folder.json"], "cannot write no/such/folder.json"),
        (["--python", "no/python"], "--python: no/python is no Python interpreter"),
        (["/"], "/ is outside the project"),
    ],
)
def test_wrong_options_are_one_line(tmp_path: Path, arguments: list[str], words: str) -> None:
    """What is wrong with an option is said in one line, with code 2."""
    result = check(write(tmp_path / "p", {"a.py": BAD}), "--no-types", *arguments)
    assert result.returncode == 2
    assert words in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("select = 'CKF1'", "select must be a list of strings"),
        ("ignore = ['CKF9']", "ignore: 'CKF9' is the code of no rule"),
        ("colour = true", "has no 'colour'"),
        ("severity = {CKF107 = 'fatal'}", "severity of CKF107 must be error or warning"),
        ("severity = {CKF107 = ['error']}", "severity of CKF107 must be error or warning"),
        ("exclude = ['[z-a]']", "exclude: bad character range z-a"),
        ("types = 'no'", "types must be true or false"),
    ],
)
def test_wrong_settings_are_one_line(tmp_path: Path, settings: str, words: str) -> None:
    """What is wrong in pyproject.toml is named, with code 2."""
    folder = write(
        tmp_path / "p", {"a.py": BAD, "pyproject.toml": f"[tool.chatkit-forge]\n{settings}\n"}
    )
    result = check(folder)
    assert result.returncode == 2
    assert words in result.stderr
    assert "Traceback" not in result.stderr
    write(folder, {"pyproject.toml": "[tool]\nchatkit-forge = 3\n"})
    no_table = check(folder)
    assert (no_table.returncode, "must be a table" in no_table.stderr) == (2, True)


@pytest.mark.parametrize(
    ("settings", "setting"),
    [
        ({"pyproject.toml": "[tool.pyright]\nexclude = ['**/old']\n"},
         "[tool.pyright] exclude has '**/old'"),
        ({"pyrightconfig.json": '{"exclude": [ // ours\n "app/o?d/*.py", ], }'},
         "exclude in pyrightconfig.json has 'app/o?d/*.py'"),
    ],
)  # fmt: skip
def test_what_is_hidden_from_pyright_is_left_to_our_rules(
    tmp_path: Path, settings: dict[str, str], setting: str
) -> None:
    """The user's settings are respected and named; the other files are checked with types."""
    source = f'{BAD}WRONG: int = "x"\n'
    folder = write(tmp_path / "p", {"a.py": source, "app/old/b.py": source} | settings)
    result = check(folder, "--format", "concise", "-v")
    assert [line.split()[:2] for line in result.stdout.splitlines()[:3]] == [
        ["a.py:3:39:", "CKF107"],
        ["a.py:4:14:", "reportAssignmentType"],
        ["app/old/b.py:3:39:", "CKF107"],
    ]
    assert f"app/old/b.py was not checked by pyright: {setting}" in result.stderr
    assert "app/old/b.py was not" in check(folder, "-v").stderr  # remembered


def test_an_environment_without_the_sdk_is_no_clean_bill(tmp_path: Path) -> None:
    """With types it is exit 3 with the way out; without, the record stands in and says so."""
    folder = write(tmp_path / "p", {"a.py": BAD, ".venv/bin/python": "", ".venv/pyvenv.cfg": ""})
    with_types = check(folder)
    assert with_types.returncode == 3
    assert "no ChatKit SDK in" in with_types.stderr
    assert "--no-types" in with_types.stderr
    without = check(folder, "--no-types")
    assert without.returncode == 1
    assert "CKF107" in without.stdout
    assert "checked against the record of 1." in without.stderr


@pytest.mark.parametrize("rules", ["reportMissingImports = false", "ignore = ['**']"])
def test_an_sdk_that_pyright_does_not_find_is_no_clean_bill(tmp_path: Path, rules: str) -> None:
    """A Python that does not start has no SDK to a type checker, whatever its settings silence."""
    chatkit = {".venv/lib/python3.11/site-packages/chatkit/types.py": ""}
    chatkit |= {".venv/bin/python": "", ".venv/pyvenv.cfg": ""}
    settings = {"pyproject.toml": f"[tool.pyright]\n{rules}\n"}
    folder = write(tmp_path / "p", {"a.py": "import chatkit.types\n"} | chatkit | settings)
    result = check(folder)
    assert (result.returncode, result.stdout) == (3, "")
    assert "finds no ChatKit SDK" in result.stderr
    assert ".venv/bin/python (the project's .venv)" in result.stderr
    assert "--python" in result.stderr


def test_a_second_run_answers_from_memory_and_notices_changes(tmp_path: Path) -> None:
    """The same question has the same answer; a changed file, or a damaged memory, is looked at."""
    folder = write(tmp_path / "p", {"a.py": BAD})
    first = check(folder, "--no-types")
    assert check(folder, "--no-types").stdout == first.stdout
    answers = list((tmp_path / "p-cache").rglob("*.json"))
    assert len(answers) == 1
    answers[0].write_text("{damaged")
    assert check(folder, "--no-types").stdout == first.stdout
    write(folder, {"a.py": GOOD})
    assert check(folder, "--no-types").stdout == ""
