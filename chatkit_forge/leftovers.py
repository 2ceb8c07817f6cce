"""Name the files that an earlier run wrote and this one no longer needs; they are never deleted."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from .options import AppOptions, Options, server_of
from .plan import PlannedFile, plan
from .receipt import Receipt
from .templates import template_names


def leftovers(
    options: Options,
    known: Receipt | None,
    planned: Sequence[PlannedFile],
    used: frozenset[PurePosixPath],
) -> list[PurePosixPath]:
    """Return what the server had with its earlier answers, as far as it is still there.

    `used` are the user's own, which take the place of planned files.
    """
    server = server_of(options)
    if server is None or known is None:
        return []
    module = server.entry.partition(":")[0]
    earlier = [given for entry, given in known.answers.items() if entry.startswith(f"{module}:")]
    now = {file.path for file in planned}
    found: dict[PurePosixPath, None] = {}
    for given in earlier:
        before = replace(
            server,
            rag=given.get("rag") is True,
            attachments=given.get("attachments") is True,
            tests=given.get("tests") is True,
        )
        whole = replace(options, server=before) if isinstance(options, AppOptions) else before
        paths = (file.path for file in plan(whole, used, template_names()))
        found |= dict.fromkeys(path for path in paths if path not in now and path in known.files)
    return [path for path in found if (options.project / path).exists()]
