"""Publishing: what is written, what is left alone, what is refused before anything is touched."""

import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest

from chatkit_forge import journal, receipt, write
from chatkit_forge.errors import UsageError

CONFIG, STORE = PurePosixPath("app/config.py"), PurePosixPath("app/stores/sqlite.py")
FILES = {CONFIG: "config = 1\n", STORE: "store = 'é'\n"}


def snapshot(project: Path) -> dict[str, bytes | None]:
    """Return every name in the project, and the bytes of files."""
    return {
        p.relative_to(project).as_posix(): p.read_bytes() if p.is_file() else None
        for p in project.rglob("*")
    }


def test_files_and_folders_are_made(tmp_path: Path) -> None:
    """In an empty folder everything appears, in UTF-8 with LF, and nothing else stays."""
    assert write.publish(FILES, tmp_path) == (CONFIG, STORE)
    assert snapshot(tmp_path) == {
        "app": None,
        "app/stores": None,
        "app/config.py": b"config = 1\n",
        "app/stores/sqlite.py": "store = 'é'\n".encode(),
    }


def test_a_second_run_touches_nothing(tmp_path: Path) -> None:
    """Identical files keep their inode and time, so that no editor or build tool wakes up."""
    write.publish(FILES, tmp_path)
    os.utime(tmp_path / CONFIG, (1, 1))
    before = (tmp_path / CONFIG).stat()
    assert write.publish(FILES, tmp_path) == ()
    after = (tmp_path / CONFIG).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_crlf_checkout_is_left_alone_and_new_text_is_lf(tmp_path: Path) -> None:
    """Line ends alone are no reason to write; what is written has LF."""
    write.publish(FILES, tmp_path)
    (tmp_path / CONFIG).write_bytes(b"config = 1\r\n")
    assert write.publish(FILES, tmp_path) == ()
    assert (tmp_path / CONFIG).read_bytes() == b"config = 1\r\n"
    assert write.publish({CONFIG: "config = 2\n"}, tmp_path) == (CONFIG,)
    assert (tmp_path / CONFIG).read_bytes() == b"config = 2\n"


@pytest.mark.parametrize("mode", [0o600, 0o444, 0o755])
def test_an_overwritten_file_keeps_its_mode(mode: int, tmp_path: Path) -> None:
    """A private file stays private and a program executable."""
    write.publish(FILES, tmp_path)
    (tmp_path / CONFIG).chmod(mode)
    write.publish({CONFIG: "other\n"}, tmp_path)
    assert stat.S_IMODE((tmp_path / CONFIG).stat().st_mode) == mode


def test_a_new_file_has_the_users_usual_mode(tmp_path: Path) -> None:
    """The journal is private; what comes out of it is as any program of the user writes."""
    (tmp_path / "usual").touch()
    write.publish(FILES, tmp_path)
    assert (tmp_path / CONFIG).stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_a_link_inside_the_project_is_followed_and_kept(tmp_path: Path) -> None:
    """A folder or file that is a link to a place in the project is written through."""
    (tmp_path / "src/app").mkdir(parents=True)
    (tmp_path / "app").symlink_to("src/app", target_is_directory=True)
    (tmp_path / "real.py").touch()
    (tmp_path / "src/app/config.py").symlink_to("../../real.py")
    write.publish(FILES, tmp_path)
    assert (tmp_path / "real.py").read_text() == FILES[CONFIG]
    assert (tmp_path / "src/app/config.py").is_symlink()
    assert (tmp_path / "src/app/stores/sqlite.py").is_file()


def test_a_project_may_be_reached_by_a_link(tmp_path: Path) -> None:
    """The project's own folder may be a link: only what leads out of it is refused."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real", target_is_directory=True)
    write.publish(FILES, tmp_path / "link")
    assert (tmp_path / "real/app/config.py").is_file()


def outside(project: Path) -> None:
    """Make `app` a link to a folder outside."""
    (project.parent / "outside").mkdir()
    (project / "app").symlink_to(project.parent / "outside", target_is_directory=True)


def outside_file(project: Path) -> None:
    """Make the second file a dangling link to a place outside."""
    (project / "app/stores").mkdir(parents=True)
    (project / STORE).symlink_to(project.parent / "elsewhere.py")


def gits(project: Path) -> None:
    """Make `app` a link into git's own folder."""
    (project / ".git/hooks").mkdir(parents=True)
    (project / "app").symlink_to(".git/hooks", target_is_directory=True)


def folder(project: Path) -> None:
    """Make the second file a folder."""
    (project / STORE).mkdir(parents=True)


def file(project: Path) -> None:
    """Make a folder on the way a file."""
    (project / "app").mkdir()
    (project / "app/stores").touch()


def pipe(project: Path) -> None:
    """Make the second file a pipe, which to read would wait for ever."""
    (project / "app/stores").mkdir(parents=True)
    os.mkfifo(project / STORE)


def one_file(project: Path) -> None:
    """Make both files one and the same."""
    (project / "app/stores").mkdir(parents=True)
    (project / STORE).symlink_to("../config.py")


REFUSED: dict[Callable[[Path], None], str] = {
    outside: "leads out of the project",
    outside_file: "leads out of the project",
    gits: "git's own folder",
    folder: "is a folder",
    file: "is a file where a folder is needed",
    pipe: "not an ordinary file",
    one_file: "one and the same file",
}


@pytest.mark.parametrize("obstacle", REFUSED, ids=[o.__name__ for o in REFUSED])
def test_an_obstacle_is_one_line_and_nothing_is_written(
    obstacle: Callable[[Path], None], tmp_path: Path
) -> None:
    """What stands in the way of any file is found before the first is touched."""
    project = tmp_path / "project"
    project.mkdir()
    obstacle(project)
    before = snapshot(tmp_path)
    with pytest.raises(UsageError, match=REFUSED[obstacle]) as caught:
        write.publish(FILES, project)
    assert "\n" not in str(caught.value)
    assert "app" in str(caught.value)
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize("path", ["../x", "/x", "app/../../x", ".git/config", "app/.GIT/x"])
def test_a_path_that_leads_away_is_refused(path: str, tmp_path: Path) -> None:
    """Not even a plan may write beside the project or into a repository's own folder."""
    with pytest.raises(UsageError, match="leads"):
        write.publish({CONFIG: "", PurePosixPath(path): ""}, tmp_path)
    assert snapshot(tmp_path) == {}


@pytest.mark.parametrize(
    ("name", "said"), [("missing", "missing cannot be opened"), ("file", "file is not a folder")]
)
def test_the_project_has_to_be_a_folder(name: str, said: str, tmp_path: Path) -> None:
    """A project that is not there, or is a file, is a usage error."""
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match=said):
        write.publish(FILES, tmp_path / name)


def test_an_edit_during_the_checks_is_not_overwritten(tmp_path: Path) -> None:
    """What the caller decided upon has to be what is still there."""
    write.publish(FILES, tmp_path)
    seen = {CONFIG: (tmp_path / CONFIG).read_bytes(), STORE: None}
    with pytest.raises(UsageError, match=r"sqlite.py was changed during the run"):
        write.publish({CONFIG: "", STORE: ""}, tmp_path, seen)
    assert (tmp_path / CONFIG).read_text() == FILES[CONFIG]
    write.publish({CONFIG: ""}, tmp_path, seen)
    assert (tmp_path / CONFIG).read_text() == ""


PROCESS = """
import sys
from pathlib import Path, PurePosixPath
from chatkit_forge import receipt, write
project, name = Path(sys.argv[1]), sys.argv[2]
print("ready", flush=True)
sys.stdin.readline()
for number in range(20):
    with write.exclusive(project):
        text = receipt.updated(receipt.load(project), {f"{name}{number}": {}}, {})
        files = {PurePosixPath("shared.py"): name * 100_000, PurePosixPath(f"{name}.py"): name}
        write.publish({**files, receipt.PATH: text}, project)
"""


def test_two_runs_at_once_take_turns(tmp_path: Path) -> None:
    """Both succeed, no file mixes the two, and neither loses the other's entry in the receipt."""
    command = [sys.executable, "-c", PROCESS, str(tmp_path)]
    runs = [
        subprocess.Popen([*command, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for name in "ab"
    ]
    for run in runs:
        assert run.stdout
        assert run.stdout.readline() == b"ready\n"
    for run in runs:
        assert run.stdin
        run.stdin.write(b"go\n")
        run.stdin.flush()
    for run in runs:
        run.communicate(timeout=60)
    assert [run.returncode for run in runs] == [0, 0]
    assert (tmp_path / "shared.py").read_text() in {"a" * 100_000, "b" * 100_000}
    found = receipt.load(tmp_path)
    assert found is not None
    assert set(found.answers) == {f"{name}{number}" for name in "ab" for number in range(20)}
    assert {p.name for p in tmp_path.iterdir()} == {"shared.py", "a.py", "b.py", str(receipt.PATH)}


def test_a_run_that_waits_too_long_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that hangs elsewhere is one clear line here, and nothing is written."""
    monkeypatch.setattr(write, "PATIENCE", 0.05)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with write.exclusive(tmp_path):
            held.set()
            done.wait(30)

    other = threading.Thread(target=hold)
    other.start()
    try:
        assert held.wait(30)
        with pytest.raises(UsageError, match="another run is writing"):
            write.publish(FILES, tmp_path)
    finally:
        done.set()
        other.join()
    assert snapshot(tmp_path) == {}
    assert write.publish(FILES, tmp_path)


def test_without_an_interrupted_run_there_is_nothing_to_recover(tmp_path: Path) -> None:
    """The usual start of a run changes nothing."""
    assert write.recover(tmp_path) is None
    assert not write.pending(tmp_path)
    assert snapshot(tmp_path) == {}


def test_a_journal_that_is_not_a_folder_is_refused(tmp_path: Path) -> None:
    """A file or link of the journal's name is not ours to remove."""
    (tmp_path / "precious").mkdir()
    (tmp_path / journal.FOLDER).symlink_to("precious")
    with pytest.raises(UsageError, match="not a folder of chatkit-forge's own"):
        write.recover(tmp_path)
    assert (tmp_path / "precious").is_dir()
