"""A project passes its own checks whatever its package, its server and its tables are called."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path, PurePosixPath

from chatkit_forge.format import ruff_format
from chatkit_forge.options import AppOptions, Package, StoreClass
from chatkit_forge.stage import put

from ..apps import Combination, files, options

FOLDER = "src/customer_support_and_billing_assistant"
LONG = Package(PurePosixPath(FOLDER), PurePosixPath(FOLDER).name, PurePosixPath("src"))


def renamed(asked: AppOptions) -> AppOptions:
    """Return the options with long names everywhere."""
    store = replace(
        asked.store, package=LONG, class_name="CustomerConversationStore", table_prefix="billing_"
    )
    server = replace(
        asked.server,
        package=LONG,
        store=StoreClass(*store.entry.split(":")),
        class_name="CustomerSupportAssistantServer",
        table_prefix=store.table_prefix,
    )
    return replace(asked, store=store, server=server)


def test_long_names_pass_the_linter_of_the_project(tmp_path: Path) -> None:
    """The formatter wraps code, but no docstring that names the package."""
    asked = renamed(options(Combination("sqlite", True, True, "jwt", "litellm"), tmp_path))
    found = files(asked)
    put(tmp_path, found)
    ruff_format(tmp_path, [path for path in found if path.suffix == ".py"], tmp_path)
    for command in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--no-cache", "."],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
