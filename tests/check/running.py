"""Run `chatkit-forge check` in a folder, as a person or a CI job would."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

BAD = (
    "from chatkit.types import UserMessageTextContent\n"
    "\n"
    'CONTENT = UserMessageTextContent(type="text", text="hi")\n'
)
GOOD = BAD.replace('"text", text', '"input_text", text')


def check(
    folder: Path, *arguments: str, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command in the folder, with an empty cache of its own; never raises."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("GITHUB_")}
    clean.pop("CI", None)
    clean["XDG_CACHE_HOME"] = str(folder.parent / f"{folder.name}-cache")
    return subprocess.run(
        [sys.executable, "-m", "chatkit_forge", "check", *arguments],
        cwd=folder,
        env={**clean, **(environment or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def found(folder: Path, *arguments: str) -> list[dict[str, Any]]:
    """Return the findings of `--format json`; raises when the output is no JSON."""
    return json.loads(check(folder, "--no-types", "--format", "json", *arguments).stdout)


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write a project and return its folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder
