"""What pyright found nothing in is remembered, and nothing else is taken for it."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

import pytest

from chatkit_forge import kept, proven

from .test_new import lay_out, new_store, tree
from .test_verify import CONFIG, with_own

FILE = PurePosixPath("app/config.py")
SETTINGS = """
from pydantic import SecretStr
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    database_url: SecretStr | None = None
    max_page_size: int = 100


settings = Settings()
"""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a cache folder of the test's own."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder


def pyright_of(output: str) -> str:
    """Return the line about pyright without its seconds."""
    [line] = [line for line in output.splitlines() if " pyright: " in line]
    return line.rpartition(" (")[0]


def test_what_was_shown_is_written_without_a_second_look(tmp_path: Path, cache: Path) -> None:
    """A dry run proves the files, another folder has the same; a cache that was cleared has not."""
    asked = ("--backend", "memory", "--no-tests")
    folders = [tmp_path / name for name in ("shown", "here", "there")]
    for folder in folders:
        folder.mkdir()
    shown = new_store(folders[0], *asked, "--dry-run")
    written = [new_store(folder, *asked) for folder in folders[:2]]
    (marker,) = (cache / "chatkit-forge" / "proven").iterdir()
    marker.unlink()
    written.append(new_store(folders[2], *asked))
    assert [done.returncode for done in (shown, *written)] == [0, 0, 0, 0]
    anew, again = pyright_of(shown.stdout), f"{pyright_of(shown.stdout)}, as proven before"
    assert anew.endswith("0 errors, 0 warnings")
    assert [pyright_of(done.stdout) for done in written] == [again, again, anew]
    assert tree(folders[0]) == tree(folders[1]) == tree(folders[2])


def test_where_nothing_can_be_remembered_it_is_looked_at(tmp_path: Path) -> None:
    """A cache that is no folder costs time and nothing else."""
    (tmp_path / "file").touch()
    project = tmp_path / "project"
    project.mkdir()
    cache = {"XDG_CACHE_HOME": str(tmp_path / "file")}
    done = new_store(project, "--backend", "memory", "--no-tests", env=cache)
    assert (done.returncode, done.stderr) == (0, "")
    assert pyright_of(done.stdout).endswith("0 warnings")


def test_what_is_wrong_is_found_again(tmp_path: Path) -> None:
    """Nothing is remembered of files with a fault, nor of those that had none before."""
    project = tmp_path / "project"
    sound = with_own(project, "memory", {CONFIG.name: SETTINGS})
    assert "proven before" not in sound.checks[1].detail
    assert "proven before" in with_own(project, "memory", {CONFIG.name: SETTINGS}).checks[1].detail
    wrong = SETTINGS.replace("= 100", "= 'many'")
    for _ in range(2):
        with pytest.raises(Exception, match=r"app/config\.py:\d+: .*not assignable"):
            with_own(project, "memory", {CONFIG.name: wrong})


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    """Return a stage with a file, and a project with two, one of them at the same place."""
    stage, project = tmp_path / "stage", tmp_path / "project"
    lay_out(stage, {str(FILE): "one = 1\n", "app/data.json": "{}"})
    lay_out(project, {str(FILE): "two = 2\n", "shop/visit.py": "three = 3\n"})
    return stage, project


def key(places: tuple[Path, Path]) -> str | None:
    stage, project = places
    return proven.key(stage, [FILE], [stage, project])


CHANGES: dict[str, Callable[[Path, Path], object]] = {
    "staged": lambda stage, _: (stage / FILE).write_text("one = 2\n"),
    "staged-data": lambda stage, _: (stage / "app/data.json").write_text("[]"),
    "another-staged": lambda stage, _: (stage / "app/more.py").touch(),
    "leant-on": lambda _, project: (project / "shop/visit.py").write_text("three = 4\n"),
    "another-to-lean-on": lambda _, project: (project / "shop/__init__.py").touch(),
    "stub": lambda _, project: (project / "shop/visit.pyi").touch(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_whatever_counts_makes_another_key(
    change: Callable[[Path, Path], object], places: tuple[Path, Path]
) -> None:
    """Each file that pyright reads or may import is part of the key."""
    before = key(places)
    assert before == key(places)
    change(*places)
    assert key(places) not in (before, None)


def test_what_is_asked_and_searched_makes_another_key(places: tuple[Path, Path]) -> None:
    """The same files are another question when others of them are asked for."""
    stage, project = places
    keys = {
        proven.key(stage, [FILE], [stage, project]),
        proven.key(stage, [], [stage, project]),
        proven.key(stage, [FILE], [stage]),
        proven.key(stage, [FILE], [stage / "app"]),
    }
    assert len(keys) == 4


UNSEEN: dict[str, Callable[[Path, Path], object]] = {
    "shadowed": lambda _, project: (project / FILE).write_text("two = 3\n"),
    "no-source": lambda _, project: (project / "README.md").touch(),
    "environment": lambda _, project: lay_out(
        project, {"venv/pyvenv.cfg": "", "venv/lib/module.py": ""}
    ),
}


@pytest.mark.parametrize("change", UNSEEN.values(), ids=UNSEEN)
def test_what_pyright_does_not_see_leaves_the_key(
    change: Callable[[Path, Path], object], places: tuple[Path, Path]
) -> None:
    """A project that has the files by now is what it was, and so is one beside other things."""
    before = key(places)
    change(*places)
    assert key(places) == before is not None


LOST: dict[str, Callable[[Path, Path], object]] = {
    "linked-folder": lambda stage, project: (project / "linked").symlink_to(stage),
    "thousands": lambda _, project: lay_out(project, {f"many/m{n}.py": "" for n in range(2001)}),
}


@pytest.mark.parametrize("change", LOST.values(), ids=LOST)
def test_what_cannot_be_followed_has_no_key(
    change: Callable[[Path, Path], object], places: tuple[Path, Path]
) -> None:
    """Where imports may lead out of sight, or to more than is worth reading, pyright looks."""
    change(*places)
    assert key(places) is None


def test_a_file_that_goes_away_leaves_no_key(
    places: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is claimed of what could not be read, as of a file removed after its folder was."""
    found = os.walk

    def walk(top: Path) -> Iterator[tuple[str, list[str], list[str]]]:
        yield from found(top)
        (places[1] / "shop" / "visit.py").unlink()

    monkeypatch.setattr(os, "walk", walk)
    assert key(places) is None


def test_only_the_newest_are_kept(cache: Path) -> None:
    """The cache does not grow for ever."""
    for number in range(5):
        place = kept.folder("some") / f"{number}.txt"
        kept.put(place, str(number), 3)
        os.utime(place, (number, number))
    there = {path.name: path.read_text() for path in (cache / "chatkit-forge" / "some").iterdir()}
    assert there == {"2.txt": "2", "3.txt": "3", "4.txt": "4"}


def test_the_projects_place_in_the_file_system_is_no_part_of_it(tmp_path: Path) -> None:
    """A colleague's folder, or a test's, has the same key."""
    for name in ("a", "b"):
        lay_out(tmp_path / name, {str(FILE): "one = 1\n"})
    a, b = (proven.key(tmp_path / name, [FILE], [tmp_path / name]) for name in ("a", "b"))
    assert a == b is not None
