"""Tell which settings a server reads beside a store's, and the lines that declare them."""

import ast

from .config_facts import Wanted
from .features import Features
from .options import Options
from .render import NO_FEATURES, regions

CONFIG = "store/config.py"


def wanted(options: Options, others: Features) -> Wanted:
    """Return what our own config.py would have for this server and a store's has not."""
    source = regions(CONFIG, options, others)
    plain = _fields(regions(CONFIG, None, NO_FEATURES))
    return Wanted(
        {name: line for name, line in _fields(source).items() if name not in plain},
        _imports(source),
    )


def _fields(source: str) -> dict[str, str]:
    """Return the annotated names of the classes, each with what declares it on one line."""
    found: dict[str, str] = {}
    for node in ast.parse(source).body:
        for line in node.body if isinstance(node, ast.ClassDef) else ():
            if isinstance(line, ast.AnnAssign):
                text = ast.get_source_segment(source, line) or ast.unparse(line)
                found[ast.unparse(line.target)] = f"    {' '.join(text.split())}"
    return found


def _imports(source: str) -> dict[str, str]:
    return {
        alias.name: f"from {node.module} import {alias.name}"
        for node in ast.parse(source).body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
