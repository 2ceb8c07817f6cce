"""Tell the user what to install and how to run the tests, in words for their own tools."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from . import origin
from .config_facts import ConfigFacts
from .options import Auth, Backend, Options, Provider, server_of, store_of
from .pyproject import load

# The same bounds as in our own pyproject.toml, where every driver is listed for the type check.
_ALWAYS = ("openai-chatkit>=1.6,<2", "pydantic-settings>=2.6")
_DRIVERS: dict[Backend, tuple[str, ...]] = {
    "postgres": ("asyncpg>=0.32",),
    "mysql": ("aiomysql>=0.2", "cryptography>=43"),
    "sqlite": ("aiosqlite>=0.20",),
    "mongodb": ("pymongo>=4.13",),
    "memory": (),
}
_URLS: dict[Backend, str] = {
    "postgres": "postgresql://user:password@localhost:5432/chat",
    "mysql": "mysql://user:password@localhost:3306/chat",
    "sqlite": "sqlite:///chatkit.db",
    "mongodb": "mongodb://localhost:27017/chat?replicaSet=rs0",
}
_MOTOR = ("motor>=3.7",)
_SERVER = (
    "openai-agents>=0.24,<1",
    "anyio>=4.4",
    "fastapi>=0.115",
    "uvicorn>=0.30",
    # Its own extra would pin an older redis.
    "limits>=5,<6",
    "redis>=5.2",
)
_AUTHS: dict[Auth, tuple[str, ...]] = {
    "session": ("itsdangerous>=2.2",),
    "jwt": ("pyjwt[crypto]>=2.10",),
}
_PROVIDERS: dict[Provider, tuple[str, ...]] = {
    "openai": (),
    "litellm": ("litellm>=1.83",),
}
_RAG = ("qdrant-client>=1.16", "markdown-it-py>=3", "python-frontmatter>=1.1", "tqdm>=4.66")
_ATTACHMENTS = ("itsdangerous>=2.2", "puremagic>=1.28,<2")
_TESTS: tuple[str, ...] = ("pytest>=8", "chatkit-forge")
_SERVER_TESTS = ("httpx>=0.27",)
_TOOLS = ("ruff>=0.9", "pyright[nodejs]>=1.1.400")
STORE_REQUIREMENTS = (
    *_ALWAYS,
    *(requirement for driver in _DRIVERS.values() for requirement in driver),
    *_MOTOR,
)
SERVER_REQUIREMENTS = (
    *_SERVER,
    *(requirement for auth in _AUTHS.values() for requirement in auth),
    *(requirement for provider in _PROVIDERS.values() for requirement in provider),
    *_RAG,
    *_ATTACHMENTS,
)


@dataclass(frozen=True, slots=True)
class NextSteps:
    """Hold what to type next.

    `setting` is the line that `.env` lacks, None when the database's URL is set already. `test`
    is None when no tests were generated; `test_setting` names their database where they need one.
    `prefix` is what runs a program in the project's environment: "uv run ", or nothing.
    """

    install: str
    setting: str | None
    test_setting: str | None
    test: str | None
    prefix: str = ""


def requirements(options: Options) -> list[str]:
    """Return what the generated code needs at run time."""
    found: list[str] = [*_ALWAYS]
    store, server = store_of(options), server_of(options)
    if store is not None:
        found += _MOTOR if store.driver == "motor" else _DRIVERS[store.backend]
    if server is not None:
        found += [*_SERVER, *_AUTHS[server.auth], *_PROVIDERS[server.provider]]
        found += [*(_RAG if server.rag else ()), *(_ATTACHMENTS if server.attachments else ())]
    # Sessions and attachments both sign with itsdangerous.
    return list(dict.fromkeys(found))


def development(options: Options) -> list[str]:
    """Return what the tests and checks of a whole project need.

    That is chatkit-forge in any case, from where this one came: a checkout, before an index has it.
    """
    tests = [each for each in for_tests(options) if each != origin.NAME]
    return [*(tests if options.tests else ()), origin.requirement(), *_TOOLS]


def for_tests(options: Options) -> list[str]:
    """Return what the generated tests need."""
    return [*_TESTS, *(_SERVER_TESTS if server_of(options) else ())]


def example_url(backend: Backend) -> str | None:
    """Return what a database's URL looks like, None for a store that has none."""
    return _URLS.get(backend)


def next_steps(options: Options, facts: ConfigFacts, tests: Sequence[PurePosixPath]) -> NextSteps:
    """Return the exact commands for uv, when the project or machine has it, else for pip."""
    run = "uv run " if _has_uv(options.project) else ""
    needed, also = requirements(options), for_tests(options) if tests else []
    return NextSteps(
        install=_install(options.project, needed, also, uv=bool(run)),
        setting=_setting(options, facts),
        test_setting=_test_setting(options) if tests else None,
        test=run + _pytest(options, tests) if tests else None,
        prefix=run,
    )


def _setting(options: Options, facts: ConfigFacts) -> str | None:
    """Return an example of the line that sets the database's URL, None when it is set."""
    variable, store = facts.url_variable, store_of(options)
    if store is None or store.backend == "memory" or variable in map(str.upper, os.environ):
        return None
    try:
        lines = (options.project / ".env").read_text(encoding="utf-8").upper().splitlines()
    except (OSError, UnicodeDecodeError):
        lines = []  # no readable .env: then the line is not in it
    if any(line.removeprefix("EXPORT ").partition("=")[0].strip() == variable for line in lines):
        return None
    return f"{variable}={_URLS[store.backend]}"


def _test_setting(options: Options) -> str | None:
    """Return the variable the generated tests read, None for a store that needs no server."""
    store, server = store_of(options), server_of(options)
    backend = store.backend if store else server.backend if server else None
    if backend is None:
        return "TEST_DATABASE_URL=<the URL of a database for tests>"
    if backend in {"memory", "sqlite"}:
        return None
    return f"TEST_{backend.upper()}_URL={_URLS[backend].replace('/chat', '/test')}"


def _install(project: Path, needed: list[str], for_tests: list[str], *, uv: bool) -> str:
    everything = _quoted([*needed, *for_tests])
    if not uv:
        return f"python -m pip install {everything}"
    if (project / "pyproject.toml").is_file():
        line = f"uv add {_quoted(needed)}"
        return f"{line} && uv add --dev {_quoted(for_tests)}" if for_tests else line
    if (project / ".venv").is_dir() or os.environ.get("VIRTUAL_ENV"):
        return f"uv pip install {everything}"
    return f"uv venv && uv pip install {everything}"


def _quoted(words: list[str]) -> str:
    """Quote what a shell would split or redirect, in the way all shells understand."""
    return " ".join(f'"{word}"' if set(word) & set("<> ") else word for word in words)


def _pytest(options: Options, tests: Sequence[PurePosixPath]) -> str:
    root = options.package.import_root
    # `python -m` makes the project itself importable; any other root has to be named.
    path = "" if root == PurePosixPath(".") else f" -o {_quoted([f'pythonpath={root}'])}"
    # A server's tests are many: all that there are.
    named = ["tests"] if server_of(options) else list(map(str, tests))
    return f"python -m pytest{path} {_quoted(named)}"


def _has_uv(project: Path) -> bool:
    if (project / "uv.lock").is_file() or load(project).table("tool", "uv"):
        return True
    return shutil.which("uv") is not None
