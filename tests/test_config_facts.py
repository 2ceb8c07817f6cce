"""What the user's own config.py offers, read without running it."""

from pathlib import Path

import pytest

from chatkit_forge.config_facts import ConfigFacts, Setting, read
from chatkit_forge.errors import UsageError

HEAD = "from pydantic import Field, SecretStr\nfrom pydantic_settings import BaseSettings\n"


def facts(tmp_path: Path, source: str, *, needs_url: bool = True) -> ConfigFacts:
    """Write a config.py and read it."""
    path = tmp_path / "config.py"
    path.write_text(source, encoding="utf-8")
    return read(path, "app/config.py", needs_url=needs_url)


def test_fields_of_the_settings_class_are_found_with_their_defaults(tmp_path: Path) -> None:
    """Annotation and literal default are kept, inherited fields and properties included."""
    found = facts(
        tmp_path,
        HEAD
        + """
class Base(BaseSettings):
    model_config = {"env_file": ".env"}
    database_url: SecretStr | None = None
    table_prefix: str = "old_"
class Settings(Base):
    table_prefix: str = "shop_"
    max_page_size: int = Field(default=50, ge=1)
    pool: int = make()
    @property
    def region(self) -> str: ...
settings = Settings()
""",
    )
    assert not found.generated
    assert found.fields["database_url"] == Setting("SecretStr | None", None)
    assert found.fields["table_prefix"] == Setting("str", "shop_")
    assert found.fields["max_page_size"] == Setting("int", 50)
    assert found.fields["pool"] == Setting("int", None)
    assert found.has("region")
    assert not found.has("database_pool_size")


SHAPES = {
    "annotated": "settings: Settings = Settings()",
    "cached-function": "def get() -> Settings: ...\nsettings = get()",
    "validated": "settings = Settings.model_validate({})",
    "conditional": "try:\n    settings = Settings()\nexcept Exception:\n    raise",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_settings_are_found_however_they_are_made(tmp_path: Path, shape: str) -> None:
    """The usual ways to make the instance lead to its class."""
    fields = "    database_url: str\n    debug: bool = False\n"
    source = f"{HEAD}class Settings(BaseSettings):\n{fields}{SHAPES[shape]}\n"
    assert set(facts(tmp_path, source).fields) == {"database_url", "debug"}


@pytest.mark.parametrize(
    "source",
    [
        f"from {'.' * 99}x import settings\n",
        "from .core import settings\n",
        "from core import cfg as settings\n",
        "settings = load()\n",
    ],
)
def test_settings_from_elsewhere_are_left_to_the_type_check(tmp_path: Path, source: str) -> None:
    """What another module makes cannot be seen here; only the database's URL is relied on."""
    assert set(facts(tmp_path, source).fields) == {"database_url"}


ELSEWHERE = {
    "relative": ("from .core.config import settings\n", "app/core/config.py"),
    "package": ("from .core import settings\n", "app/core/__init__.py"),
    "absolute": ("from app.core.config import settings\n", "app/core/config.py"),
    "parent": ("from ..common import settings\n", "common.py"),
    "class": ("from .base import Settings\nsettings = Settings()\n", "app/base.py"),
    "base-class": (
        "from .base import Settings as Base\nclass Settings(Base):\n    debug: bool = False\n"
        "settings = Settings()\n",
        "app/base.py",
    ),
    "renamed": ("from .base import settings as cfg\nsettings = cfg\n", "app/base.py"),
}


@pytest.mark.parametrize("case", ELSEWHERE)
def test_settings_are_followed_into_the_projects_other_modules(tmp_path: Path, case: str) -> None:
    """Imports within the project lead to the class, wherever it stands."""
    source, place = ELSEWHERE[case]
    other = tmp_path / place
    other.parent.mkdir(parents=True, exist_ok=True)
    other.write_text(
        f"{HEAD}class Settings(BaseSettings):\n    database_url: str\n    region: str = 'eu'\n"
        "settings = Settings()\n"
    )
    (tmp_path / "app").mkdir(exist_ok=True)
    assert facts(tmp_path / "app", source).fields["region"] == Setting("str", "eu")


def test_circles_of_imports_come_to_an_end(tmp_path: Path) -> None:
    """Modules that import settings from one another, and classes that inherit in a circle."""
    (tmp_path / "a.py").write_text("from .config import settings\n")
    assert set(facts(tmp_path, "from .a import settings\n").fields) == {"database_url"}
    assert facts(tmp_path, "a = settings\nsettings = a\n").fields.keys() == {"database_url"}
    circle = "class A(B):\n    x: int = 1\nclass B(A):\n    y: int = 1\nsettings = A()\n"
    assert "x" in facts(tmp_path, circle, needs_url=False).fields


MISSING = {
    "no-instance": (
        f"{HEAD}class Config(BaseSettings):\n    database_url: SecretStr | None = None\n",
        ["settings = Config()"],
    ),
    "no-url": (
        f"{HEAD}class Settings(BaseSettings):\n    debug: bool = False\nsettings = Settings()\n",
        ["    database_url: SecretStr | None = None"],
    ),
    "no-url-no-import": (
        "class Settings(BaseSettings):\n    debug: bool = False\nsettings = Settings()\n",
        ["from pydantic import SecretStr", "    database_url: SecretStr | None = None"],
    ),
    "nothing": (
        "DATABASE_URL = 'x'\n",
        ["    database_url: SecretStr | None = None", "settings = Settings()"],
    ),
    "only-a-local": (
        f"{HEAD}def f():\n    settings = 1\n",
        ["settings = Settings()"],
    ),
}


@pytest.mark.parametrize("case", MISSING)
def test_what_is_missing_is_told_with_the_lines_to_add(tmp_path: Path, case: str) -> None:
    """The error names the file and shows lines that can be pasted."""
    source, lines = MISSING[case]
    with pytest.raises(UsageError) as caught:
        facts(tmp_path, source)
    message = str(caught.value)
    assert message.startswith("app/config.py")
    for line in lines:
        assert f"  {line}" in message


@pytest.mark.parametrize("needs_url", [True, False])
@pytest.mark.parametrize("source", ["x = 1\n", HEAD])
def test_the_lines_to_add_to_a_config_without_settings_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, *, needs_url: bool
) -> None:
    """Pasted as they are shown, they make a module that runs and is accepted."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with pytest.raises(UsageError) as caught:
        facts(tmp_path, source, needs_url=needs_url)
    added = [line.removeprefix("  ") for line in str(caught.value).splitlines()[1:]]
    pasted = source + "\n".join(added)
    names: dict[str, object] = {"__name__": "config"}
    exec(compile(pasted, "config.py", "exec"), names)  # noqa: S102  what a user would run
    assert "settings" in names
    assert facts(tmp_path, pasted, needs_url=needs_url).has("database_url") is needs_url
    assert len(set(pasted.splitlines())) == len(pasted.splitlines())  # no import is told twice


def test_memory_needs_no_database_url(tmp_path: Path) -> None:
    """A store without a database asks for `settings` only."""
    source = (
        f"{HEAD}class Settings(BaseSettings):\n    debug: bool = False\nsettings = Settings()\n"
    )
    assert not facts(tmp_path, source, needs_url=False).has("database_url")


@pytest.mark.parametrize("source", ["def", "\0", "x = " + "(" * 500])
def test_config_that_does_not_parse_is_one_line(tmp_path: Path, source: str) -> None:
    """A broken config.py is the user's to mend, and is named."""
    with pytest.raises(UsageError, match=r"app/config\.py cannot be read") as caught:
        facts(tmp_path, source)
    assert "\n" not in str(caught.value)


URLS = {
    "SecretStr": "settings.database_url",
    "SecretStr | None": "settings.database_url",
    "Optional[SecretStr]": "settings.database_url",
    "str": "SecretStr(settings.database_url)",
    "str | None": "SecretStr(settings.database_url) if settings.database_url is not None else None",
    "PostgresDsn": "SecretStr(str(settings.database_url))",
    "Optional[PostgresDsn]":
        "SecretStr(str(settings.database_url)) if settings.database_url is not None else None",
}  # fmt: skip


@pytest.mark.parametrize("annotation", URLS)
def test_url_becomes_a_secret_whatever_its_type(tmp_path: Path, annotation: str) -> None:
    """A URL that the user keeps as text or as a DSN is wrapped, so that no log shows it."""
    source = f"class Settings:\n    database_url: {annotation}\nsettings = Settings()\n"
    assert facts(tmp_path, source).url_expression == URLS[annotation]


def test_prefix_of_environment_variables_is_read(tmp_path: Path) -> None:
    """The line to put into .env has the name that the user's settings read."""
    source = f"""{HEAD}class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="shop_")
    database_url: str
settings = Settings()
"""
    assert facts(tmp_path, source).url_variable == "SHOP_DATABASE_URL"


def test_our_own_config_has_everything() -> None:
    """For the generated config.py nothing needs to be read."""
    assert ConfigFacts().has("max_page_size")
    assert ConfigFacts().url_variable == "DATABASE_URL"
    assert ConfigFacts().url_expression == "settings.database_url"
