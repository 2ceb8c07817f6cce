"""Publishing that dies, is interrupted or finds no room leaves the old or the new state."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def play(*command: str) -> dict[str, int]:
    """Run a program of this folder and return the counts that it prints."""
    done = subprocess.run(
        [*command], cwd=ROOT, stdout=subprocess.PIPE, check=False, timeout=300, text=True
    )
    assert done.returncode == 0, "its own assertions are above"
    return json.loads(done.stdout)


def isolated() -> list[str]:
    """Return the command that gives a program mounts of its own, without root where possible."""
    unshare = shutil.which("unshare") or "unshare"
    for flag in ("-m", "-rm"):
        try:
            if subprocess.run([unshare, flag, "true"], check=False).returncode == 0:
                return [unshare, flag]
        except FileNotFoundError:
            break
    reason = "this machine lets nobody mount a file system; needs Linux and root or namespaces"
    if os.geteuid() == 0:  # as in CI, where nothing may be left out in silence
        pytest.fail(reason)
    pytest.skip(reason)


def faults(name: str) -> dict[str, int]:
    """Play one fault of tests/faults.py."""
    return play(*isolated(), sys.executable, "-m", "tests.faults", name)


def test_killed_at_any_call_the_next_run_reaches_old_or_new() -> None:
    """SIGKILL at each call that touches the disk, in publishing and in recovering from that."""
    seen = play(sys.executable, "-m", "tests.killed", "killed")
    assert seen["killed"] > 60
    assert seen["killed while recovering"] > 500
    assert seen["old"] > 20
    assert seen["new"] > 5


def test_killed_while_rolling_back_the_next_run_reaches_old() -> None:
    """One file of the set cannot be replaced, so that there is nothing but the old state."""
    seen = play(sys.executable, "-m", "tests.killed", "locked")
    assert seen["killed while recovering"] > 500
    assert "new" not in seen


def test_killed_inside_a_write_the_next_run_reaches_old() -> None:
    """A file cut short by death never gets out of the journal."""
    assert play(sys.executable, "-m", "tests.killed", "writing") == {"old": 10, "new": 1}


def test_ctrl_c_cleans_up_after_itself() -> None:
    """An interrupt at any call leaves the old or the new state and no journal."""
    seen = play(sys.executable, "-m", "tests.killed", "interrupted")
    assert seen["old"] > 30
    assert seen["new"] > 0


def test_a_full_disk_leaves_everything_as_it_was() -> None:
    """However much is missing, the line names the file and says to free space."""
    seen = faults("full")
    assert seen.pop("published") == 1
    assert "cannot write app/sub/store.py: No space left on device; free some disk space" in str(
        seen
    )
    assert all("No space left" in line for line in seen)


def test_a_disk_without_room_for_names_leaves_everything_as_it_was() -> None:
    """Folders are made last: one that cannot be made takes back what is in place already."""
    seen = faults("no_names")
    assert seen.pop("published") == 1
    assert {line.split(":")[0] for line in seen} > {"cannot write app/more", "cannot write tests"}


def test_a_limit_on_file_size_leaves_everything_as_it_was() -> None:
    """What a quota or limit answers is one line too."""
    seen = play(sys.executable, "-m", "tests.faults", "quota")
    assert seen.pop("published") == 1
    assert len(seen) > 1


def test_a_folder_that_is_a_mount_is_published_into_or_left_alone() -> None:
    """Files cannot be moved between file systems; they are copied beside their place first."""
    assert list(faults("mounted").items()) == [
        ("published", 1),
        (
            "cannot write app/sub/store.py: No space left on device; "
            "free some disk space and run again",
            1,
        ),
    ]


def test_a_read_only_disk_or_folder_is_one_line() -> None:
    """The folder that has to be writable is named."""
    assert list(faults("read_only_mount")) == [
        "cannot write FOLDER/work: Read-only file system; "
        "make it and its folder writable and run again"
    ]
    assert list(play(sys.executable, "-m", "tests.faults", "read_only_folder")) == [
        "cannot write FOLDER/work: Permission denied; "
        "make it and its folder writable and run again",
        "cannot write app/sub/store.py: Permission denied; "
        "make it and its folder writable and run again",
    ]


def test_a_disk_that_goes_read_only_amid_publishing_is_settled_later() -> None:
    """When not even rolling back is possible, the journal stays and a later run uses it."""
    first, second = faults("read_only_later")
    assert first.endswith("the next run settles what is half done")
    assert second.startswith("an interrupted run cannot be taken back")
