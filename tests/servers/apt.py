"""Debian packages: on the machine when we are root, or unpacked into a private folder."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from .errors import ServerUnavailableError

_QUIET = ["-qq", "-o", "DPkg::Lock::Timeout=300"]


def install(name: str, *packages: str) -> None:
    """Install packages that server `name` needs; raises ServerUnavailableError when we may not."""
    wanted = " ".join(packages)
    if shutil.which("apt-get") is None:
        raise ServerUnavailableError(name, f"this machine has no apt-get to install {wanted} with")
    if os.geteuid() != 0:
        raise ServerUnavailableError(name, f"install it as root with `apt-get install {wanted}`")
    _apt(name, ["update"])
    _apt(name, ["install", "-y", "--no-install-recommends", *packages])


def unpack_from_sid(name: str, package: str, prefix: Path) -> None:
    """Unpack a package of Debian sid, and all it needs, into `prefix`; no root needed.

    A private apt root with an empty package list makes apt resolve everything down to the C
    library, so that nothing of the machine's own release is mixed in. Signatures are checked
    with the keys that the machine's own entry names.
    """
    apt = prefix / "apt"
    for folder in ("state/lists/partial", "cache/archives/partial", "etc"):
        (apt / folder).mkdir(parents=True)
    (apt / "state/status").touch()
    (apt / "etc/sources.list").write_text(_sid_entry(name) + "\n", encoding="utf-8")
    (apt / "apt.conf").write_text(
        f'Dir::State "{apt}/state";\n'
        f'Dir::State::status "{apt}/state/status";\n'
        f'Dir::Cache "{apt}/cache";\n'
        f'Dir::Etc::SourceList "{apt}/etc/sources.list";\n'
        'Dir::Etc::SourceParts "/dev/null";\n'
        'Dir::Etc::Preferences "/dev/null";\n'
        'Dir::Etc::PreferencesParts "/dev/null";\n'
        f'APT::Sandbox::User "";\n'  # the download user cannot enter a private folder
        'Acquire::Languages "none";\n',
        encoding="utf-8",
    )
    private = os.environ | {"APT_CONFIG": str(apt / "apt.conf")}
    _apt(name, ["update"], private)
    _apt(
        name,
        ["install", "-y", "--download-only", "--no-install-recommends", package],
        private,
    )
    for archive in sorted((apt / "cache/archives").glob("*.deb")):
        _run(name, ["dpkg-deb", "--extract", str(archive), str(prefix)], dict(os.environ))
    shutil.rmtree(apt)


def _apt(name: str, arguments: list[str], env: dict[str, str] | None = None) -> None:
    """Run apt-get without questions."""
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    _run(name, ["apt-get", *_QUIET, *arguments], (env or dict(os.environ)) | quiet)


def _run(name: str, command: list[str], env: dict[str, str]) -> None:
    """Run a command; raises ServerUnavailableError with the last line it wrote."""
    done = subprocess.run(
        command,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        last = (done.stdout.strip() or "it said nothing").splitlines()[-1]
        raise ServerUnavailableError(name, f"`{command[0]}` failed: {last}")


def _sid_entry(name: str) -> str:
    """Return a source line for sid on the mirror that this machine already uses for Debian."""
    for uri, suites, signed_by in _sources():
        # Security and third-party repositories carry no suite named exactly like the release.
        if _codename() in suites:
            keys = f"[signed-by={signed_by}] " if signed_by else ""
            return f"deb {keys}{uri} sid main"
    raise ServerUnavailableError(
        name, "the machine's apt sources name no Debian mirror to get it from"
    )


def _codename() -> str:
    """Return the machine's release name, such as bookworm; empty when it is not a Debian."""
    release = Path("/etc/os-release")
    text = release.read_text(encoding="utf-8") if release.is_file() else ""
    if not re.search(r'^ID="?debian"?$', text, re.MULTILINE):
        return ""
    found = re.search(r'^VERSION_CODENAME="?([\w-]+)', text, re.MULTILINE)
    return found[1] if found else "sid"


def _sources() -> Iterator[tuple[str, list[str], str]]:
    """Yield address, suites and key file of each of the machine's own apt entries."""
    etc = Path("/etc/apt")
    for path in [etc / "sources.list", *sorted((etc / "sources.list.d").glob("*"))]:
        text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
        if path.suffix == ".sources":
            for stanza in re.split(r"\n\s*\n", text):
                fields = dict(re.findall(r"^([\w-]+):[ \t]*(\S.*)$", stanza, re.MULTILINE))
                if "deb" in fields.get("Types", "").split():
                    uri = fields.get("URIs", "").split()[0]
                    yield uri, fields.get("Suites", "").split(), fields.get("Signed-By", "")
        else:
            for options, uri, suite in re.findall(
                r"^deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)", text, re.MULTILINE
            ):
                keys = re.search(r"signed-by=(\S+)", options)
                yield uri, [suite], keys[1] if keys else ""
