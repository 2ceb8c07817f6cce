"""Write `examples/` anew: each store, and one application, as chatkit-forge generates them.

Run as `python -m tests.examples`; `test_examples.py` compares with what is committed.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from chatkit_forge import origin, proven
from chatkit_forge.options import BACKENDS

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


def prove(scratch: Path) -> list[str]:
    """Return what pyright finds in the examples, in one run; remember them where it is nothing.

    The command need not have the same sources proven again. `scratch` is an empty folder.
    """
    paths = {name: [PurePosixPath(path) for path in tree(EXAMPLES / name)] for name in NAMES}
    found = findings(
        {EXAMPLES / name: [path for path in paths[name] if path.suffix == ".py"] for name in NAMES},
        scratch,
    )
    for name in NAMES if not found else ():
        key = proven.key(EXAMPLES / name, paths[name], [EXAMPLES / name])
        assert key is not None
        proven.keep(key)
    return found


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
