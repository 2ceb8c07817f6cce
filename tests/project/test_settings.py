"""The example of `.env` says every setting there is, and its defaults are the program's."""

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic_settings import BaseSettings

from chatkit_forge.options import Backend
from chatkit_forge.render import regions

from ..apps import COMBINATIONS, Combination, options

_LINE = re.compile(r"(# )?([A-Z][A-Z0-9_]*)=(.*)")
_ALL: dict[str, Any] = {"rag": True, "attachments": True}


def settings_of(chosen: Combination) -> type[BaseSettings]:
    """Return the class of an application's settings."""
    source = regions("store/config.py", options(chosen))
    names: dict[str, Any] = {"__name__": "app.config"}
    exec(compile(source, "config.py", "exec"), names)  # noqa: S102  our own template
    return names["Settings"]


def example_of(chosen: Combination) -> list[tuple[str, str, str]]:
    """Return the lines of `.env.example`: "" or "# ", the variable, its value."""
    found = map(_LINE.fullmatch, regions("project/env.example", options(chosen)).splitlines())
    return [(line[1] or "", line[2], line[3]) for line in found if line]


@pytest.mark.parametrize("chosen", COMBINATIONS, ids=str)
def test_every_setting_is_in_the_example_and_no_other(chosen: Combination) -> None:
    """Name each field of config.py once, for each combination of options."""
    names = [name for _, name, _ in example_of(chosen)]
    assert sorted(names) == sorted(name.upper() for name in settings_of(chosen).model_fields)


@pytest.mark.parametrize("provider", ["openai", "litellm"])
@pytest.mark.parametrize("auth", ["session", "jwt"])
def test_what_is_commented_out_is_the_default(
    auth: Any, provider: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Take the comment signs away, and the program reads what it would read without the file."""
    chosen = Combination("sqlite", auth=auth, provider=provider, **_ALL)
    settings = settings_of(chosen)
    for name in settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    defaults = settings().model_dump()
    lines = [f"{name}={value}\n" for comment, name, value in example_of(chosen) if comment]
    (tmp_path / ".env").write_text("".join(lines), encoding="utf-8")
    assert settings().model_dump() == defaults


def test_nothing_after_the_sign_is_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """A compose file hands an unset variable on as an empty one."""
    settings = settings_of(Combination("sqlite", **_ALL))
    unset = [name for name, field in settings.model_fields.items() if field.default is None]
    assert {"web_dir", "attachment_secret", "openai_base_url"} <= set(unset)
    for name in unset:
        monkeypatch.setenv(name.upper(), "")
    assert settings().model_dump(include=set(unset)) == dict.fromkeys(unset)


@pytest.mark.parametrize("backend", ["postgres", "mysql", "mongodb", "sqlite", "memory"])
def test_only_the_database_is_set(backend: Backend) -> None:
    """Set what has no default and nothing else, so that a copy works as it is."""
    live = [name for comment, name, _ in example_of(Combination(backend)) if not comment]
    assert live == ([] if backend == "memory" else ["DATABASE_URL"])


def test_each_setting_is_explained() -> None:
    """Put a line of words above each setting, or above the group it is the next one of."""
    text = regions("project/env.example", options(Combination("sqlite", **_ALL)))
    for block in text.split("\n\n")[1:]:
        first = block.splitlines()[0]
        assert first.startswith("# "), block
        assert not _LINE.fullmatch(first), block
