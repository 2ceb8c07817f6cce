"""What is typed next depends on what was written, and where it is run."""

from dataclasses import replace

import pytest

from chatkit_forge import next_lines as room
from chatkit_forge.install import NextSteps
from chatkit_forge.next_lines import next_lines

from .rendering import SRC_SHOP, app, options, server

STEPS = NextSteps("pip install x", "DATABASE_URL=x", "TEST_X_URL=x", "pytest tests")


def have_make(monkeypatch: pytest.MonkeyPatch, *, present: bool) -> None:
    """Put make on PATH, or take it away."""

    def which(_: str) -> str | None:
        return "/usr/bin/make" if present else None

    monkeypatch.setattr(room.shutil, "which", which)


def test_a_store_is_installed_set_and_tested() -> None:
    """In the order in which it is typed; what needs nothing says nothing."""
    assert next_lines(options(), STEPS) == [
        "pip install x",
        "in .env: DATABASE_URL=x",
        "in the environment of the tests: TEST_X_URL=x",
        "pytest tests",
    ]
    assert next_lines(options(), NextSteps("pip install x", None, None, None)) == ["pip install x"]


def test_a_server_is_run_from_where_its_package_is() -> None:
    """uvicorn is told of a package below `src`, and runs in the project's environment."""
    steps = replace(STEPS, test=None, test_setting=None, prefix="uv run ")
    assert next_lines(replace(server(), package=SRC_SHOP, auth="jwt"), steps) == [
        "pip install x",
        "in .env: JWT_AUDIENCE and JWT_SECRET",
        "uv run python -m uvicorn shop.main:app --app-dir src    # http://localhost:8000",
    ]
    assert "python -m uvicorn app.main:app    # http://localhost:8000" in next_lines(
        server(), STEPS
    )


def test_a_project_has_make_for_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """It installs by itself; a database and a secret are there before it runs."""
    have_make(monkeypatch, present=True)
    assert next_lines(app(), STEPS) == [
        "cd shop",
        "make run    # http://localhost:8000",
        "make test",
    ]
    full = replace(app("postgres"), server=replace(server(), auth="jwt"))
    assert next_lines(full, STEPS)[1:3] == [
        "cp .env.example .env, and in it: JWT_AUDIENCE and JWT_SECRET",
        "docker compose up --detach --wait database    # or set DATABASE_URL in .env",
    ]
    assert "make test" not in next_lines(app(), replace(STEPS, test=None))


def test_a_project_without_make_is_run_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows: each step is said in full."""
    have_make(monkeypatch, present=False)
    assert next_lines(app(), STEPS) == [
        "cd shop",
        "pip install x",
        "copy .env.example to .env",
        "python -m uvicorn app.main:app    # http://localhost:8000",
        "pytest tests",
    ]
