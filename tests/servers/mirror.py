"""Where this machine's Debian comes from, read from its own apt settings at run time."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Entry:
    """One source of packages: its address, its suites and its key file, "" where apt chooses."""

    address: str
    suites: tuple[str, ...]
    keys: str = ""

    def line(self, suite: str) -> str:
        """Return the sources.list line for another suite of the same place, with the same keys."""
        options = f"[signed-by={self.keys}] " if self.keys else ""
        return f"deb {options}{self.address} {suite} main\n"


def debian(etc: Path = Path("/etc")) -> Entry | None:
    """Return the entry that Debian's main archive comes from, or None on another system.

    Security updates and other people's repositories have no suite named just like the release.
    """
    release = etc / "os-release"
    facts = release.read_text(encoding="utf-8") if release.is_file() else ""
    if not re.search(r'^ID="?debian"?$', facts, re.MULTILINE):
        return None
    codename = re.search(r'^VERSION_CODENAME="?([\w-]+)', facts, re.MULTILINE)
    names = {codename[1], "stable"} if codename else {"sid", "unstable", "testing"}
    return next((found for found in _entries(etc / "apt") if names & set(found.suites)), None)


def _entries(apt: Path) -> Iterator[Entry]:
    """Yield the entries of sources.list and sources.list.d, in both of apt's formats."""
    for path in [apt / "sources.list", *sorted((apt / "sources.list.d").glob("*"))]:
        if path.suffix == ".list" and path.is_file():
            yield from _one_line(path.read_text(encoding="utf-8"))
        elif path.suffix == ".sources" and path.is_file():
            yield from _deb822(path.read_text(encoding="utf-8"))


def _one_line(text: str) -> Iterator[Entry]:
    """Yield the entries of a .list file."""
    entry = re.compile(r"^deb[ \t]+(?:\[([^\]]*)\][ \t]+)?(\S+)[ \t]+(\S+)", re.MULTILINE)
    for options, address, suite in entry.findall(text):
        keys = re.search(r"signed-by=(\S+)", options)
        yield Entry(address, (suite,), keys[1] if keys else "")


def _deb822(text: str) -> Iterator[Entry]:
    """Yield the entries of a .sources file that are switched on."""
    for stanza in re.split(r"\n[ \t]*\n", text):
        fields = {
            name.lower(): value
            for name, value in re.findall(r"^([\w-]+):[ \t]*(\S.*)$", stanza, re.MULTILINE)
        }
        if "deb" in fields.get("types", "").split() and fields.get("enabled", "yes") != "no":
            address, *_ = fields.get("uris", "").split() or [""]
            yield Entry(
                address, tuple(fields.get("suites", "").split()), fields.get("signed-by", "")
            )
