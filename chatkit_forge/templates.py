"""Find the templates: inside the installed package, or beside it in a checkout."""

from functools import cache
from pathlib import Path

from .errors import OurFault


def template_source(template: str) -> str:
    """Return a template as it is, such as "store/sqlite.py"."""
    try:
        return (templates_folder() / template).read_text(encoding="utf-8")
    except OSError as error:
        raise OurFault(f"the template {template} is missing; reinstall chatkit-forge") from error


@cache
def templates_folder() -> Path:
    """Return the folder that holds `store/`."""
    here = Path(__file__).resolve().parent
    installed = here / "templates"
    return installed if installed.is_dir() else here.parent / "templates"
