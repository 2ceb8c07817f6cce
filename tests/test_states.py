"""What publishing would do to a file, and how the user is told."""

import shutil
import subprocess
from pathlib import Path, PurePosixPath

import pytest

from chatkit_forge import receipt, states
from chatkit_forge.errors import Conflict, UsageError

STORE = PurePosixPath("app/stores/sqlite.py")
OLDER, NEWER = "one\ntwo\nthree\n", "one\nTWO\nthree\n"


def project_with(tmp_path: Path, disk: bytes | None, generated: str | None) -> states.FileState:
    """Return the state of STORE, given what is on disk and what an earlier run generated."""
    if disk is not None:
        (tmp_path / STORE).parent.mkdir(parents=True)
        (tmp_path / STORE).write_bytes(disk)
    if generated is not None:
        text = receipt.updated(None, {"app:Store": {}}, {STORE: generated})
        (tmp_path / receipt.PATH).write_bytes(text.encode())
    (state,) = states.compare({STORE: NEWER}, tmp_path, receipt.load(tmp_path))
    return state


@pytest.mark.parametrize(
    ("disk", "generated", "expected"),
    [
        (None, None, "create"),
        (None, OLDER, "create"),
        (NEWER.encode(), None, "identical"),
        (NEWER.encode(), OLDER, "identical"),
        (OLDER.encode(), OLDER, "update"),
        (b"mine\n", OLDER, "edited"),
        (b"mine\n", NEWER, "edited"),
        (OLDER.encode(), None, "conflict"),
        (b"", None, "conflict"),
        (b"\xff\xfe", OLDER, "edited"),
        (NEWER.replace("\n", "\r\n").encode(), NEWER, "identical"),
        (OLDER.replace("\n", "\r\n").encode(), OLDER, "update"),
        (b"mine\r\n", OLDER, "edited"),
        (b"\xef\xbb\xbf" + OLDER.encode(), OLDER, "edited"),
    ],
)
def test_each_file_has_one_state(
    disk: bytes | None, generated: str | None, expected: str, tmp_path: Path
) -> None:
    """The disk, the receipt and the new text decide; line ends of a checkout do not count."""
    assert project_with(tmp_path, disk, generated).state == expected


def test_states_come_in_the_order_of_the_files(tmp_path: Path) -> None:
    """The table shows files as they were planned."""
    files = {PurePosixPath(name): "" for name in ("z.py", "a.py", "m/b.py")}
    assert [s.path for s in states.compare(files, tmp_path, None)] == list(files)


def test_only_the_users_own_text_is_refused(tmp_path: Path) -> None:
    """A list of what would be lost, each with its reason, and both ways on."""
    (tmp_path / "mine.py").write_text("mine\n")
    (tmp_path / "edited.py").write_text("edited\n")
    (tmp_path / "older.py").write_text("older\n")
    older = {PurePosixPath("edited.py"): "older\n", PurePosixPath("older.py"): "older\n"}
    (tmp_path / receipt.PATH).write_text(receipt.updated(None, {"app:Store": {}}, older))
    names = ("mine.py", "edited.py", "older.py", "new.py")
    files = {PurePosixPath(name): "newer\n" for name in names}
    found = states.compare(files, tmp_path, receipt.load(tmp_path))
    with pytest.raises(Conflict) as caught:
        states.refuse(found)
    assert str(caught.value) == (
        "not overwritten: mine.py (conflict), edited.py (edited by you); "
        "--diff shows the changes, --force makes them"
    )
    states.refuse(found[2:])


@pytest.mark.parametrize("before", [None, b"", b"one\n", b"one\x0c\ntwo", "é\u2028\n".encode()])
@pytest.mark.parametrize("after", ["", "one\ntwo\nthree\n", "one\x0c\ntwo\nthree", "é\n"])
def test_git_applies_the_diff(before: bytes | None, after: str, tmp_path: Path) -> None:
    """The diff is a real one: git turns the file on disk into the new text with it."""
    git = shutil.which("git")
    assert git, "git must be installed"
    if before is not None:
        (tmp_path / "a.py").write_bytes(before)
    (state,) = states.compare({PurePosixPath("a.py"): after}, tmp_path, None)
    patch = states.diff(state).encode()
    if before is None and not after:
        assert patch == b"", "there is no line to show of an empty new file"
        return
    if (before or b"").decode() == after:
        assert (state.state, patch) == ("identical", b"")
        return
    assert patch.startswith(b"--- /dev/null\n" if before is None else b"--- a/a.py\n")
    subprocess.run([git, "apply", "-"], input=patch, cwd=tmp_path, check=True)
    found = tmp_path / "a.py"
    assert (found.read_bytes() if found.exists() else b"") == after.encode()


def test_a_diff_of_a_crlf_checkout_shows_only_the_change(tmp_path: Path) -> None:
    """Line ends that git made are no change of every line."""
    lines = states.diff(project_with(tmp_path, b"one\r\ntwo\r\nthree\r\n", OLDER)).splitlines()
    assert lines[:2] == [f"--- a/{STORE}", f"+++ b/{STORE}"]
    assert lines[3:] == [" one", "-two", "+TWO", " three"]


def test_a_diff_shows_what_is_no_utf8(tmp_path: Path) -> None:
    """A file in some other encoding is shown as far as it can be."""
    assert "-caf\ufffd\n" in states.diff(project_with(tmp_path, b"caf\xe9\n", None))


@pytest.mark.parametrize("path", ["../x.py", "/x.py", "link/x.py", ".git/hooks/x", "loop/x.py"])
def test_nothing_outside_the_project_is_even_read(path: str, tmp_path: Path) -> None:
    """A path or a symbolic link that leads out is refused before any comparison."""
    project = tmp_path / "project"
    project.mkdir()
    (project / "link").symlink_to(tmp_path)
    (project / "loop").symlink_to(project / "loop")
    with pytest.raises(UsageError):
        states.compare({PurePosixPath(path): ""}, project, None)
