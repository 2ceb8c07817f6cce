"""Generated code silences pyright only where a driver has no types, and nowhere in vain."""

import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

from ..examples import EXAMPLES
from ..staged import TEMPLATES

ALLOWED = {
    ("postgres_pool.py", "reportMissingTypeStubs"): 1,
    ("test_postgres_store.py", "reportMissingTypeStubs"): 1,
    ("mysql_driver.py", "reportMissingTypeStubs"): 1,
    ("mysql_driver.py", "reportUnknownMemberType"): 1,
}


def test_what_is_ignored_is_counted() -> None:
    """Let no comment in that nobody meant to: each is named here, with its rule."""
    found = Counter(
        (path.name, rule)
        for path in TEMPLATES.glob("*.py")
        for rule in re.findall(r"(?:pyright|type): ignore\[?(\w*)", path.read_text("utf-8"))
    )
    assert found == ALLOWED


def test_no_comment_outlives_its_reason(tmp_path: Path) -> None:
    """Fail as soon as a driver gains types and a comment silences nothing."""
    projects = ["postgres", "mysql"]
    for project in projects:
        shutil.copytree(EXAMPLES / project, tmp_path / project)
    settings = {
        "include": projects,
        "typeCheckingMode": "strict",
        "reportUnnecessaryTypeIgnoreComment": "error",
        "executionEnvironments": [{"root": project} for project in projects],
    }
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    command = ["-m", "pyright", "--pythonpath", sys.executable, "--outputjson", "-p", str(tmp_path)]
    finished = subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, check=False
    )
    answer = json.loads(finished.stdout)
    assert answer["generalDiagnostics"] == []
    # None analysed would look the same as none at fault.
    assert answer["summary"]["filesAnalyzed"] == len(list(tmp_path.rglob("*.py")))
