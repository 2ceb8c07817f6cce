"""A project asks for the chatkit-forge that wrote it, wherever that came from."""

import json
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from chatkit_forge import origin
from chatkit_forge.__main__ import run
from chatkit_forge.install import development

from .apps import Combination, options, without_tests
from .cache import CACHE


class Installed:
    """Stand for the distribution, with what its installer noted."""

    def __init__(self, noted: object) -> None:
        """Remember the note, None for none."""
        self._noted = noted

    def read_text(self, name: str) -> str | None:
        """Return the note."""
        assert name == "direct_url.json"
        return None if self._noted is None else json.dumps(self._noted)


def install(noted: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let chatkit-forge be installed with this note."""

    def found(name: str) -> Installed:
        assert name == "chatkit-forge"
        return Installed(noted)

    monkeypatch.setattr(origin, "distribution", found)


def asked(noted: object, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the requirement for a chatkit-forge with this note."""
    install(noted, monkeypatch)
    Requirement(origin.requirement())  # raises for what is none
    return origin.requirement()


@pytest.fixture(autouse=True)
def no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Be on a machine where nobody knows better."""
    monkeypatch.delenv(origin.VARIABLE, raising=False)


def test_an_index_is_asked_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Name no place where the installer noted none."""
    assert asked(None, monkeypatch) == "chatkit-forge"


def test_a_checkout_is_asked_for_by_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Name the folder, also of an editable install, as long as it is there."""
    url = (tmp_path / "a folder").as_uri()
    note = {"url": url, "dir_info": {"editable": True}}
    assert asked(note, monkeypatch) == "chatkit-forge"
    (tmp_path / "a folder").mkdir()
    assert asked(note, monkeypatch) == f"chatkit-forge @ {url}"


def test_a_repository_is_asked_for_by_its_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pin what was installed, not a branch that moves on."""
    note = {
        "url": "https://git.example/forge.git",
        "vcs_info": {"vcs": "git", "requested_revision": "main", "commit_id": "c0ffee"},
    }
    wanted = "chatkit-forge @ git+https://git.example/forge.git@c0ffee"
    assert asked(note, monkeypatch) == wanted


def test_an_archive_is_asked_for_by_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """Name an archive on a server."""
    url = "https://files.example/chatkit_forge-0.1.0-py3-none-any.whl"
    assert asked({"url": url, "archive_info": {}}, monkeypatch) == f"chatkit-forge @ {url}"


def test_what_is_not_installed_is_asked_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run from a folder that nobody installed."""

    def missing(name: str) -> metadata.Distribution:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(origin, "distribution", missing)
    assert origin.requirement() == "chatkit-forge"


def test_a_variable_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take what the user says for what was installed, whatever the note."""
    monkeypatch.setenv(origin.VARIABLE, "our-forge>=1")
    note = {"url": tmp_path.as_uri()}
    assert asked(note, monkeypatch) == "our-forge>=1"


@pytest.mark.usefixtures("examples_found")
def test_a_place_of_this_machine_is_told_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The project cannot be installed elsewhere; who named that place knows."""

    def notes() -> list[str]:
        assert run(["new", "app", "shop", "--backend", "sqlite", "--no-tests", "--dry-run"]) == 0
        lines = capsys.readouterr().out.splitlines()
        return [line for line in lines if line.startswith("note: ")]

    monkeypatch.setenv("XDG_CACHE_HOME", str(CACHE))
    monkeypatch.chdir(tmp_path)
    install({"url": tmp_path.as_uri(), "dir_info": {"editable": True}}, monkeypatch)
    (note,) = notes()
    assert f"asks for chatkit-forge @ {tmp_path.as_uri()}, which other" in note
    assert "CHATKIT_FORGE_REQUIREMENT says" in note
    monkeypatch.setenv(origin.VARIABLE, f"chatkit-forge @ {tmp_path.as_uri()}")
    assert origin.only_here() is None
    monkeypatch.delenv(origin.VARIABLE)
    install(None, monkeypatch)
    assert origin.only_here() is None


def test_a_project_needs_it_with_and_without_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have it once among what development needs: `chatkit-forge check` is no test."""
    install(None, monkeypatch)
    app = options(Combination("sqlite"))
    assert development(app).count("chatkit-forge") == 1
    assert development(without_tests(app)).count("chatkit-forge") == 1
    assert "pytest>=8" not in development(without_tests(app))
