"""The stores as a user gets them: rendered into a package, imported from there."""

import functools
import importlib
import sys
import tempfile
from pathlib import Path
from types import ModuleType

TEMPLATES = Path(__file__).resolve().parents[1] / "templates" / "store"
SHARED = {
    "package_init.py": "__init__.py",
    "config.py": "config.py",
    "context.py": "context.py",
    "stores_init.py": "stores/__init__.py",
    "codec.py": "stores/codec.py",
    "errors.py": "stores/errors.py",
    "schema.py": "stores/schema.py",
}


def without_regions(text: str) -> str:
    """Return the template with its default regions: helpers in, the motor driver out."""
    kept: list[str] = []
    using = [True]
    for line in text.splitlines(keepends=True):
        word = line.strip().removeprefix("# {% ").removesuffix(" %}")
        if not line.strip().startswith("# {%"):
            kept += [line] if all(using) else []
        elif word.startswith("if "):
            using.append(word == "if helpers")
        elif word == "else":
            using[-1] = not using[-1]
        else:
            using.pop()
    return "".join(kept)


def stage(folder: Path, *backends: str) -> Path:
    """Write the package `app` with these stores into the folder, and return the folder."""
    (folder / "app" / "stores").mkdir(parents=True, exist_ok=True)
    wanted = dict(SHARED)
    for backend in backends:
        # `mysql_pool.py`, say, lands beside `mysql.py`; `test_mysql_store.py` elsewhere.
        own = [*TEMPLATES.glob(f"{backend}.py"), *TEMPLATES.glob(f"{backend}_*.py")]
        wanted |= {template.name: f"stores/{template.name}" for template in own}
    for template, target in wanted.items():
        text = (TEMPLATES / template).read_text(encoding="utf-8")
        (folder / "app" / target).write_text(without_regions(text), encoding="utf-8")
    return folder


@functools.cache
def _root() -> Path:
    root = Path(tempfile.mkdtemp(prefix="chatkit-forge-staged-"))
    sys.path.insert(0, str(root))
    return root


def store_module(backend: str) -> ModuleType:
    """Import `app.stores.<backend>` from a package of this test run, and return it."""
    stage(_root(), backend)
    importlib.invalidate_caches()
    return importlib.import_module(f"app.stores.{backend}")


def import_root() -> Path:
    """Return the folder that other processes import the same package from."""
    return _root()
