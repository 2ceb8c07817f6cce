"""The wheel, installed where there is no checkout, writes the same bytes."""

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

from chatkit_forge.templates import template_names

from .examples import EXAMPLES, tree

ROOT = Path(__file__).resolve().parents[1]


def test_the_wheel_renders_what_the_checkout_renders(tmp_path: Path) -> None:
    """Build, install into an empty environment, and generate outside the checkout."""
    pip("wheel", "--no-deps", "--wheel-dir", str(tmp_path), str(ROOT), python=sys.executable)
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        assert {f"chatkit_forge/templates/{name}" for name in template_names()} <= set(
            packed.namelist()
        )
    venv.create(tmp_path / "environment", with_pip=True)
    folder = "Scripts" if os.name == "nt" else "bin"
    programs = tmp_path / "environment" / folder
    python = str(programs / "python")
    # The lock is whole: nothing is left to resolve.
    lock = str(ROOT / "requirements" / "dev.txt")
    pip("install", "--no-deps", "--require-hashes", "-r", lock, python=python)
    pip("install", "--no-deps", str(wheel), python=python)
    project = tmp_path / "project"
    project.mkdir()
    command = [str(programs / "chatkit-forge"), "new", "store", "--backend", "postgres"]
    subprocess.run(command, cwd=project, check=True, stdin=subprocess.DEVNULL)
    assert tree(project) == tree(EXAMPLES / "postgres")


def pip(*arguments: str, python: str) -> None:
    """Run pip of the given interpreter; raises CalledProcessError when it fails."""
    environment = os.environ | {"PIP_NO_COMPILE": "1"}  # a third of the time
    subprocess.run([python, "-m", "pip", "--quiet", *arguments], env=environment, check=True)
