"""Several projects in one run of pyright: what they import is read once for all of them."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from chatkit_forge.pyright_process import command

from .alike import unlike


def findings(projects: Mapping[Path, Sequence[PurePosixPath]], scratch: Path) -> list[str]:
    """Return what strict mode finds in the Python files of projects, "project/path:line: what".

    Each project is a folder in which its own imports begin. A file that is the same elsewhere,
    with all that it imports, is checked once. The configuration is written into `scratch`.
    """
    trees = {
        os.path.relpath(folder, scratch): {
            path: (folder / path).read_text("utf-8") for path in paths
        }
        for folder, paths in projects.items()
    }
    included = [f"{name}/{path}" for name, paths in unlike(trees).items() for path in paths]
    # Pyright passes over what is included by an absolute path.
    settings = {
        "executionEnvironments": [{"root": name} for name in trees],
        "include": included,
        "typeCheckingMode": "strict",
        "pythonVersion": "3.11",
    }
    config = scratch / "pyrightconfig.json"
    config.write_text(json.dumps(settings), encoding="utf-8")
    done = subprocess.run(
        [*command(sys.executable), "--outputjson", "--project", str(config)],
        env=os.environ | {"PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    report: dict[str, Any] = json.loads(done.stdout)
    assert report["summary"]["filesAnalyzed"] == len(included)
    told = [
        f"{each['file']}:{each['range']['start']['line'] + 1}: {each['message']}"
        for each in report["generalDiagnostics"]
    ]
    assert (done.returncode == 0) == (told == []), done.stderr
    return told
