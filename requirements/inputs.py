"""Print everything that development installs, one requirement a line, for pip-compile.

pip-compile can read pyproject.toml itself, but not its dependency groups, and it would build the
project to do so.
"""

import tomllib
from pathlib import Path

facts = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))
needed = [
    *facts["project"]["dependencies"],
    *facts["dependency-groups"]["dev"],
    *facts["build-system"]["requires"],
    "editables",  # hatchling asks for it when it installs a project in place
]
print("\n".join(needed))
