"""What pyright found nothing in is remembered, and nothing else is taken for it."""

import os
import sys
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest

from chatkit_forge import contract, kept, proven
from chatkit_forge.errors import UsageError

from .test_new import lay_out, new_store, tree
from .test_verify import CONFIG, with_own

FILE = PurePosixPath("app/config.py")
SETTINGS = """
from pydantic import SecretStr
from pydantic_settings import BaseSettings

from app.sizes import number


class Settings(BaseSettings):
    database_url: SecretStr | None = None
    max_page_size: int = number


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
    # The first has the files by the end, which makes it no other question.
    folders = [tmp_path / name for name in ("shown", "here", "there")]
    for folder in folders:
        folder.mkdir()
    env = {"XDG_CACHE_HOME": str(cache)}
    shown = new_store(folders[0], *asked, "--dry-run", env=env)
    written = [new_store(folders[at], *asked, env=env) for at in (0, 1, 0)]
    (marker,) = (cache / "chatkit-forge" / "proven").iterdir()
    marker.unlink()
    written.append(new_store(folders[2], *asked, env=env))
    assert [done.returncode for done in (shown, *written)] == [0, 0, 0, 0, 0]
    anew, again = pyright_of(shown.stdout), f"{pyright_of(shown.stdout)}, as proven before"
    assert anew.endswith("0 errors, 0 warnings")
    assert [pyright_of(done.stdout) for done in written] == [again, again, again, anew]
    assert tree(folders[0]) == tree(folders[1]) == tree(folders[2])


def test_what_leans_on_the_users_files_is_looked_at_each_time(tmp_path: Path) -> None:
    """Their settings import what we do not know: what was right before may be wrong by now."""
    project = tmp_path / "project"
    lay_out(project, {"app/sizes.py": "number = 100\n"})
    files = {CONFIG.name: SETTINGS}
    # Without the tests, which take pyright as long again and lean on nothing of the user's.
    done = [with_own(project, "memory", files, tests=False) for _ in range(2)]
    details = [each.checks[1].detail for each in done]
    assert not any("proven before" in detail for detail in details)
    lay_out(project, {"app/sizes.py": "number = 'many'\n"})
    with pytest.raises(UsageError, match=r"app/config\.py:\d+: .*not assignable"):
        with_own(project, "memory", files, tests=False)


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    """Return a stage with our files, and a project that has one of them by now."""
    stage, project = tmp_path / "stage", tmp_path / "project"
    lay_out(stage, {str(FILE): "one = 1\n", "web/page.html": "<p>", "app/__init__.py": ""})
    lay_out(project, {str(FILE): "two = 2\n"})
    return stage, project


OURS = [FILE, PurePosixPath("web/page.html")]


def key(places: tuple[Path, Path]) -> str | None:
    stage, project = places
    return proven.key(stage, OURS, [stage, project])


UNSEEN: dict[str, Callable[[Path, Path], object]] = {
    "page-of-ours": lambda stage, _: (stage / "web/page.html").write_text("<h1>"),
    "ours": lambda _, project: (project / FILE).write_text("two = 3\n"),
    "no-source": lambda _, project: (project / "README.md").touch(),
    "environment": lambda _, project: lay_out(
        project, {"venv/pyvenv.cfg": "", "venv/lib/module.py": ""}
    ),
    "dotted": lambda _, project: lay_out(project, {".tox/module.py": ""}),
    "empty-package": lambda stage, _: lay_out(stage, {"shop/__init__.py": ""}),
}


@pytest.mark.parametrize("change", UNSEEN.values(), ids=UNSEEN)
def test_what_is_not_imported_leaves_the_key(
    change: Callable[[Path, Path], object], places: tuple[Path, Path]
) -> None:
    """A project that has the files by now is what it was, and so is one beside other things."""
    before = key(places)
    change(*places)
    assert key(places) == before is not None


def test_each_byte_of_our_sources_makes_another_key(places: tuple[Path, Path]) -> None:
    """What is proven is these sources at these places, found from these folders."""
    stage, project = places
    keys = [key(places), proven.key(stage, OURS, [stage / "app", project])]
    (stage / FILE).write_text("one = 2\n")
    keys.append(key(places))
    moved = PurePosixPath("app/settings.py")
    (stage / FILE).rename(stage / moved)
    (project / FILE).unlink()
    keys.append(proven.key(stage, [moved, OURS[1]], [stage, project]))
    assert None not in keys
    assert len(set(keys)) == len(keys)


TOOLS: dict[str, Callable[[pytest.MonkeyPatch, Path], object]] = {
    "version": lambda patch, _: patch.setattr(proven, "__version__", "0"),
    "python": lambda patch, _: patch.setattr(sys, "version_info", (3, 99, 0)),
    "platform": lambda patch, _: patch.setattr(sys, "platform", "beos"),
    "pyright": lambda patch, _: patch.setenv("PYRIGHT_PYTHON_FORCE_VERSION", "1.1.300"),
    "new-package": lambda patch, folder: patch.setattr(sys, "path", [str(folder), *sys.path]),
    "reinstalled": lambda patch, folder: (
        patch.setattr(sys, "path", [str(folder), *sys.path]),
        os.utime(folder / "library-1.0.dist-info", (1, 1)),
    ),
    "our-code": lambda patch, folder: patch.setattr(
        contract, "__file__", str(folder / "package" / "contract" / "__init__.py")
    ),
    "our-types": lambda _, folder: lay_out(folder, {"package/contract/suite.pyi": ""}),
}


@pytest.mark.parametrize("change", TOOLS.values(), ids=TOOLS)
def test_whatever_looks_at_them_makes_another_key(
    change: Callable[[pytest.MonkeyPatch, Path], object],
    places: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The proof is one of these versions of everything that is installed, as it is installed."""
    packages = tmp_path / "site-packages"
    (packages / "library-1.0.dist-info").mkdir(parents=True)
    lay_out(packages, {"package/contract/__init__.py": ""})
    if change is TOOLS["reinstalled"]:
        monkeypatch.setattr(sys, "path", [str(packages), *sys.path])
    if change is TOOLS["our-types"]:
        TOOLS["our-code"](monkeypatch, packages)
    before = key(places)
    change(monkeypatch, packages)
    assert key(places) not in (before, None)


LOST: dict[str, Callable[[Path, Path], object]] = {
    "copied": lambda stage, _: lay_out(stage, {"app/context.py": "three = 3\n"}),
    "module": lambda _, project: lay_out(project, {"other.py": ""}),
    "stub": lambda _, project: lay_out(project, {"app/config.pyi": ""}),
    "stubs": lambda _, project: (project / "library-stubs").mkdir(),
    "linked": lambda stage, project: (project / "linked").symlink_to(stage),
    "environment-itself": lambda _, project: (project / "pyvenv.cfg").touch(),
}


@pytest.mark.parametrize("change", LOST.values(), ids=LOST)
def test_what_is_not_ours_has_no_key(
    change: Callable[[Path, Path], object], places: tuple[Path, Path]
) -> None:
    """Where an import may lead to the user's, pyright looks."""
    change(*places)
    assert key(places) is None


def test_only_the_newest_are_kept(cache: Path) -> None:
    """The cache does not grow for ever."""
    for number in range(5):
        place = kept.folder("some") / f"{number}.txt"
        kept.put(place, str(number), 3)
        os.utime(place, (number, number))
    there = {path.name: path.read_text() for path in (cache / "chatkit-forge" / "some").iterdir()}
    assert there == {"2.txt": "2", "3.txt": "3", "4.txt": "4"}


def homeless(path: str) -> str:
    """Do what the system's does for a user without a home."""
    return path


CLOSED: dict[str, Callable[[pytest.MonkeyPatch, Path], object]] = {
    "no-folder": lambda patch, folder: (
        (folder / "file").touch(),
        patch.setenv("XDG_CACHE_HOME", str(folder / "file")),
    ),
    "too-long": lambda patch, _: patch.setenv("XDG_CACHE_HOME", "/" + 300 * "x"),
    "no-home": lambda patch, _: (
        patch.delenv("XDG_CACHE_HOME"),
        patch.setattr(os.path, "expanduser", homeless),
    ),
}


@pytest.mark.parametrize("close", CLOSED.values(), ids=CLOSED)
def test_where_nothing_can_be_kept_nothing_is_known(
    close: Callable[[pytest.MonkeyPatch, Path], object],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A cache that cannot be used costs time and nothing else."""
    monkeypatch.chdir(tmp_path)
    close(monkeypatch, tmp_path)
    before = sorted(tmp_path.rglob("*"))
    proven.keep("proof")
    assert not proven.holds("proof")
    assert sorted(tmp_path.rglob("*")) == before
