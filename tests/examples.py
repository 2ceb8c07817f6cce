"""Write `examples/` anew: each store, and one application, as chatkit-forge generates them.

Run as `python -m tests.examples`; `test_examples.py` compares with what is committed.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import pytest
from filelock import FileLock

from chatkit_forge import origin, proven
from chatkit_forge.options import BACKENDS

from .cache import CACHE
from .typed import findings

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
APP = "app-sqlite"
NAMES = (*BACKENDS, APP)


def generate(name: str, folder: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Run the command in this empty folder; return the files it wrote by relative path.

    `more` is added to its environment. Raises CalledProcessError when the command fails.
    """
    what = ["app", APP, "--backend", "sqlite"] if name == APP else ["store", "--backend", name]
    command = [sys.executable, "-m", "chatkit_forge", "new", *what]
    # An application asks for the chatkit-forge of this machine; an example is the same on all.
    env = os.environ | {origin.VARIABLE: origin.NAME} | dict(more or {})
    subprocess.run(command, cwd=folder, env=env, check=True, stdin=subprocess.DEVNULL)
    # And it is made in a folder of its name.
    return tree(folder / APP if name == APP else folder)


def tree(folder: Path) -> dict[str, str]:
    """Return every file below the folder by relative path, but for what Python leaves behind."""
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not {"__pycache__", ".pytest_cache"}.intersection(path.parts)
    }


def proven_once() -> list[str]:
    """Return what pyright finds in all examples: asked in one run, once for all workers.

    Where it is nothing, the command need not have the same sources proven again.
    """
    told = CACHE / "examples.json"
    CACHE.mkdir(exist_ok=True)
    with FileLock(CACHE / "examples.lock"), pytest.MonkeyPatch.context() as patch:
        if not told.is_file():
            patch.setenv("XDG_CACHE_HOME", str(CACHE))
            with tempfile.TemporaryDirectory() as scratch:
                found = _found(Path(scratch))
                if not found:
                    _keep(Path(scratch))
            told.write_text(json.dumps(found), encoding="utf-8")
        return json.loads(told.read_text(encoding="utf-8"))


def _found(scratch: Path) -> list[str]:
    """Return what pyright finds in the examples."""
    return findings({EXAMPLES / name: _sources(EXAMPLES / name) for name in NAMES}, scratch)


def _keep(scratch: Path) -> None:
    """Remember that nothing was found in each example, with its tests and without them."""
    for name in NAMES:
        for without in ("nothing", "tests"):
            folder = scratch / f"{name}-{without}"
            shutil.copytree(EXAMPLES / name, folder, ignore=shutil.ignore_patterns(without))
            key = proven.key(folder, _sources(folder), [folder])
            assert key is not None
            proven.keep(key)


def _sources(folder: Path) -> list[PurePosixPath]:
    return [PurePosixPath(path) for path in tree(folder) if path.endswith(".py")]


def main() -> None:
    """Replace each example by what the command writes today."""
    for example in NAMES:
        with tempfile.TemporaryDirectory(prefix="chatkit-forge-example-") as scratch:
            files = generate(example, Path(scratch))
        shutil.rmtree(EXAMPLES / example, ignore_errors=True)
        for name, text in files.items():
            target = EXAMPLES / example / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
