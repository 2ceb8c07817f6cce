"""The hooks of pre-commit and the action of GitHub's workflows: their shape, and a real run."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from .running import BAD, GOOD, write

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
HOOKS: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())


def ran(
    folder: Path, *command: str, memory: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program of our own environment, found by its name as a hook finds it."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "GITHUB_"))}
    memory = memory or folder.parent
    environment |= {
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "PRE_COMMIT_HOME": str(memory / "pre-commit"),
        "XDG_CACHE_HOME": str(memory / "cache"),
    }
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_hook_finds_what_is_wrong_in_a_commit(hook: dict[str, Any], tmp_path: Path) -> None:
    """Pre-commit runs the hook on what is to be committed, and lets it pass when it is mended.

    In our own environment: to install one for each hook would take minutes.
    """
    config = {"repos": [{"repo": "local", "hooks": [{**hook, "language": "unsupported"}]}]}
    folder = write(tmp_path / "p", {"a.py": BAD, ".pre-commit-config.yaml": yaml.safe_dump(config)})
    assert ran(folder, "git", "init", "--quiet").returncode == 0
    ran(folder, "git", "add", ".")
    result = ran(folder, "pre-commit", "run", "--all-files")
    assert result.returncode == 1, result.stdout + result.stderr
    assert "a.py:3:39: CKF107" in result.stdout
    write(folder, {"a.py": GOOD})
    ran(folder, "git", "add", ".")
    result = ran(folder, "pre-commit", "run", "--all-files")
    assert result.returncode == 0, result.stdout + result.stderr


def test_both_hooks_are_there() -> None:
    """One needs nothing of the project's, the other asks its environment."""
    assert {hook["id"]: hook["language"] for hook in HOOKS} == {
        "chatkit-forge-check": "python",
        "chatkit-forge-check-types": "unsupported",
    }


@pytest.mark.parametrize(
    "command",
    [
        ("pre-commit", "validate-manifest", ".pre-commit-hooks.yaml"),
        ("check-jsonschema", "--builtin-schema", "vendor.github-actions", "action.yml"),
    ],
    ids=lambda command: command[0],
)
def test_the_files_have_their_shape(command: tuple[str, ...], tmp_path: Path) -> None:
    """Those who read them take them."""
    result = ran(ROOT, *command, memory=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
