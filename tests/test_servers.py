"""The servers' own room: what is started is stopped, and what is missing is told in one line."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.servers import apt, mirror, processes, urls
from tests.servers.account import Account
from tests.servers.errors import ServerUnavailableError

ROOT = Path(__file__).resolve().parents[1]
COMMAND = [sys.executable, "-m", "tests.servers"]
GIVEN = {urls.variable("postgres"): "postgresql://given"}
# Tells the URL it was given, then waits for a signal: a test run that never ends by itself.
TELL = "import os, signal; print(os.environ[{0!r}], flush=True); {1}"


def run(*arguments: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run `python -m tests.servers` to its end."""
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=ROOT,
        env=os.environ | (env or {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def answers(port: int) -> bool:
    """Tell whether anybody listens on a loopback port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def told_port(process: subprocess.Popen[str]) -> int:
    """Return the port in the URL that a command tells first."""
    assert process.stdout is not None
    assert process.stderr is not None
    line: str = process.stdout.readline()
    port = urlsplit(line.strip()).port
    assert port is not None, process.stderr.read()
    return port


def stand_in(servers: processes.Processes, name: str, script: str) -> subprocess.Popen[bytes]:
    """Start a shell script in place of a server; it is up when it made the file `up`."""
    home = servers.home(name)
    return servers.start(home, ["/bin/sh", "-c", script], ready=(home / "up").exists)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Lend a folder that the servers' user can enter; as root it cannot enter pytest's own."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


def test_stop_ends_every_process_also_the_deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    """End what was started by its own id, with SIGKILL where the polite way is not heard."""
    monkeypatch.setattr(processes, "STOP_SECONDS", 0.2)
    with processes.running() as servers:
        willing = stand_in(servers, "postgres", "touch up; exec sleep 600")
        deaf = stand_in(servers, "mysql", "trap '' TERM; touch up; exec sleep 600")
        assert willing.poll() is None
    assert willing.returncode == -signal.SIGTERM
    assert deaf.returncode == -signal.SIGKILL
    assert not servers.folder.exists()


def test_a_server_that_ends_early_is_told_with_its_error() -> None:
    """Name the server, its own first error and the variable to set, in one line."""
    script = "echo starting; echo '[ERROR] disk full'; echo '[ERROR] aborting'; echo bye"
    with processes.running() as servers, pytest.raises(ServerUnavailableError) as told:
        stand_in(servers, "mysql", script)
    assert str(told.value) == (
        "mysql: it ended at once: [ERROR] disk full; "
        "or set CHATKIT_FORGE_MYSQL_URL to a running server"
    )


def test_nothing_starts_once_the_run_has_ended() -> None:
    """Refuse to start a server after the stop: nobody would be left to end it."""
    with processes.running() as servers:
        home = servers.home("mysql")
        servers.stop()
        with pytest.raises(ServerUnavailableError, match="stopped while it was starting"):
            servers.start(home, ["/bin/true"], ready=lambda: True)


def test_the_code_is_the_command_s() -> None:
    """Exit with the command's code, and leave a server alone that a variable gives."""
    done = run("--only", "postgres", "--", "sh", "-c", "exit 7", env=GIVEN)
    assert (done.returncode, done.stderr) == (7, "")


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        (["--only", "oracle", "--", "true"], 2, "no such server: oracle"),
        (["--only", "postgres"], 2, "the following arguments are required: command"),
        (["--install", "--", "true"], 2, "required: command, or --install alone"),
        (["--only", "postgres", "--", "/no/such"], 127, "cannot run /no/such"),
    ],
)
def test_a_wrong_command_line_is_told(arguments: list[str], code: int, line: str) -> None:
    """Tell a wrong name or command in a line, with the shell's codes."""
    done = run(*arguments, env=GIVEN)
    assert done.returncode == code
    assert line in done.stderr.splitlines()[-1]


@pytest.mark.server
@pytest.mark.needs("mongod")
def test_nothing_is_started_where_servers_are_only_installed(open_folder: Path) -> None:
    """Tell what is there now, and leave no folder of a server's."""
    env = {urls.variable("mongodb"): "", "TMPDIR": str(open_folder)}
    done = run("--only", "mongodb", "--install", env=env)
    assert done.returncode == 0
    assert done.stderr.startswith("tests.servers: obtained mongodb in ")
    assert done.stderr.count("\n") == 1
    assert list(open_folder.iterdir()) == []


@pytest.mark.parametrize("then", [["--", "true"], ["--install"]], ids=["run", "install"])
def test_a_server_that_cannot_be_had_is_one_line(tmp_path: Path, then: list[str]) -> None:
    """Say which server is missing, what would install it and which variable gives one."""
    env = {"PATH": str(tmp_path), urls.variable("mariadb"): ""}
    done = run("--only", "mariadb", *then, env=env)
    assert done.returncode == 1
    assert done.stderr == (
        "tests.servers: mariadb: this machine has no apt-get to install mariadb-server-core "
        "mariadb-client-core with; or set CHATKIT_FORGE_MARIADB_URL to a running server\n"
    )


@pytest.mark.server
@pytest.mark.needs("mongod")
@pytest.mark.parametrize(
    ("then", "number", "code"),
    [
        ("raise SystemExit(7)", None, 7),
        ("signal.pause()", signal.SIGTERM, 128 + signal.SIGTERM),
        ("signal.pause()", signal.SIGINT, 128 + signal.SIGINT),
    ],
    ids=["command-fails", "sigterm", "sigint"],
)
def test_real_servers_are_stopped(
    then: str, number: int | None, code: int, open_folder: Path
) -> None:
    """Stop a real server and remove its folder when the command fails or a signal ends the run."""
    name = urls.variable("mongodb")
    process = subprocess.Popen(
        [*COMMAND, "--only", "mongodb", "--", sys.executable, "-c", TELL.format(name, then)],
        cwd=ROOT,
        env=os.environ | {name: "", "TMPDIR": str(open_folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        port = told_port(process)
        if number is not None:
            assert answers(port)
            process.send_signal(number)
        assert process.wait(timeout=60) == code
    assert not answers(port)
    assert list(open_folder.iterdir()) == []


def test_a_missing_url_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail, not skip, where a test's server is missing, and say what to run."""
    monkeypatch.delenv(urls.variable("postgres"), raising=False)
    with pytest.raises(urls.MissingUrlError, match="CHATKIT_FORGE_POSTGRES_URL is not set: run"):
        urls.url("postgres")


def test_a_password_survives_its_url() -> None:
    """Escape what a URL would take for a separator, and keep the password out of repr."""
    account = Account()
    parts = urlsplit(account.url("mysql", 3306, "?x=1"))
    assert "@" in account.password
    assert unquote(parts.password or "") == account.password
    assert (parts.hostname, parts.port, parts.path) == ("127.0.0.1", 3306, "/forge")
    assert account.password not in repr(account)


SOURCES = {
    "sources.list": """
# deb http://off.example/debian bookworm main
deb http://other.example/repo stable-extra main
deb [arch=amd64 signed-by=/keys.gpg] http://mirror.example/debian bookworm main contrib
""",
    "sources.list.d/debian.sources": """
Types: deb
URIs: http://off.example/debian
Suites: bookworm
Enabled: no

# A comment, then another field order
Suites: bookworm bookworm-updates
Types: deb deb-src
URIs: http://mirror.example/debian http://second.example/debian
Signed-By: /keys.gpg
""",
}


@pytest.mark.parametrize("file", SOURCES)
def test_sid_is_looked_for_on_the_machine_s_own_mirror(file: str, tmp_path: Path) -> None:
    """Read mirror and keys from either format that apt keeps its sources in."""
    (tmp_path / "apt/sources.list.d").mkdir(parents=True)
    (tmp_path / "os-release").write_text("VERSION_CODENAME=bookworm\nID=debian\n")
    (tmp_path / "apt" / file).write_text(SOURCES[file])
    found = mirror.debian(tmp_path)
    assert found is not None
    assert found.line("sid") == "deb [signed-by=/keys.gpg] http://mirror.example/debian sid main\n"


@pytest.mark.parametrize("release", ["ID=ubuntu\nVERSION_CODENAME=bookworm\n", None])
def test_another_system_has_no_debian_mirror(release: str | None, tmp_path: Path) -> None:
    """Find nothing on a system that is not Debian: its mirrors carry no sid."""
    (tmp_path / "apt").mkdir()
    (tmp_path / "apt/sources.list").write_text(SOURCES["sources.list"])
    if release is not None:
        (tmp_path / "os-release").write_text(release)
    assert mirror.debian(tmp_path) is None


def test_the_lists_of_apt_are_fetched_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fetching them takes as long as it takes to install from them."""
    log, apt_get = tmp_path / "log", tmp_path / "apt-get"
    apt_get.write_text(f'#!/bin/sh\necho "$@" >> "{log}"\n')
    apt_get.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(apt, "_fetched", [])
    for name in ("mariadb", "redis"):
        apt.install(name, f"{name}-server")
    words = [word for word in log.read_text().split() if word in {"update", "install"}]
    assert words == ["update", "install", "install"]
