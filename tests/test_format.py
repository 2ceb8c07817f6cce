"""Generated files look as if the project's own ruff had formatted them."""

import sys
from pathlib import Path, PurePosixPath

import pytest

from chatkit_forge import format as formatting
from chatkit_forge.errors import ToolBroken, UsageError

A = PurePosixPath("app/stores/a.py")
SOURCE = """import aiosqlite
from app.context import RequestContext
from typing import Any
from typing import cast
print(aiosqlite, RequestContext, Any, cast, "a rather long text", "and another one that is longer")
"""


def formatted(tmp_path: Path, settings: dict[str, str]) -> str:
    """Return the file as formatted for a project with these settings files."""
    stage, project = tmp_path / "stage", tmp_path / "project"
    for root in (stage, project):
        (root / A.parent).mkdir(parents=True)
    (stage / "app/context.py").write_text("RequestContext = dict[str, str]\n")
    (stage / A).write_text(SOURCE)
    for name, text in settings.items():
        (project / name).write_text(text)
    formatting.ruff_format(stage, [A], project)
    return (stage / A).read_text()


def test_without_settings_lines_are_up_to_100_wide(tmp_path: Path) -> None:
    """Imports are sorted into groups, with the project's own modules last."""
    assert formatted(tmp_path, {}) == (
        "from typing import Any, cast\n\nimport aiosqlite\n\n"
        "from app.context import RequestContext\n\n" + SOURCE.splitlines(keepends=True)[-1]
    )


@pytest.mark.parametrize(
    "settings",
    [
        {"pyproject.toml": "[tool.ruff]\nline-length = 60\nformat.quote-style = 'single'\n"},
        {"ruff.toml": "line-length = 60\nformat.quote-style = 'single'\n"},
        {".ruff.toml": "line-length = 60\n[format]\nquote-style = 'single'\n"},
        {
            "pyproject.toml": "[tool.ruff]\nline-length = 200\n",
            "app/ruff.toml": "line-length = 60\nformat.quote-style = 'single'\n",
        },
        {
            "ruff.toml": "required-version = '<0.1'\nextend = 'base.toml'\nline-length = 60\n",
            "base.toml": "format.quote-style = 'single'\n",
        },
        {
            "ruff.toml": "line-length = 60\nformat.quote-style = 'single'\nforce-exclude = true\n"
            "extend-exclude = ['app']\nlint.unfixable = ['I']\n"
        },
    ],
    ids=["pyproject", "ruff", "hidden", "nearest", "other version", "excluded"],
)
def test_the_projects_settings_hold(tmp_path: Path, settings: dict[str, str]) -> None:
    """Line length 60 and single quotes, wherever the project says so."""
    text = formatted(tmp_path, settings)
    assert "\n    'a rather long text',\n" in text
    assert text.startswith("from typing import Any, cast\n\nimport aiosqlite\n")


def test_a_pyproject_without_ruff_is_passed_over(tmp_path: Path) -> None:
    """Settings further up hold, as they do for ruff itself."""
    (tmp_path / "ruff.toml").write_text("line-length = 60\n")
    assert "\n    print" not in formatted(tmp_path, {"pyproject.toml": "[project]\nname = 'x'\n"})
    assert formatting.settings_file(tmp_path / "project") == tmp_path / "ruff.toml"


def test_bad_settings_are_the_users_to_mend(tmp_path: Path) -> None:
    """Settings that ruff refuses are named, in one line."""
    with pytest.raises(UsageError, match=r"ruff refuses the settings in .*ruff\.toml: .*nonsense"):
        formatted(tmp_path, {"ruff.toml": "nonsense = 1\n"})


@pytest.mark.parametrize("name", ["ruff.toml", ".ruff.toml"])
def test_settings_that_are_no_text_are_the_users_to_mend(tmp_path: Path, name: str) -> None:
    """A file in another encoding is named, in one line."""
    (tmp_path / name).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match=r"ruff\.toml cannot be read: .*utf-8") as caught:
        formatted(tmp_path, {})
    assert "\n" not in str(caught.value)


def test_a_missing_ruff_is_our_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ruff that cannot be run never leaves files unformatted in silence."""
    (tmp_path / "bin").mkdir()
    for name in ("ruff", "ruff.exe"):
        (tmp_path / "bin" / name).write_text("no program")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin" / "python"))
    with pytest.raises(ToolBroken, match="ruff cannot be run"):
        formatted(tmp_path, {})
