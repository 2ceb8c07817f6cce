"""The lock holds what the project asks for, and says nothing of where it came from."""

import re
import subprocess
import sys
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
LOCK = (ROOT / "requirements/dev.txt").read_text(encoding="utf-8")
PINNED = {
    canonicalize_name(name): version
    for name, version in re.findall(r"^([\w.-]+)==(\S+) \\$", LOCK, re.MULTILINE)
}


def test_every_requirement_is_pinned_within_its_range() -> None:
    """Fail when a range in pyproject.toml changed and `make lock` was not run."""
    command = [sys.executable, "requirements/inputs.py"]
    asked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    wanted = [Requirement(line) for line in asked.stdout.splitlines()]
    assert wanted
    stale = [
        str(one)
        for one in wanted
        if (pin := PINNED.get(canonicalize_name(one.name))) is None or pin not in one.specifier
    ]
    assert stale == []


def test_every_pin_has_its_hashes() -> None:
    """Hold every package to checksums: what is installed is what was locked."""
    blocks = re.findall(
        r"^[\w.-]+==\S+ \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", LOCK, re.M
    )
    assert len(blocks) == len(PINNED)


def test_the_lock_names_no_place() -> None:
    """Keep addresses and index options out: they are each machine's own."""
    lines = [
        line for line in LOCK.splitlines() if "://" in line or re.match(r"\s*-(?!-hash)", line)
    ]
    assert lines == []
