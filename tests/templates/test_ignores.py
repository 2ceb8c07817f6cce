"""Generated code silences pyright only where a library has no types, and nowhere in vain."""

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

from chatkit_forge.plan import plan
from chatkit_forge.templates import template_names, template_source

from ..apps import Combination, options, write

# Each is named here, with its rule. Server, search, tests and web have what is not listed: none.
ALLOWED = {
    # Drivers without types.
    ("store/postgres_pool.py", "reportMissingTypeStubs"): 1,
    ("store/test_postgres_store.py", "reportMissingTypeStubs"): 1,
    ("store/mysql_driver.py", "reportMissingTypeStubs"): 1,
    ("store/mysql_driver.py", "reportUnknownMemberType"): 1,
    # The SDK's own function, whose parameter is an AgentContext of anything.
    ("server/assistant/answer.py", "reportUnknownVariableType"): 1,
    # A library's function that answers with a bare dict, or takes a bare list.
    ("variants/model/litellm.py", "reportUnknownMemberType"): 1,
    ("variants/model/litellm.py", "reportUnknownVariableType"): 1,
    ("attachments/kinds.py", "reportUnknownMemberType"): 1,
    # One that it documents, and does not export.
    ("variants/model/litellm.py", "reportPrivateImportUsage"): 1,
}
# Together they have every file that ignores something.
WRITTEN = (
    Combination("postgres", attachments=True, provider="litellm"),
    Combination("mysql"),
)
# One that names no rule, or changes the rules of a whole file, is found as well, and never allowed.
_IGNORE = re.compile(r"# *(?:pyright|type) *: *(?P<what>\w+)(?P<rules>\[[^\]]*\])?(?P<reason>.*)")
# What says by its name why it is there.
_PLAIN = "[reportMissingTypeStubs]"


def ignores(text: str) -> list[tuple[int, re.Match[str]]]:
    """Return what a source silences, each with the index of its line."""
    lines = enumerate(text.splitlines())
    return [(index, found) for index, line in lines if (found := _IGNORE.search(line))]


def python_templates() -> dict[str, str]:
    """Return every template in Python by its name."""
    return {name: template_source(name) for name in template_names() if name.endswith(".py")}


def test_what_is_ignored_is_counted() -> None:
    """Let no comment in that nobody meant to: each is named above, with its rule."""
    found = Counter(
        (name, rule.strip() if silence["what"] == "ignore" else silence[0])
        for name, text in python_templates().items()
        for _, silence in ignores(text)
        for rule in (silence["rules"] or "").strip("[]").split(",")
    )
    assert found == ALLOWED


def test_each_says_why() -> None:
    """Find the reason behind the comment or on the line above, where the rule is not one."""
    for name, text in python_templates().items():
        lines = text.splitlines()
        for index, silence in ignores(text):
            above = lines[index - 1].strip()
            plain = silence["rules"] == _PLAIN
            assert plain or silence["reason"].strip() or above.startswith("#"), (name, index + 1)


def test_no_comment_outlives_its_reason(tmp_path: Path) -> None:
    """Fail as soon as a library gains types and a comment silences nothing."""
    silencing: dict[str, str] = {}
    for chosen in WRITTEN:
        write(chosen, tmp_path / str(chosen))
        for file in plan(options(chosen), frozenset(), template_names()):
            path = tmp_path / str(chosen) / file.path
            if file.is_python and ignores(path.read_text(encoding="utf-8")):
                silencing[file.template] = path.relative_to(tmp_path).as_posix()
    assert set(silencing) == {template for template, _ in ALLOWED}
    settings = {
        "include": sorted(silencing.values()),
        "typeCheckingMode": "strict",
        "reportUnnecessaryTypeIgnoreComment": "error",
        "executionEnvironments": [{"root": str(chosen)} for chosen in WRITTEN],
    }
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    command = ["-m", "pyright", "--pythonpath", sys.executable, "--outputjson", "-p", str(tmp_path)]
    finished = subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, check=False
    )
    answer = json.loads(finished.stdout)
    assert answer["generalDiagnostics"] == []
    # None analysed would look the same as none at fault.
    assert answer["summary"]["filesAnalyzed"] == len(silencing)
