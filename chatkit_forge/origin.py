"""Where this chatkit-forge was installed from: what a project asks for to get the same one."""

import json
import os
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

NAME = "chatkit-forge"
# Whoever knows better than the installer's note: a name on an index of one's own, say.
VARIABLE = "CHATKIT_FORGE_REQUIREMENT"


def requirement() -> str:
    """Return the name for an index to find, or the name with the place that was installed from.

    An installer notes a folder, an archive or a repository in `direct_url.json` (PEP 610), and
    nothing for what it got from an index. A place that is gone is no help. `VARIABLE` decides,
    where it is set.
    """
    if given := os.environ.get(VARIABLE):
        return given
    try:
        noted = distribution(NAME).read_text("direct_url.json")
    except PackageNotFoundError:
        return NAME
    if not noted:
        return NAME
    said: dict[str, Any] = json.loads(noted)
    url = str(said["url"])
    if "vcs_info" in said:
        return f"{NAME} @ {said['vcs_info']['vcs']}+{url}@{said['vcs_info']['commit_id']}"
    parts = urlsplit(url)
    if parts.scheme == "file" and not Path(url2pathname(parts.path)).exists():
        return NAME
    return f"{NAME} @ {url}"


def only_here() -> str | None:
    """Return the requirement when it is a place of this machine, which nobody has chosen."""
    asked = requirement()
    return asked if " @ file:" in asked and not os.environ.get(VARIABLE) else None
