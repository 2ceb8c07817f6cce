"""Settings that cannot work: one line for each on stderr, exit code 2, and never the value."""

import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from chatkit_forge.options import Backend

from .application import (
    PATIENCE,
    complaints,
    database,
    ended_at_once,
    environment,
    generated,
    refused_to_start,
)

WITH_A_DATABASE: tuple[Backend, ...] = ("sqlite", "postgres", "mysql", "mongodb")
BY_UVICORN = ("uvicorn", "app.main:app")


@pytest.mark.parametrize("command", [("app",), BY_UVICORN])
def test_each_wrong_setting_has_a_line(command: tuple[str, ...]) -> None:
    """All of the wrong type or out of bounds are told at once, whichever way it is started."""
    wrong = {
        "APP_PORT": "hunter2",
        "HISTORY_LIMIT": "1",
        "ENVIRONMENT": "hunter2",
        "SHUTDOWN_GRACE": "0",
    }
    lines = complaints(generated("sqlite"), database("sqlite") | wrong, command)
    assert {line.partition(": ")[0] for line in lines} == wrong.keys()
    assert len(lines) == len(wrong)
    for line in lines:
        assert "should be" in line
        assert line.endswith("correct it in the environment or in .env")
        assert "hunter2" not in line


@pytest.mark.parametrize(
    ("value", "word"), [("https://hunter2", "JSON"), ("[1, 2]", "string"), ("{}", "list")]
)
def test_a_list_that_is_none_has_one_line(value: str, word: str) -> None:
    """However many of its entries are wrong; the example of `.env` shows what it looks like."""
    line = refused_to_start(generated("sqlite"), database("sqlite") | {"CORS_ORIGINS": value})
    assert line.startswith("CORS_ORIGINS: ")
    assert word in line
    assert "hunter2" not in line


@pytest.mark.parametrize("url", [{}, {"DATABASE_URL": ""}])
@pytest.mark.parametrize("backend", WITH_A_DATABASE)
def test_without_a_database_it_does_not_start(backend: Backend, url: dict[str, str]) -> None:
    """The first line of the log is the one that tells what to set."""
    line = refused_to_start(generated(backend), url)
    assert line.startswith("DATABASE_URL: ")
    assert "set DATABASE_URL" in line


@pytest.mark.parametrize("backend", WITH_A_DATABASE)
def test_a_url_of_another_database_is_told_without_its_password(backend: Backend) -> None:
    """The line says what a URL looks like, and nothing of this one."""
    url = {"DATABASE_URL": "oracle://scott:hunter2@db/xe"}
    line = refused_to_start(generated(backend), url)
    assert line.startswith("DATABASE_URL: ")
    assert "://" in line
    assert "hunter2" not in line


def test_tables_of_somebody_else_are_told_in_a_line(tmp_path: Path) -> None:
    """The store finds them when it is opened; nothing it has opened keeps the process alive."""
    with sqlite3.connect(tmp_path / "other.db") as other:
        other.execute("CREATE TABLE chatkit_threads (id INTEGER PRIMARY KEY)")
    other.close()
    url = {"DATABASE_URL": f"sqlite:///{tmp_path / 'other.db'}"}
    assert "chatkit_threads" in refused_to_start(generated("sqlite"), url)


@pytest.mark.parametrize("backend", WITH_A_DATABASE)
def test_uvicorn_tells_a_wrong_url_in_a_line(backend: Backend) -> None:
    """It opens the store when it has begun to log, and has an exit code of its own."""
    ended = ended_at_once(generated(backend), {}, (*BY_UVICORN, "--log-level", "warning"))
    assert ended.returncode == 3, ended.stderr
    assert "Traceback" not in ended.stderr
    [line] = [line for line in ended.stderr.splitlines() if "Cannot start: " in line]
    assert "set DATABASE_URL" in line


def test_another_encoding_of_the_file_is_told(tmp_path: Path) -> None:
    """Some editors save it as Latin-1, and the reader's error does not name the file."""
    shutil.copytree(generated("memory"), tmp_path, dirs_exist_ok=True)
    (tmp_path / ".env").write_bytes(b"MODEL=gr\xf6\xdfer\n")
    assert refused_to_start(tmp_path, {}).startswith(".env: is not in UTF-8")


@pytest.mark.parametrize("backend", WITH_A_DATABASE)
def test_without_a_url_the_settings_can_be_imported(backend: Backend) -> None:
    """Tests, tools and migrations import them, and have no database."""
    code = f"import app.config, app.application, app.stores.{backend}"
    subprocess.run(
        [sys.executable, "-c", code],
        cwd=generated(backend),
        env=environment({}),
        timeout=PATIENCE,
        check=True,
    )
