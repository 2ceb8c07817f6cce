"""What the next run makes of a journal: finish, roll back, discard, or say what is in the way."""

import json
import shutil
from pathlib import Path

import pytest

from chatkit_forge import disk, journal, write
from chatkit_forge.errors import UsageError
from chatkit_forge.journal import Journal, Step

OLD = {"a.py": b"old a\n", "b.py": b"old b\n", "new/c.py": None}
NEW = {"a.py": b"new a\n", "b.py": b"new b\n", "new/c.py": b"new c\n"}


def die_after(project: Path, placed: int) -> Journal:
    """Leave the project as a run does that dies when `placed` of three files are in place."""
    for name, old in OLD.items():
        if old is not None:
            (project / name).write_bytes(old)
    steps = tuple(
        Step(name, None if old is None else disk.digest(old), disk.digest(NEW[name]))
        for name, old in OLD.items()
    )
    record = Journal(project, steps, ("new",))
    record.commit([(old, NEW[name]) for name, old in OLD.items()])
    (project / "new").mkdir()
    for number in range(placed):
        record.staged(number, "new").replace(project / steps[number].path)
    return record


def contents(project: Path) -> dict[str, bytes | None]:
    """Return the three files as they are, and show that the journal is gone."""
    assert not (project / journal.FOLDER).exists()
    return {
        name: (project / name).read_bytes() if (project / name).exists() else None for name in OLD
    }


@pytest.mark.parametrize("placed", [0, 1, 2, 3])
def test_a_promised_change_is_completed(placed: int, tmp_path: Path) -> None:
    """The record is there: all that was promised is done, wherever the run died."""
    die_after(tmp_path, placed)
    assert write.pending(tmp_path)
    assert write.recover(tmp_path) == "completed"
    assert contents(tmp_path) == NEW


@pytest.mark.parametrize("placed", [0, 1, 2, 3])
def test_a_change_on_its_way_back_is_rolled_back(placed: int, tmp_path: Path) -> None:
    """A run that died while rolling back is rolled back, with the folders it had made."""
    record = die_after(tmp_path, placed)
    (record.home / "forward.json").rename(record.home / "back.json")
    assert write.recover(tmp_path) == "rolled back"
    assert contents(tmp_path) == OLD
    assert not (tmp_path / "new").exists()


def test_a_change_without_a_record_is_discarded(tmp_path: Path) -> None:
    """A run that died before its promise touched nothing, so nothing is done."""
    record = die_after(tmp_path, 0)
    (record.home / "forward.json").unlink()
    assert write.recover(tmp_path) == "discarded"
    assert contents(tmp_path) == OLD


def test_publishing_settles_an_earlier_run_first(tmp_path: Path) -> None:
    """Whoever publishes needs no thought of what a dead run left."""
    die_after(tmp_path, 1)
    write.publish({}, tmp_path)
    assert contents(tmp_path) == NEW


def test_an_edit_after_the_new_text_came_is_kept(tmp_path: Path) -> None:
    """The user went on with a file already in place; the others follow."""
    die_after(tmp_path, 1)
    (tmp_path / "a.py").write_text("mine\n")
    assert write.recover(tmp_path) == "completed"
    assert contents(tmp_path) == {**NEW, "a.py": b"mine\n"}


def test_an_edit_before_the_new_text_came_is_kept(tmp_path: Path) -> None:
    """The user went on with the old text of one file; the others go back to theirs."""
    die_after(tmp_path, 1)
    (tmp_path / "b.py").write_text("mine\n")
    (tmp_path / "new/other.py").touch()
    assert write.recover(tmp_path) == "rolled back"
    assert contents(tmp_path) == {**OLD, "b.py": b"mine\n"}
    assert (tmp_path / "new/other.py").exists(), "a folder somebody uses stays"


def test_edits_that_allow_neither_way_are_left_to_the_user(tmp_path: Path) -> None:
    """One line says which file and how to go on; doing so lets the next run pass."""
    die_after(tmp_path, 1)
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_text("mine\n")
    for _ in range(2):
        with pytest.raises(UsageError, match=r"a\.py was changed .* delete \.chatkit") as caught:
            write.publish({}, tmp_path)
        assert "\n" not in str(caught.value)
    shutil.rmtree(tmp_path / journal.FOLDER)
    assert write.recover(tmp_path) is None
    assert contents(tmp_path) == {"a.py": b"mine\n", "b.py": b"mine\n", "new/c.py": None}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "3",
        "{}",
        "\udcff",
        "[" * 100_000,
        '{"format": 2, "steps": [], "folders": []}',
        '{"format": 1, "steps": [{"path": "a.py"}], "folders": []}',
    ],
)
def test_a_record_nobody_wrote_is_one_line(text: str, tmp_path: Path) -> None:
    """A damaged journal is named, with what to do, and nothing is touched."""
    record = die_after(tmp_path, 0)
    (record.home / "forward.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(UsageError, match=r"record is unreadable .* delete \.chatkit-forge-journal"):
        write.recover(tmp_path)
    assert (tmp_path / "a.py").read_bytes() == OLD["a.py"]


@pytest.mark.parametrize("path", ["../outside.py", "/outside.py", ".git/hooks/pre-commit"])
@pytest.mark.parametrize("direction", ["forward", "back"])
def test_a_planted_journal_leads_nowhere(path: str, direction: str, tmp_path: Path) -> None:
    """A journal that came with somebody's repository writes nothing beside the project."""
    project = tmp_path / "project"
    project.mkdir()
    record = die_after(project, 0)
    data = json.loads((record.home / "forward.json").read_text())
    data["steps"][0] = {"path": path, "old": None, "new": disk.digest(NEW["a.py"])}
    (record.home / "forward.json").unlink()
    (record.home / f"{direction}.json").write_text(json.dumps(data))
    with pytest.raises(UsageError, match="leads"):
        write.recover(project)
    assert {p.name for p in tmp_path.iterdir()} == {"project"}
    assert not (project / ".git").exists()


def test_a_journal_in_part_is_rolled_back(tmp_path: Path) -> None:
    """Somebody removed what was to be put in place: the old state is what is left to reach."""
    record = die_after(tmp_path, 0)
    shutil.rmtree(record.home / "new")
    assert write.recover(tmp_path) == "rolled back"
    assert contents(tmp_path) == OLD
