"""The action of GitHub's workflows: its own steps, run as a runner would run them."""

import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest
import yaml

from .running import BAD, GOOD, write

ROOT = Path(__file__).resolve().parents[2]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
_INPUT = re.compile(r"\$\{\{ inputs\.(\w+) \}\}")


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the environment of a runner; what chatkit-forge depends on is lent from ours.

    To install that would take a minute, and shows nothing about the action.
    """
    home = tmp_path_factory.mktemp("runner")
    ours = {k: v for k, v in os.environ.items() if not k.startswith(("GITHUB_", "PYTHON"))}
    return ours | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "RUNNER_TEMP": str(home),
        "XDG_CACHE_HOME": str(home / "cache"),
        "GITHUB_ACTIONS": "true",
        "GITHUB_STEP_SUMMARY": str(home / "summary.md"),
        "PIP_NO_DEPS": "1",
        "PYTHONPATH": sysconfig.get_paths()["purelib"],
    }


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return what the input `version` says for a wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    command += ["--no-build-isolation", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(command, check=True)
    [wheel] = folder.glob("*.whl")
    return f" @ {wheel.as_uri()}"


def run(folder: Path, runner: dict[str, str], **inputs: str) -> subprocess.CompletedProcess[str]:
    """Run the action's steps until one fails; return the last."""
    assert inputs.keys() <= ACTION["inputs"].keys()

    given: dict[str, str] = {name: each["default"] for name, each in ACTION["inputs"].items()}
    given |= inputs

    def filled(text: str) -> str:
        return _INPUT.sub(lambda match: given[match[1]], text)

    done = subprocess.CompletedProcess[str]([], 0, "", "")
    for step in ACTION["runs"]["steps"]:
        done = subprocess.run(
            ["/bin/bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", filled(step["run"])],
            cwd=folder,
            env=runner | {name: filled(value) for name, value in step["env"].items()},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            break
    return done


def test_a_pull_request_is_annotated(runner: dict[str, str], version: str, tmp_path: Path) -> None:
    """Install what is asked for, look at the paths given with the options given, and say where."""
    folder = write(tmp_path / "p", {"bad/a.py": BAD, "my good/b.py": GOOD})
    done = run(folder, runner, version=version, arguments="--no-types", python=sys.executable)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "::error file=bad/a.py,line=3," in done.stdout
    assert "| CKF107 |" in Path(runner["GITHUB_STEP_SUMMARY"]).read_text()
    options = "--no-types --ignore CKF107"
    done = run(folder, runner, version=version, arguments=options, paths="bad")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == ""


def test_a_version_that_is_not_there_fails(runner: dict[str, str], tmp_path: Path) -> None:
    """Never pass for want of a program."""
    done = run(tmp_path, runner, version=f" @ {tmp_path.as_uri()}/nothing")
    assert done.returncode == 1
    assert "nothing" in done.stderr
