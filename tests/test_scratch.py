"""A run writes to memory where there is room, and leaves nothing there."""

import os
import tempfile
from pathlib import Path

import pytest

from .servers import scratch


@pytest.fixture(autouse=True)
def memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Lend a folder in place of the system's memory, with room enough, and forget TMPDIR."""
    monkeypatch.setattr(scratch, "MEMORY", tmp_path)
    monkeypatch.setattr(scratch, "ROOM", 1)
    monkeypatch.delenv("TMPDIR", raising=False)
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def test_temporary_files_are_made_in_memory_and_removed(memory: Path) -> None:
    """Lead this process and its children there, and let other users in."""
    with scratch.chosen():
        folder = Path(os.environ["TMPDIR"])
        assert folder.parent == memory
        assert folder.stat().st_mode & 0o1777 == 0o1777
        assert Path(tempfile.mkdtemp()).parent == folder
    assert "TMPDIR" not in os.environ
    assert not list(memory.iterdir())
    assert Path(tempfile.gettempdir()) != folder


def test_a_place_that_was_named_is_kept(monkeypatch: pytest.MonkeyPatch, memory: Path) -> None:
    """Leave TMPDIR to who set it."""
    monkeypatch.setenv("TMPDIR", "elsewhere")
    with scratch.chosen():
        assert os.environ["TMPDIR"] == "elsewhere"
        assert not list(memory.iterdir())


def test_memory_without_room_is_left_alone(monkeypatch: pytest.MonkeyPatch, memory: Path) -> None:
    """Stay on the disk where a run would not fit."""
    monkeypatch.setattr(scratch, "ROOM", 1 << 60)
    with scratch.chosen():
        assert "TMPDIR" not in os.environ
        assert not list(memory.iterdir())
