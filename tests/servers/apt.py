"""Debian packages: on the machine when we are root, or unpacked into a private folder."""

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

from . import mirror
from .errors import ServerUnavailableError

_SHARED = Path(__file__).resolve().parents[2] / "requirements" / "dev.txt"
_QUIET = ["-qq", "-o", "DPkg::Lock::Timeout=300"]
# Whom the lists were fetched for: once a run is enough, and takes as long as it takes to install.
_fetched: list[str] = []


def install(name: str, *packages: str) -> None:
    """Install packages that server `name` needs; raises ServerUnavailableError when we may not."""
    wanted = " ".join(packages)
    _require(name, wanted)
    if os.geteuid() != 0:
        raise ServerUnavailableError(name, f"install it as root with `apt-get install {wanted}`")
    # apt does not wait for its lists, which `requirements/venv` may be fetching for another Python.
    with _SHARED.open(encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _fetched:
            _apt(name, ["update"])
            _fetched.append(name)
        _apt(name, ["install", "-y", "--no-install-recommends", *packages])


def unpack_from_sid(name: str, package: str, prefix: Path) -> None:
    """Unpack a package of Debian sid, and all it needs, into `prefix`; no root needed.

    A private apt root with an empty package list makes apt resolve everything down to the C
    library, so that nothing of the machine's own release is mixed in. Signatures are checked
    with the keys that the machine's own entry names.
    """
    _require(name, package)
    source = mirror.debian()
    if source is None:
        raise ServerUnavailableError(name, "the machine's apt settings name no Debian mirror")
    apt = prefix / "apt"
    for folder in ("state/lists/partial", "cache/archives/partial", "etc"):
        (apt / folder).mkdir(parents=True)
    (apt / "state/status").touch()
    (apt / "etc/sources.list").write_text(source.line("sid"), encoding="utf-8")
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


def in_prefix(prefix: Path, program: str) -> list[str | Path]:
    """Return how to start a program of an unpacked prefix, on the prefix's own C library."""
    usr = prefix / "usr"
    loader = next(usr.glob("lib/*-linux-gnu/ld-linux-*.so.*"))
    return [loader, "--library-path", loader.parent, usr / program]


def _require(name: str, wanted: str) -> None:
    """Raise ServerUnavailableError on a machine that is none of Debian's."""
    if shutil.which("apt-get") is None:
        raise ServerUnavailableError(name, f"this machine has no apt-get to install {wanted} with")


def _apt(name: str, arguments: list[str], env: dict[str, str] | None = None) -> None:
    """Run apt-get without questions, and without starting what it installs as a service."""
    quiet = {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
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
