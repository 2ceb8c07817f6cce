"""Print how long commands take, as ratios to what they cannot do without; run it by hand.

Both sides of a ratio run one after the other in the same round, in turns first, so that a slow
moment of the machine meets both. The median of the rounds' ratios is held against the target.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

BIN = Path(sys.executable).parent
FORGE = str(BIN / "chatkit-forge")
BACKENDS = ("sqlite", "postgres", "mysql", "mongodb", "memory")
# What is installed has its bytecode; the round that fills caches writes it here.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@dataclass(frozen=True)
class Race:
    """Name a pair of actions and the most the first may take, in times of the second."""

    name: str
    ours: Callable[[], object]
    floor: Callable[[], object]
    target: float


def run(command: Sequence[str], folder: Path, cache: Path | None = None) -> str:
    """Run a command to its end and return what it printed; raises when it fails."""
    environment = {**os.environ, "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
    if cache is not None:
        environment["XDG_CACHE_HOME"] = str(cache)
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed: {done.stderr or done.stdout}")
    return done.stdout


def timed(action: Callable[[], object]) -> float:
    """Return how many seconds an action takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def compete(race: Race, rounds: int) -> bool:
    """Run a race and print its line; returns whether the target is met."""
    ratios: list[float] = []
    seconds: list[tuple[float, float]] = []
    for turn in range(rounds + 1):
        if turn % 2:
            ours, floor = timed(race.ours), timed(race.floor)
        else:
            floor, ours = timed(race.floor), timed(race.ours)
        if turn:  # the first round fills caches
            ratios.append(ours / floor)
            seconds.append((ours, floor))
    median = statistics.median(ratios)
    ours, floor = (1000 * statistics.median(side) for side in zip(*seconds, strict=True))
    met = median <= race.target
    print(
        f"{race.name:<32} {median:5.2f} of {race.target:g} {'met' if met else 'MISSED':<7}"
        f" rounds {min(ratios):.2f}-{max(ratios):.2f}   {ours:.0f} ms / {floor:.0f} ms"
    )
    return met


def new_store(backend: str, folder: Path) -> Race:
    """Set `new store` in an empty folder against pyright on the files it makes."""
    made = folder / f"{backend}-made"
    made.mkdir()
    command = [FORGE, "new", "store", "--backend", backend]
    run(command, made)
    files = sorted(str(path.relative_to(made)) for path in made.rglob("*.py"))
    settings = {"typeCheckingMode": "strict", "pythonVersion": "3.11", "include": files}
    (made / "pyrightconfig.json").write_text(json.dumps(settings))
    pyright = [str(BIN / "pyright"), "--outputjson", "--pythonpath", sys.executable]
    summary = json.loads(run(pyright, made))["summary"]
    if summary["filesAnalyzed"] != len(files):
        sys.exit(f"pyright looked at {summary['filesAnalyzed']} of {len(files)} files")

    def afresh() -> None:
        # With a cache that knows nothing: pyright is what it is held against.
        with (
            tempfile.TemporaryDirectory(dir=folder) as empty,
            tempfile.TemporaryDirectory(dir=folder) as cache,
        ):
            run(command, Path(empty), Path(cache))

    return Race(f"new store --backend {backend}", afresh, lambda: run(pyright, made), 1.35)


def start_up(option: str, target: float, folder: Path) -> Race:
    """Set an option that only prints against a Python that does nothing."""
    nothing = [sys.executable, "-c", "pass"]
    return Race(option, lambda: run([FORGE, option], folder), lambda: run(nothing, folder), target)


def main() -> None:
    """Run every race; the exit code is 1 when a target is missed."""
    parser = argparse.ArgumentParser(description="Print what commands cost, as ratios.")
    parser.add_argument("--rounds", type=int, default=9, help="rounds of `new store` [9]")
    parser.add_argument("--backend", choices=BACKENDS, action="append", help="[all]")
    asked = parser.parse_args()
    if not Path(FORGE).exists():
        sys.exit("install chatkit-forge into this interpreter's environment first")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        met = [
            compete(start_up("--version", 3, folder), 5 * asked.rounds),
            compete(start_up("--help", 8, folder), 5 * asked.rounds),
        ]
        for backend in asked.backend or BACKENDS:
            met.append(compete(new_store(backend, folder), asked.rounds))
    sys.exit(0 if all(met) else 1)


if __name__ == "__main__":
    main()
