"""Plan -> files in memory. The only room that knows Jinja."""

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from . import features
from .access import USER_ID, Access
from .config_facts import ConfigFacts
from .features import Features
from .options import DEFAULT_SERVER, Options, StoreClass, server_of, store_of
from .plan import PlannedFile
from .templates import template_source
from .validate import names_in
from .variables import variables

if TYPE_CHECKING:
    import libcst as cst
    from jinja2 import Environment

    from .rename import Renames

NO_FEATURES: Features = frozenset()
_CONFIG = "store/config.py"
# What a server's templates are written for.
_STORE = "SqliteStore"


@dataclass(frozen=True, slots=True)
class Rendered:
    """Hold the rendered files, not yet formatted, and the trees the promises are proved on.

    Only the Python files have a tree.
    """

    texts: Mapping[PurePosixPath, str]
    trees: "Mapping[PurePosixPath, cst.Module]"


def render(
    plan: Iterable[PlannedFile],
    options: Options,
    settings: ConfigFacts,
    access: Access = USER_ID,
    others: Features = NO_FEATURES,
) -> Rendered:
    """Return the planned files with the user's names.

    `access` is how the owner is read; `others` is what else the package has, which the settings
    that all of it shares must serve as well.
    """
    from .rename import rename  # noqa: PLC0415  0.12 s, in which pyright loads

    names = _Names(options, _stand_ins(options, settings), access)
    texts: dict[PurePosixPath, str] = {}
    trees: dict[PurePosixPath, cst.Module] = {}
    for file in plan:
        more = others if file.template == _CONFIG else NO_FEATURES
        text = regions(file.template, options, more)
        if file.is_python:
            trees[file.path] = rename(text, names.of(file, text))
            text = trees[file.path].code
        texts[file.path] = text
    return Rendered(texts, trees)


def regions(template: str, options: Options | None, others: Features = NO_FEATURES) -> str:
    """Return the template with the regions that the options ask for, and their variables."""
    text = template_source(template)
    if template.startswith("web/"):
        return text
    on = others | features.of(options) if options else others
    flags = {name: name in on for name in features.ALL}
    values = variables(options) if options else dict[str, object]()
    return _environment().from_string(text).render({**flags, **values})


class _Names:
    """Know what the names in a template become: those of a store, or those of a server."""

    def __init__(self, options: Options, stand_ins: Mapping[str, str], access: Access) -> None:
        self._options = options
        self._stand_ins = stand_ins
        self._access = access

    def of(self, file: PlannedFile, source: str) -> "Renames":
        """Return the renames for one file with this source."""
        from .rename import Renames  # noqa: PLC0415  0.12 s, in which pyright loads

        options, store, server = self._options, store_of(self._options), server_of(self._options)
        classes: dict[str, str] = {}
        found: StoreClass | None = None
        if store is not None and file.template.startswith("store/"):
            classes[f"{store.backend.capitalize()}Store"] = store.class_name
        elif server is not None:
            found = server.store
            name = server.store.name
            # A store of the user's may be called Store, as the SDK's own is.
            if name != _STORE and name in source and name in names_in(source):
                name = f"Own{name}"
            classes = {_STORE: name, DEFAULT_SERVER: server.class_name}
        return Renames(
            classes=classes,
            package=options.package.import_name,
            context=options.context,
            access=self._access,
            table_prefix=options.table_prefix,
            motor=store is not None and store.driver == "motor",
            settings=self._stand_ins,
            store=found,
            errors=server.errors if found and server else None,
        )


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


def _stand_ins(options: Options, settings: ConfigFacts) -> dict[str, str]:
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
    """Return the defaults of the fields in our own config.py that stores read."""
    found: dict[str, object] = {}
    for node in ast.walk(ast.parse(regions(_CONFIG, None))):
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
