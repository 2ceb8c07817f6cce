"""What to type next: the exact line for uv or pip, the setting, the tests."""

import re
import tomllib
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest

from chatkit_forge.config_facts import ConfigFacts
from chatkit_forge.install import (
    SERVER_REQUIREMENTS,
    STORE_REQUIREMENTS,
    next_steps,
    requirements,
)
from chatkit_forge.options import BACKENDS, Backend, Package, StoreOptions
from chatkit_forge.templates import template_source

from .rendering import app, server

ROOT = Path(__file__).parent.parent
TEST = PurePosixPath("tests/test_x_store.py")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty project on a machine without uv and without settings."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    for variable in ("VIRTUAL_ENV", "DATABASE_URL"):
        monkeypatch.delenv(variable, raising=False)
    return tmp_path


def have_uv(project: Path) -> None:
    """Put a program called uv on PATH."""
    for name in ("uv", "uv.exe"):
        program = project / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text("")
        program.chmod(0o755)


def options(project: Path, backend: Backend = "sqlite", root: str = ".") -> StoreOptions:
    """Return the options of a store in `app`."""
    folder = PurePosixPath(root) / "app"
    package = Package(folder, "app", PurePosixPath(root))
    return StoreOptions(project, package, backend, "ChatStore")


def install(
    project: Path, backend: Backend = "sqlite", tests: tuple[PurePosixPath, ...] = ()
) -> str:
    """Return the line that installs what a store needs."""
    return next_steps(options(project, backend), ConfigFacts(), tests).install


def test_bounds_are_those_the_type_check_runs_with() -> None:
    """What users are told to install is what the generated code was checked against."""
    ours = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    assert set(STORE_REQUIREMENTS) <= set(ours)
    # litellm is left to those who ask for it; pyright needs nothing of it but its name.
    missing = {line for line in SERVER_REQUIREMENTS if line not in ours}
    assert {re.split("[<>=]", line)[0] for line in missing} == {"litellm"}


def test_a_server_needs_what_its_parts_import_and_nothing_else() -> None:
    """Each option adds its own libraries; what two of them need is named once."""
    plain = requirements(server())
    assert not [line for line in plain if line.startswith(("qdrant", "pyjwt", "litellm", "pure"))]
    assert not [line for line in plain if line.startswith(("aiosqlite", "asyncpg"))]
    options = replace(server(), rag=True, attachments=True, auth="jwt", provider="litellm")
    full = requirements(options)
    for name in ("qdrant-client", "pyjwt", "litellm", "puremagic", "itsdangerous"):
        assert len([line for line in full if line.startswith(name)]) == 1
    both = requirements(replace(server(), attachments=True))
    assert len(both) == len(set(both))
    assert requirements(app("postgres"))[2].startswith("asyncpg")


def test_pip_gets_one_line_with_quoted_bounds(project: Path) -> None:
    """Without uv everything is one pip command that every shell understands."""
    assert install(project, tests=(TEST,)) == (
        'python -m pip install "openai-chatkit>=1.6,<2" "pydantic-settings>=2.6" '
        '"aiosqlite>=0.20" "pytest>=8" chatkit-forge'
    )


@pytest.mark.parametrize(
    ("backend", "driver"),
    [
        ("postgres", ' "asyncpg>=0.32"'),
        ("mysql", ' "aiomysql>=0.2" "cryptography>=43"'),
        ("sqlite", ' "aiosqlite>=0.20"'),
        ("mongodb", ' "pymongo>=4.13"'),
        ("memory", ""),
    ],
)
def test_each_store_needs_its_own_driver_and_no_other(
    project: Path, backend: Backend, driver: str
) -> None:
    """Exactly what the generated files import is installed."""
    common = 'python -m pip install "openai-chatkit>=1.6,<2" "pydantic-settings>=2.6"'
    assert install(project, backend) == common + driver


def test_motor_is_installed_in_place_of_pymongo(project: Path) -> None:
    """The driver that was asked for is the one to install."""
    motor = replace(options(project, "mongodb"), driver="motor")
    line = next_steps(motor, ConfigFacts(), ()).install
    assert '"motor>=3.7"' in line
    assert "pymongo" not in line


def test_uv_adds_to_the_project_tests_as_development_only(project: Path) -> None:
    """In a project uv records what is needed; the tests' needs are not shipped."""
    have_uv(project)
    (project / "pyproject.toml").write_text('[project]\nname = "shop"\n')
    assert install(project, "memory", (TEST,)) == (
        'uv add "openai-chatkit>=1.6,<2" "pydantic-settings>=2.6" '
        '&& uv add --dev "pytest>=8" chatkit-forge'
    )
    assert "--dev" not in install(project, "memory")


@pytest.mark.parametrize("sign", ["uv.lock", "[tool.uv]"])
def test_a_project_made_with_uv_is_told_about_uv(project: Path, sign: str) -> None:
    """The project's own files count, whatever is on PATH."""
    (project / "pyproject.toml").write_text("[tool.uv]\npackage = true\n" * sign.startswith("["))
    if not sign.startswith("["):
        (project / sign).write_text("")
    assert install(project).startswith("uv add ")


def test_uv_outside_a_project_installs_into_an_environment(project: Path) -> None:
    """`uv add` needs a pyproject.toml; without one an environment is made first."""
    have_uv(project)
    assert install(project).startswith("uv venv && uv pip install ")
    (project / ".venv").mkdir()
    assert install(project).startswith("uv pip install ")


def test_tests_are_run_with_the_package_importable(project: Path) -> None:
    """Below `src` pytest has to be told where the package is."""
    flat = next_steps(options(project), ConfigFacts(), (TEST,)).test
    assert flat == "python -m pytest tests/test_x_store.py"
    src = next_steps(options(project, root="src"), ConfigFacts(), (TEST,)).test
    assert src == "python -m pytest -o pythonpath=src tests/test_x_store.py"
    blank = next_steps(options(project, root="my code"), ConfigFacts(), (TEST,)).test
    assert blank == 'python -m pytest -o "pythonpath=my code" tests/test_x_store.py'
    assert next_steps(options(project), ConfigFacts(), ()).test is None
    have_uv(project)
    assert next_steps(options(project), ConfigFacts(), (TEST,)).test == f"uv run {flat}"


def test_database_url_is_asked_for_until_it_is_set(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The example line goes away once .env or the environment has the variable."""

    def setting(backend: Backend = "sqlite", facts: ConfigFacts | None = None) -> str | None:
        return next_steps(options(project, backend), facts or ConfigFacts(), ()).setting

    assert setting() == "DATABASE_URL=sqlite:///chatkit.db"
    assert setting("memory") is None
    own = ConfigFacts(generated=False, env_prefix="shop_")
    assert setting("postgres", own) == (
        "SHOP_DATABASE_URL=postgresql://user:password@localhost:5432/chat"
    )
    (project / ".env").write_text("# DATABASE_URL=x\nexport database_url = sqlite:///x.db\n")
    assert setting() is None
    (project / ".env").unlink()
    monkeypatch.setenv("DATABASE_URL", "sqlite:///x.db")
    assert setting() is None


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_database_of_the_tests_is_named_as_they_read_it(
    project: Path, backend: Backend
) -> None:
    """Tests on a server read a variable of their own; the others need none."""
    source = template_source(f"store/test_{backend}_store.py")
    setting = next_steps(options(project, backend), ConfigFacts(), (TEST,)).test_setting
    read = re.search(r"TEST_\w+_URL", source)
    assert (read and read[0]) == (setting and setting.partition("=")[0])
    assert next_steps(options(project, backend), ConfigFacts(), ()).test_setting is None
