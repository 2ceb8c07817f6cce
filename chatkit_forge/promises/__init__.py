"""Prove three promises on a libcst tree: complete classes, right literals, typed lists."""

from dataclasses import dataclass
from pathlib import PurePosixPath

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from .classes import Classes
from .lists import Lists
from .literals import Literals
from .names import imported_names


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Say what is wrong where; `line` counts from 1."""

    path: PurePosixPath
    line: int
    message: str

    def __str__(self) -> str:
        """Return "path:line: message"."""
        return f"{self.path}:{self.line}: {self.message}"


def check(module: cst.Module, path: PurePosixPath) -> list[Finding]:
    """Return what breaks a promise in the module, in line order; empty when all hold."""
    names = imported_names(module)
    promises = (Classes(names), Literals(names), Lists())
    cst.visit_batched(module, promises)
    broken = [pair for promise in promises for pair in promise.broken()]
    if not broken:
        return []
    # Positions cost more than the visit itself, so they are computed for findings only.
    positions = MetadataWrapper(module, unsafe_skip_copy=True).resolve(PositionProvider)
    return sorted(Finding(path, positions[node].start.line, text) for node, text in broken)
