"""Remember what was generated: `.chatkit-forge.json`, kept with the project's sources.

It tells a file "edited by you" from one of an older template, and holds the text as generated, the
base a later merge starts from. It carries no time and no path of this machine, so the same run
leaves the same bytes, and no secret: nothing but the answers and the generated text. (That of a
pyproject.toml may say from which folder chatkit-forge was installed.)
"""

import itertools
import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from . import __version__, disk
from .errors import UsageError
from .options import AppOptions, Options, Package, ServerOptions, StoreOptions

PATH = PurePosixPath(".chatkit-forge.json")
FORMAT = 1
LARGEST = 1 << 24  # bytes of one generated text: a damaged receipt shall not fill the memory

Answers = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Generated:
    """Hold one file as generated: the digest of its text, and the text in base64 of zlib."""

    sha256: str
    packed: str

    def text(self) -> str:
        """Return the text as it was generated; raises ValueError when it is damaged."""
        try:
            data = zlib.decompressobj().decompress(b64decode(self.packed, validate=True), LARGEST)
        except zlib.error as error:
            raise ValueError(str(error)) from error
        if disk.digest(data) != self.sha256:
            raise ValueError("a text does not match its digest")
        return data.decode()


@dataclass(frozen=True, slots=True)
class Receipt:
    """Hold the version that wrote last, the answers for each entry, and each file as generated.

    An entry is what the command is for, such as "app.stores.sqlite:SqliteStore"; answers are
    plain JSON. Several entries share files such as config.py.
    """

    template: str
    answers: Mapping[str, Answers]
    files: Mapping[PurePosixPath, Generated]


def load(project: Path) -> Receipt | None:
    """Read the project's receipt, None when there is none.

    Raises UsageError for one that is damaged, not ours, or written by a newer version.
    """
    data = disk.read(disk.locate(project, PATH), PATH)
    if data is None:
        return None
    try:
        return _parse(json.loads(data))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        lacking = "no " if isinstance(error, KeyError) else ""
        reason = lacking + " ".join(str(error).split())[:80]
        raise UsageError(
            f"{PATH} is damaged or not chatkit-forge's ({reason}); restore it from version control,"
            " or delete it: generated files then count as yours until --force"
        ) from error


def _parse(data: dict[str, Any]) -> Receipt:
    """Take the receipt apart; raises what a surprise raises, and UsageError for a newer one."""
    template = str(data["template"])
    if data["format"] > FORMAT or _release(template) > _release(__version__):
        raise UsageError(
            f"{PATH} was written by chatkit-forge {template}, this is {__version__}; "
            "upgrade chatkit-forge"
        )
    files = {
        PurePosixPath(path): Generated(str(file["sha256"]), str(file["text"]))
        for path, file in data["files"].items()
    }
    for file in files.values():
        file.text()
    answers = {str(entry): dict(given) for entry, given in data["answers"].items()}
    return Receipt(template, answers, files)


def _release(version: str) -> tuple[int, ...]:
    """Return the numbers a version begins with: (0, 2) for "0.2.dev1"."""
    return tuple(map(int, itertools.takewhile(str.isdecimal, version.split("."))))


def updated(
    receipt: Receipt | None, given: Mapping[str, Answers], files: Mapping[PurePosixPath, str]
) -> str:
    """Return the text of the receipt after `files` were generated for the entries in `given`.

    What other entries generated stays, but for one of the same module, whose class is gone. The
    packed form of an unchanged text is kept as it is, because another build of zlib may pack the
    same text into other bytes.
    """
    known = dict(receipt.files) if receipt else {}
    for path, text in files.items():
        if path not in known or known[path].sha256 != disk.digest(text.encode()):
            known[path] = _pack(text)
    data: dict[str, object] = {
        "answers": {**others(receipt, given), **given},
        "files": {str(p): {"sha256": f.sha256, "text": f.packed} for p, f in known.items()},
        "format": FORMAT,
        "template": __version__,
    }
    return json.dumps(data, indent=2, sort_keys=True) + "\n"


def _pack(text: str) -> Generated:
    data = text.encode()
    return Generated(disk.digest(data), b64encode(zlib.compress(data, 9)).decode("ascii"))


def others(receipt: Receipt | None, entries: Iterable[str]) -> dict[str, Answers]:
    """Return the answers that a run for these entries leaves standing."""
    modules = {entry.partition(":")[0] for entry in entries}
    if receipt is None:
        return {}
    known = receipt.answers.items()
    return {entry: given for entry, given in known if entry.partition(":")[0] not in modules}


def entries(options: Options) -> dict[str, Answers]:
    """Return what a run is for, each with its answers."""
    match options:
        case StoreOptions() | ServerOptions():
            return {options.entry: answers(options)}
        case AppOptions(name=name, store=store, server=server):
            return {**entries(store), **entries(server), server.app_entry: {"name": name}}


def answers(options: StoreOptions | ServerOptions) -> Answers:
    """Return what `options` asked for, in plain JSON and without the project's own path."""
    common = {
        "class_name": options.class_name,
        "context": {
            "expression": options.context.expression,
            "generated": options.context.generated,
            "module": options.context.module,
        },
        "owner": ".".join(options.owner),
        "package": package(options.package),
        "tests": options.tests,
    }
    if isinstance(options, StoreOptions):
        return {
            **common,
            "backend": options.backend,
            "driver": options.driver,
            "helpers": options.helpers,
            "table_prefix": options.table_prefix,
        }
    return {
        **common,
        "attachments": options.attachments,
        "auth": options.auth,
        "page_in_context": options.page_in_context,
        "provider": options.provider,
        "rag": options.rag,
        "store": str(options.store),
    }


def package(package: Package) -> Answers:
    """Return the place of a package in plain JSON."""
    return {
        "folder": str(package.folder),
        "import_name": package.import_name,
        "import_root": str(package.import_root),
    }
