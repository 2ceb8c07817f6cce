"""The files at a project's root: valid where a schema says what is, and true to the rest of it."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from packaging.requirements import Requirement
from pathspec import GitIgnoreSpec

from chatkit_forge.install import development, requirements
from chatkit_forge.plan import plan
from chatkit_forge.render import regions
from chatkit_forge.templates import template_names

from ..apps import COMBINATIONS, Combination, options, without_tests
from ..rendering import SRC_SHOP
from .test_settings import settings_of

ALL: dict[str, Any] = {"rag": True, "attachments": True}
# One of each backend with nothing, one with everything.
SOME = [
    each for each in COMBINATIONS if {each.rag, each.attachments} != {True, False}
    and (each.auth == "jwt") == (each.provider == "litellm") == each.rag
]  # fmt: skip
some = pytest.mark.parametrize("chosen", SOME, ids=str)


def text(chosen: Combination, template: str) -> str:
    """Return one file of a project's root."""
    return regions(f"project/{template}", options(chosen))


@cache
def paths(chosen: Combination) -> frozenset[str]:
    """Return every file of a project."""
    planned = plan(options(chosen), frozenset(), template_names())
    return frozenset(str(file.path) for file in planned)


def test_yaml_is_what_its_readers_take(tmp_path: Path) -> None:
    """Hold compose files and workflows to the schemas that their makers publish."""
    for chosen in COMBINATIONS:
        for template in ("compose.yaml", "github/workflows/ci.yml", "pre-commit-config.yaml"):
            target = tmp_path / template.partition(".")[0].replace("/", "-") / f"{chosen}.yaml"
            target.parent.mkdir(exist_ok=True)
            target.write_text(text(chosen, template), encoding="utf-8")
            yaml.safe_load(target.read_text(encoding="utf-8"))
    for schema, folder in (
        ("vendor.compose-spec", "compose"),
        ("vendor.github-workflows", "github-workflows-ci"),
    ):
        files = [str(path) for path in sorted((tmp_path / folder).iterdir())]
        assert len(files) == len(COMBINATIONS)
        command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *files]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@some
def test_pyproject_asks_for_what_the_code_needs(chosen: Combination) -> None:
    """List the same requirements that `new app` tells to install."""
    project = tomllib.loads(text(chosen, "pyproject.toml"))
    assert project["project"]["name"] == "assistant"
    assert project["project"]["dependencies"] == requirements(options(chosen))
    assert project["dependency-groups"]["dev"] == development(options(chosen))
    assert {Requirement(each).name for each in project["dependency-groups"]["dev"]} >= {
        *("pytest", "ruff", "pyright", "chatkit-forge")
    }


@some
def test_make_knows_its_targets(chosen: Combination, tmp_path: Path) -> None:
    """Explain every target, and plan each one without an error."""
    (tmp_path / "Makefile").write_text(text(chosen, "Makefile"), encoding="utf-8")
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / ".env.example").touch()
    explained = re.findall(r"^make (\w+)", make(tmp_path, "help"), re.MULTILINE)
    assert {"run", "test", "check"} <= set(explained)
    assert ("ingest" in explained) == chosen.rag
    for target in explained:
        assert make(tmp_path, "-n", target)
    planned = make(tmp_path, "-n", "test")
    assert ("docker compose" in planned) == (chosen.backend not in {"sqlite", "memory"})
    assert ".venv" not in make(tmp_path, "-n", "test", "PYTHON=/some/python")
    url = f"TEST_{chosen.backend.upper()}_URL=given://url"
    assert "docker" not in make(tmp_path, "-n", "test", url)


def make(folder: Path, *arguments: str) -> str:
    """Return what make prints; fails the test with it."""
    command = ["make", "--no-print-directory", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@some
def test_the_image_gets_what_it_copies(chosen: Combination) -> None:
    """Copy what the project has and the context lets through, as a user who may do nothing."""
    lines = text(chosen, "Dockerfile").splitlines()
    ignored = text(chosen, "dockerignore").splitlines()
    # First everything, then what is let through again.
    assert ignored[1] == "*"
    allowed = {line[1:] for line in ignored if line.startswith("!")}
    copied = [line.split()[1] for line in lines if line.startswith("COPY ")]
    assert {"pyproject.toml", "app", "web"} <= set(copied)
    for source in copied:
        of_it = [path for path in paths(chosen) if PurePosixPath(path).is_relative_to(source)]
        assert of_it, source
    assert set(copied) == allowed
    users = [line for line in lines if line.startswith("USER ")]
    assert users == ["USER 10001"]
    assert lines.index("USER 10001") > max(i for i, line in enumerate(lines) if "COPY" in line)
    assert lines[-1] == 'CMD ["python", "-m", "app"]'
    assert any(line.startswith("HEALTHCHECK ") for line in lines)


@some
def test_what_containers_set_are_settings(chosen: Combination) -> None:
    """Name no variable that the program does not read, and every secret that it wants."""
    known = {name.upper() for name in settings_of(chosen).model_fields}
    compose: dict[str, Any] = yaml.safe_load(text(chosen, "compose.yaml"))
    environment: dict[str, object] = compose["services"]["app"]["environment"]
    in_image = {
        pair.partition("=")[0]
        for line in re.findall(r"^ENV (.*)$", text(chosen, "Dockerfile"), re.MULTILINE)
        for pair in line.split()
        if not pair.startswith("PYTHON")
    }
    assert environment.keys() | in_image <= known
    wanted = {"SESSION_SECRET"} if chosen.auth == "session" else {"JWT_AUDIENCE"}
    wanted |= {"ATTACHMENT_SECRET"} if chosen.attachments else set()
    assert wanted == {name for name, value in environment.items() if ":?" in str(value)}
    assert ("DATABASE_URL" in environment) == (chosen.backend != "memory")


@some
def test_compose_waits_for_what_it_starts(chosen: Combination) -> None:
    """Start the application once its services are healthy, and stop it later than it stops."""
    compose: dict[str, Any] = yaml.safe_load(text(chosen, "compose.yaml"))
    services: dict[str, Any] = compose["services"]
    app = services["app"]
    backing = set(services) - {"app", "test-database"}
    assert backing == set(app.get("depends_on", {}))
    assert all(services[name]["healthcheck"]["test"] for name in services.keys() - {"app"})
    grace = settings_of(chosen).model_fields["shutdown_grace"].default
    assert int(app["stop_grace_period"].removesuffix("s")) > grace
    used = {
        volume.partition(":")[0] for each in services.values() for volume in each.get("volumes", ())
    }
    assert used == set(compose.get("volumes", {}))
    for name, service in services.items():
        for port in service.get("ports", ()):
            assert port.startswith("127.0.0.1:"), name


def test_the_test_database_is_the_one_that_make_names() -> None:
    """Publish the port that the Makefile's URL has, apart from the one that is worked with."""
    for backend in ("postgres", "mysql", "mongodb"):
        chosen = Combination(backend)
        compose: dict[str, Any] = yaml.safe_load(text(chosen, "compose.yaml"))
        services = compose["services"]
        [port] = re.findall(
            r"URL := \w+://(?:test:test@)?127\.0\.0\.1:(\d+)/test", makefile(chosen)
        )
        [published] = services["test-database"]["ports"]
        assert published.split(":")[1] == port
        assert services["database"]["ports"][0].split(":")[1] != port
        assert services["database"]["image"] == services["test-database"]["image"]


def test_a_copy_of_the_example_reaches_the_database_of_compose() -> None:
    """Log in, in `.env.example`, as compose.yaml sets the database up."""
    for backend in ("postgres", "mysql", "mongodb"):
        chosen = Combination(backend)
        compose: dict[str, Any] = yaml.safe_load(text(chosen, "compose.yaml"))
        database = compose["services"]["database"]
        found = re.search(r"^DATABASE_URL=(.*)$", text(chosen, "env.example"), re.MULTILINE)
        assert found is not None
        parts = urlsplit(found[1])
        assert database["ports"] == [f"127.0.0.1:{parts.port}:{parts.port}"]
        inside = urlsplit(str(compose["services"]["app"]["environment"]["DATABASE_URL"]))
        assert (inside.hostname, inside.port, inside.path) == ("database", parts.port, parts.path)
        if backend != "mongodb":
            names = {"POSTGRES_DB": parts.path[1:], "MYSQL_DATABASE": parts.path[1:]}
            names |= {f"{kind}_USER": parts.username for kind in ("POSTGRES", "MYSQL")}
            password = f"${{DATABASE_PASSWORD:-{parts.password}}}"
            names |= {f"{kind}_PASSWORD": password for kind in ("POSTGRES", "MYSQL")}
            said = database["environment"]
            assert {name: names[name] for name in said.keys() & names.keys()} == {
                name: value for name, value in said.items() if name in names
            }
            assert (inside.username, inside.password) == (parts.username, password)


def makefile(chosen: Combination) -> str:
    """Return the Makefile."""
    return text(chosen, "Makefile")


@some
def test_git_keeps_the_code_and_not_the_data(chosen: Combination) -> None:
    """Ignore nothing that was generated, and all that the program writes by default."""
    ignored = GitIgnoreSpec.from_lines(text(chosen, "gitignore").splitlines())
    assert not list(ignored.match_files(paths(chosen)))
    written = [".env", ".session_secret", ".venv/bin/python", "app/__pycache__/config.pyc"]
    defaults = settings_of(chosen).model_fields
    for name in ("qdrant_path", "attachments_dir"):
        written += [f"{defaults[name].default}/file"] if name in defaults else []
    written += ["chatkit.db", "chatkit.db-wal"] if chosen.backend == "sqlite" else []
    assert set(ignored.match_files(written)) == set(written)


@some
def test_the_readme_names_what_there_is(chosen: Combination) -> None:
    """Mention no file, target or setting that the project lacks."""
    readme = text(chosen, "README.md")
    there = paths(chosen) | {".chatkit-forge.json", ".env", ".venv"}
    for named in quoted(readme):
        if re.fullmatch(r"[\w.-]*[/.][\w./-]*", named):
            path = named.rstrip("/")
            assert any(each == path or each.startswith(f"{path}/") for each in there), named
    known = {name.upper() for name in settings_of(chosen).model_fields} | {
        f"TEST_{chosen.backend.upper()}_URL"
    }
    named_settings = set(re.findall(r"\b[A-Z]{2,}(?:_[A-Z]+)+\b", readme))
    assert named_settings <= known
    for target in re.findall(r"\bmake (\w+)", readme):
        assert re.search(rf"^{target}:", makefile(chosen), re.MULTILINE), target
    assert all(len(line) <= 120 for line in readme.splitlines())


def quoted(markdown: str) -> Iterator[str]:
    """Yield what stands in single backticks."""
    without_blocks = re.sub(r"(?ms)^```.*?^```", "", markdown)
    for match in re.finditer(r"`([^`]+)`", without_blocks):
        yield match[1]


def test_what_the_readme_runs_is_importable_below_src() -> None:
    """Nothing is installed of the project itself: a package in src/ has to be pointed at."""
    asked = options(Combination("sqlite", rag=True))
    src = replace(asked, store=replace(asked.store, package=SRC_SHOP))
    src = replace(src, server=replace(src.server, package=SRC_SHOP))
    shown = regions("project/README.md", src)
    lines = [line for line in shown.splitlines() if "python -m shop" in line]
    # The image sets it, and a remark is nothing to type.
    typed = [line for line in lines if not line.startswith(("docker ", "- "))]
    assert len(typed) == 2
    assert all("PYTHONPATH=src " in line for line in typed)
    assert "PYTHONPATH" not in regions("project/README.md", asked)


def test_without_tests_nothing_speaks_of_them() -> None:
    """Leave the target, the step and the settings of tests out together with the tests."""
    asked = without_tests(options(Combination("postgres", **ALL)))
    for template in ("Makefile", "README.md", "pyproject.toml", "github/workflows/ci.yml"):
        assert not re.search(r"\b(py)?tests?\b(?! -x)", regions(f"project/{template}", asked)), (
            template
        )
