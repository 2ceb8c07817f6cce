"""Read the user's own config.py without running it: which settings does it offer?"""

import ast
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from .errors import UsageError
from .settings_source import Module

# Annotations of plain text, without blanks; anything else, such as PostgresDsn, needs str().
_TEXT = frozenset({"str", "str|None", "None|str", "Optional[str]"})
_WORD = re.compile(r"\w+")
_FIELD_LINE = "    database_url: SecretStr | None = None"


@dataclass(frozen=True, slots=True)
class Setting:
    """Describe one field: its annotation as written ("" without one), its literal default."""

    annotation: str = ""
    default: object = None


@dataclass(frozen=True, slots=True)
class ConfigFacts:
    """Say what the `settings` of a config.py offers.

    `generated` is True for the config.py that we write: it has every field that stores read.
    `env_prefix` stands before the names of the environment variables.
    """

    generated: bool = True
    fields: Mapping[str, Setting] = field(default_factory=lambda: MappingProxyType({}))
    env_prefix: str = ""

    def has(self, name: str) -> bool:
        """Say whether `settings.<name>` exists."""
        return self.generated or name in self.fields

    @property
    def url_expression(self) -> str:
        """Return the expression of type `SecretStr | None` that stands for the database's URL."""
        plain = "settings.database_url"
        annotation = self.fields.get("database_url", Setting()).annotation
        if not annotation or "SecretStr" in annotation:
            return plain
        text = plain if annotation.replace(" ", "") in _TEXT else f"str({plain})"
        if "None" in annotation or "Optional" in annotation:
            return f"SecretStr({text}) if {plain} is not None else None"
        return f"SecretStr({text})"

    @property
    def url_variable(self) -> str:
        """Return the environment variable that `settings.database_url` is read from."""
        return f"{self.env_prefix}database_url".upper()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Hold the line of each field by its name, and the import of each name those lines use."""

    fields: Mapping[str, str] = field(default_factory=dict[str, str])
    imports: Mapping[str, str] = field(default_factory=dict[str, str])


_NOTHING = Wanted()


def read(path: Path, shown: str, *, needs_url: bool, asked: Wanted = _NOTHING) -> ConfigFacts:
    """Return what the config.py at `path` offers; `shown` names it in errors.

    Raises UsageError, with the lines to add, when it has no `settings` or no `database_url`, or
    not what is `asked` for.
    """
    try:
        module = Module(path)
    except (OSError, ValueError, SyntaxError, RecursionError) as error:
        raise UsageError(f"{shown} cannot be read: {' '.join(str(error).split())}") from error
    if not module.binds("settings"):
        raise _missing_settings(shown, module, needs_url=needs_url)
    found = module.class_of("settings")
    if found is None:
        # Made by somebody else's code: the type check before writing tells what it offers.
        return ConfigFacts(generated=False, fields={"database_url": Setting()})
    home, settings = found
    lineage = list(home.lineage(settings))
    fields = _fields(lineage)
    if needs_url and "database_url" not in fields:
        lines = [_FIELD_LINE]
        if not home.binds("SecretStr"):
            lines.insert(0, "from pydantic import SecretStr")
        raise UsageError(_with_lines(f"{shown}: {settings.name} has no database_url", lines))
    missing = [line for name, line in asked.fields.items() if name not in fields]
    if missing:
        problem = f"{shown}: {settings.name} lacks what a server reads"
        raise UsageError(_with_lines(problem, [*_imports(asked, missing, home), *missing]))
    return ConfigFacts(False, fields, _env_prefix(lineage))


def table_prefix(path: Path) -> str | None:
    """Return the literal default of `settings.table_prefix`, None when it cannot be seen."""
    try:
        fields = read(path, path.name, needs_url=False).fields
    except UsageError:
        return None  # missing or broken: told where the whole file is needed
    default = fields.get("table_prefix", Setting()).default
    return default if isinstance(default, str) else None


def _fields(lineage: Iterable[ast.ClassDef]) -> dict[str, Setting]:
    found: dict[str, Setting] = {}
    for owner in lineage:
        for node in owner.body:
            match node:
                case ast.AnnAssign(target=ast.Name(id=name), annotation=note, value=value):
                    found[name] = Setting(ast.unparse(note), _literal(value))
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    found[name] = Setting("", _literal(value))
                case ast.FunctionDef(name=name, returns=returns) if _is_property(node):
                    found[name] = Setting(ast.unparse(returns) if returns else "")
                case _:
                    pass  # methods and docstrings are no settings
    return found


def _env_prefix(lineage: Iterable[ast.ClassDef]) -> str:
    prefix = ""
    for owner in lineage:
        for node in ast.walk(owner):
            match node:
                case ast.keyword(arg="env_prefix", value=ast.Constant(value=str(text))):
                    prefix = text
                case _:
                    pass  # any other node says nothing about names
    return prefix


def _is_property(node: ast.FunctionDef) -> bool:
    names = {ast.unparse(decorator).rpartition(".")[2] for decorator in node.decorator_list}
    return bool(names & {"property", "cached_property", "computed_field"})


def _literal(value: ast.expr | None) -> object:
    """Return the value of a literal default, also inside `Field(...)`, else None."""
    match value:
        case None:
            return None
        case ast.Call(func=ast.Name(id="Field"), args=[first, *_]):
            return _literal(first)
        case ast.Call(func=ast.Name(id="Field"), keywords=keywords):
            return next((_literal(k.value) for k in keywords if k.arg == "default"), None)
        case _:
            try:
                return ast.literal_eval(value)
            except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
                return None  # an expression: its value is known at run time only


def _imports(asked: Wanted, lines: Iterable[str], module: Module) -> list[str]:
    """Return the imports that the lines need and the module has not."""
    used = set(_WORD.findall(" ".join(lines)))
    return [line for name, line in asked.imports.items() if name in used and not module.binds(name)]


def _missing_settings(shown: str, module: Module, *, needs_url: bool) -> UsageError:
    """Build the error for a config.py without `settings`, with the lines that are missing."""
    for name, node in module.classes.items():
        if any("Settings" in ast.unparse(base) for base in node.bases):
            lines = [f"settings = {name}()"]
            if needs_url and "database_url" not in _fields(module.lineage(node)):
                lines.insert(0, f"{_FIELD_LINE}  # in {name}; SecretStr comes from pydantic")
            break
    else:
        lines = [
            *(["from pydantic import SecretStr"] if needs_url else []),
            "from pydantic_settings import BaseSettings",
        ]
        lines = [line for line in lines if not module.binds(line.rpartition(" ")[2])]
        lines += [
            "class Settings(BaseSettings):",
            _FIELD_LINE if needs_url else "    max_page_size: int = 200",
            "settings = Settings()",
        ]
    return UsageError(_with_lines(f"{shown} has no module-level `settings`", lines))


def _with_lines(problem: str, lines: list[str]) -> str:
    noun = "this line" if len(lines) == 1 else f"these {len(lines)} lines"
    return "\n".join([f"{problem}; add {noun}:", *(f"  {line}" for line in lines)])
