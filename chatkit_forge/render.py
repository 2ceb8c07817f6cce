"""Plan -> files in memory. The only room that knows Jinja."""

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from .access import USER_ID, Access
from .config_facts import ConfigFacts
from .options import StoreOptions
from .plan import PlannedFile
from .templates import template_source

if TYPE_CHECKING:
    import libcst as cst
    from jinja2 import Environment


@dataclass(frozen=True, slots=True)
class Rendered:
    """Hold the rendered files, not yet formatted, and the trees the promises are proved on."""

    texts: Mapping[PurePosixPath, str]
    trees: "Mapping[PurePosixPath, cst.Module]"


def render(
    plan: Iterable[PlannedFile],
    options: StoreOptions,
    settings: ConfigFacts,
    access: Access = USER_ID,
) -> Rendered:
    """Return the planned files with the user's names; `access` is how the owner is read."""
    from .rename import Renames, rename  # noqa: PLC0415  0.12 s, in which pyright loads

    names = Renames(
        old_class=f"{options.backend.capitalize()}Store",
        new_class=options.class_name,
        package=options.package.import_name,
        context=options.context,
        access=access,
        table_prefix=options.table_prefix,
        motor=options.driver == "motor",
        settings=_stand_ins(options, settings),
    )
    trees = {file.path: rename(regions(file.template, options), names) for file in plan}
    return Rendered({path: tree.code for path, tree in trees.items()}, trees)


def regions(template: str, options: StoreOptions) -> str:
    """Return the template with the regions that the options ask for."""
    source = _environment().from_string(template_source(template))
    return source.render(helpers=options.helpers, motor=options.driver == "motor")


@cache
def _environment() -> "Environment":
    """Return a Jinja that is all comments to Python, so that templates stay Python files."""
    from jinja2 import Environment, StrictUndefined  # noqa: PLC0415  0.05 s

    return Environment(
        block_start_string="# {%",
        block_end_string="%}",
        comment_start_string="# {#",
        comment_end_string="#}",
        variable_start_string="<<",
        variable_end_string=">>",
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701  the output is Python, not HTML
    )


def _stand_ins(options: StoreOptions, settings: ConfigFacts) -> dict[str, str]:
    """Return what replaces `settings.x` where the user's own config.py does not have it."""
    if settings.generated:
        return {}
    defaults = _defaults()
    stand_ins = {name: repr(value) for name, value in defaults.items() if not settings.has(name)}
    own = settings.fields.get("table_prefix")
    if own is None or own.default != options.table_prefix:
        stand_ins["table_prefix"] = repr(options.table_prefix)
    if settings.url_expression != "settings.database_url":
        stand_ins["database_url"] = settings.url_expression
    return stand_ins


@cache
def _defaults() -> dict[str, object]:
    """Return the defaults of the fields in our own config.py."""
    found: dict[str, object] = {}
    for node in ast.walk(ast.parse(template_source("store/config.py"))):
        match node:
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.Constant(value=value)):
                found[name] = value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.Call(keywords=keywords)):
                found.update((name, _constant(k.value)) for k in keywords if k.arg == "default")
            case _:
                continue
    return found


def _constant(node: ast.expr) -> object:
    return node.value if isinstance(node, ast.Constant) else ast.literal_eval(node)
