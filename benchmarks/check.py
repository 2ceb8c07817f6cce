"""Print how long `check` takes, as ratios to what it cannot do without; run it by hand.

The trees hold 200 files of 400 lines: a generated store, again and again, which all of them or 10
of them import chatkit for. As in `speed.py`, both sides run in turns and the median counts.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from speed import BIN, FORGE, Race, compete, run

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "postgres"
FILES, LINES = 200, 400
# Reads and parses the same files, in one process.
PARSE = (
    "import ast, pathlib\n"
    "for path in sorted(pathlib.Path('app/stores').glob('store_*.py')):\n"
    "    ast.parse(path.read_bytes())\n"
)


def tree(folder: Path, about_chatkit: int) -> Path:
    """Write a project whose stores are 200 files, of which so many import chatkit."""
    shutil.copytree(EXAMPLE / "app", folder / "app")
    store = folder / "app" / "stores" / "postgres.py"
    lines = store.read_text(encoding="utf-8").splitlines()
    store.unlink()
    filler = [f"LIMIT_{number} = {number}" for number in range(LINES - len(lines) - 1)]
    for number in range(FILES):
        text = "\n".join([f"# {number}", *lines, *filler][:LINES]) + "\n"
        if number >= about_chatkit:
            text = text.replace("chatkit", "chatbox")
        (store.parent / f"store_{number}.py").write_text(text, encoding="utf-8")
    return folder


def ended(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
    """Run a command that may have findings; exits when it did not get as far."""
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, capture_output=True, check=False
    )
    if done.returncode not in (0, 1):
        sys.exit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.decode()}")


def races(folder: Path, name: str, fixit: str | None) -> list[tuple[Race, int]]:
    """Return the races of one tree with the rounds each is worth, in hundredths of those asked."""
    cache = folder.parent / f"{name}-cache"
    kept = {"XDG_CACHE_HOME": str(cache), "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
    python = ["--python", sys.executable]
    untyped = [FORGE, "check", "--no-types", *python]
    typed = [FORGE, "check", *python]
    stores = sorted(path.name for path in (folder / "app" / "stores").glob("store_*.py"))
    about = [
        f"app/stores/{name}"
        for name in stores
        if b"chatkit" in (folder / "app" / "stores" / name).read_bytes()
    ]

    def cold(command: Sequence[str]) -> None:
        shutil.rmtree(cache, ignore_errors=True)
        ended(command, folder, kept)

    def warm(command: Sequence[str]) -> None:
        ended(command, folder, kept)

    def parse() -> None:
        run([sys.executable, "-c", PARSE], folder)

    def nothing() -> None:
        run([sys.executable, "-c", "pass"], folder)

    def pyright() -> None:
        command = [str(BIN / "pyright"), "--outputjson", "--pythonpath", sys.executable, *about]
        ended(command, folder, kept)

    found = [
        (Race(f"{name}: cold / ast.parse", lambda: cold(untyped), parse, 6), 100),
        (Race(f"{name}: unchanged / python -c pass", lambda: warm(untyped), nothing, 25), 300),
        (Race(f"{name}: with types / pyright", lambda: cold(typed), pyright, 1.1), 50),
        (
            Race(
                f"{name}: types, unchanged / without",
                lambda: warm(typed),
                lambda: warm(untyped),
                1.1,
            ),
            300,
        ),
    ]
    if fixit is not None:
        command = [fixit, "lint", "app/stores"]
        race = Race(
            f"{name}: cold / Fixit",
            lambda: cold(untyped),
            lambda: ended(command, folder, kept),
            0.05,
        )
        found.append((race, 10))
    return found


def main() -> None:
    """Run every race; the exit code is 1 when a target is missed."""
    parser = argparse.ArgumentParser(description="Print what `check` costs, as ratios.")
    parser.add_argument("--rounds", type=int, default=10, help="rounds of the first race [10]")
    parser.add_argument("--fixit", help="a Fixit to measure against; it takes half a minute a run")
    parser.add_argument("--only", default="", help="races whose name holds this")
    asked = parser.parse_args()
    if not Path(FORGE).exists():
        sys.exit("install chatkit-forge into this interpreter's environment first")
    if asked.fixit is None:
        print("Fixit is not measured: name its command with --fixit")
    met: list[bool] = []
    with tempfile.TemporaryDirectory() as name:
        for label, about in (("200 of 200", 200), ("10 of 200", 10)):
            folder = tree(Path(name) / label.replace(" ", "-"), about)
            for race, share in races(folder, label, asked.fixit):
                if asked.only in race.name:
                    met.append(compete(race, max(1, asked.rounds * share // 100)))
    sys.exit(0 if all(met) else 1)


if __name__ == "__main__":
    main()
