"""Tell which files of the package are the user's own, to be used and not replaced."""

from pathlib import PurePosixPath

from . import config_facts, disk, receipt
from .options import Options
from .plan import config_path
from .receipt import Receipt


def own_files(options: Options, known: Receipt | None) -> dict[PurePosixPath, str]:
    """Return, for each planned path that is not to be written, the user's file in its place.

    Settings, context and the two `__init__.py` belong to the user as soon as they differ from
    what was generated: everybody adds settings of their own. `config/` in place of `config.py`
    is a module of the same name.
    """
    package = options.package.folder
    names = ["__init__.py", "config.py", "stores/__init__.py"]
    if options.context.generated:
        names.insert(2, "context.py")
    found: dict[PurePosixPath, str] = {}
    for name in names:
        path = package / name
        instead = path.with_suffix("") / "__init__.py"
        if (options.project / instead).is_file():
            found[path] = str(instead)
        elif _is_own(options, path, known) or _serves_others(options, path, known):
            found[path] = str(path)
    return found


def _is_own(options: Options, path: PurePosixPath, known: Receipt | None) -> bool:
    data = disk.read(disk.locate(options.project, path), path)
    if data is None:
        return False
    generated = known.files.get(path) if known else None
    return generated is None or generated.sha256 != disk.digest(disk.plain(data))


def _serves_others(options: Options, path: PurePosixPath, known: Receipt | None) -> bool:
    """Tell whether other entries read a table prefix from this file that differs from ours."""
    others = receipt.others(known, receipt.entries(options))
    if path != config_path(options) or not others:
        return False
    prefix = config_facts.table_prefix(options.project / path)
    return prefix is not None and prefix != options.table_prefix
