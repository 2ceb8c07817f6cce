"""Write `examples/` anew: each store as `chatkit-forge new store` generates it.

Run as `python -m tests.examples`; `test_examples.py` compares with what is committed.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from chatkit_forge.options import BACKENDS

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def generate(backend: str, folder: Path) -> dict[str, str]:
    """Run the command in this empty folder; return the files it wrote by relative path.

    Raises CalledProcessError when the command fails.
    """
    command = [sys.executable, "-m", "chatkit_forge", "new", "store", "--backend", backend]
    subprocess.run(command, cwd=folder, check=True, stdin=subprocess.DEVNULL)
    return tree(folder)


def tree(folder: Path) -> dict[str, str]:
    """Return every file below the folder by relative path, but for what Python leaves behind."""
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not {"__pycache__", ".pytest_cache"}.intersection(path.parts)
    }


def main() -> None:
    """Replace each example by what the command writes today."""
    for backend in BACKENDS:
        with tempfile.TemporaryDirectory(prefix="chatkit-forge-example-") as scratch:
            files = generate(backend, Path(scratch))
        shutil.rmtree(EXAMPLES / backend, ignore_errors=True)
        for name, text in files.items():
            target = EXAMPLES / backend / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
