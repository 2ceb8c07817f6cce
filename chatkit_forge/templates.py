"""Find the templates: inside the installed package, or beside it in a checkout."""

from functools import cache
from pathlib import Path

from .errors import OurFault

# By editors, by merges and patches that failed, by Python.
_LEFT_BEHIND = ("~", ".bak", ".orig", ".rej", ".pyc")


def template_source(template: str) -> str:
    """Return a template as it is, such as "store/sqlite.py"."""
    try:
        return (templates_folder() / template).read_text(encoding="utf-8")
    except OSError as error:
        raise OurFault(f"the template {template} is missing; reinstall chatkit-forge") from error


@cache
def template_names() -> tuple[str, ...]:
    """Return the names of all templates in order, without what tools leave between them."""
    root = templates_folder()
    names = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
    return tuple(sorted(name.as_posix() for name in names if not any(map(_is_litter, name.parts))))


def _is_litter(part: str) -> bool:
    return part.startswith((".", "#")) or part == "__pycache__" or part.endswith(_LEFT_BEHIND)


@cache
def templates_folder() -> Path:
    """Return the folder that holds `store/` and the others."""
    here = Path(__file__).resolve().parent
    installed = here / "templates"
    return installed if installed.is_dir() else here.parent / "templates"
