"""Read the user's own config.py without running it: which settings does it offer?"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from .errors import UsageError

# Annotations of plain text, without blanks; anything else, such as PostgresDsn, needs str().
_TEXT = frozenset({"str", "str|None", "None|str", "Optional[str]"})
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


def read(path: Path, shown: str, *, needs_url: bool) -> ConfigFacts:
    """Return what the config.py at `path` offers; `shown` names it in errors.

    Raises UsageError, with the lines to add, when it has no `settings` or no `database_url`.
    """
    try:
        source = path.read_text(encoding="utf-8-sig")
        tree = ast.parse(source)
    except (OSError, ValueError, SyntaxError, RecursionError) as error:
        raise UsageError(f"{shown} cannot be read: {_one_line(error)}") from error
    module = _Module(tree)
    if not module.has_settings:
        raise _missing_settings(shown, module, needs_url=needs_url)
    settings = module.settings_class()
    if settings is None:
        # Made by a function or imported: the type check before writing tells what it offers.
        return ConfigFacts(generated=False, fields={"database_url": Setting()})
    fields = module.fields(settings)
    if needs_url and "database_url" not in fields:
        lines = [_FIELD_LINE]
        if "SecretStr" not in module.names:
            lines.insert(0, "from pydantic import SecretStr")
        raise UsageError(_with_lines(f"{shown}: {settings.name} has no database_url", lines))
    return ConfigFacts(False, fields, module.env_prefix(settings))


def table_prefix(path: Path) -> str | None:
    """Return the literal default of `settings.table_prefix`, None when it cannot be seen."""
    try:
        default = (
            read(path, path.name, needs_url=False).fields.get("table_prefix", Setting()).default
        )
    except UsageError:
        return None  # missing or broken: told where the whole file is needed
    return default if isinstance(default, str) else None


class _Module:
    """Answer questions about one parsed config.py."""

    def __init__(self, tree: ast.Module) -> None:
        self.classes: dict[str, ast.ClassDef] = {}
        self.returns: dict[str, ast.expr] = {}
        self.names: set[str] = set()
        self.made_by: ast.expr | None = None
        for node in _module_level(tree.body):
            self._note(node)

    def _note(self, node: ast.stmt) -> None:
        match node:
            case ast.ClassDef():
                self.classes[node.name] = node
                self.names.add(node.name)
            case ast.FunctionDef():
                self.names.add(node.name)
                if node.returns is not None:
                    self.returns[node.name] = node.returns
            case ast.Import() | ast.ImportFrom():
                self.names.update((a.asname or a.name).partition(".")[0] for a in node.names)
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._note_name(target, value)
            case ast.AnnAssign(target=target, value=value) if value is not None:
                self._note_name(target, value)
            case _:
                pass  # nothing else binds a name that settings could be

    def _note_name(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self.names.add(target.id)
            if target.id == "settings":
                self.made_by = value

    @property
    def has_settings(self) -> bool:
        return "settings" in self.names

    def settings_class(self) -> ast.ClassDef | None:
        """Return the class of `settings` when this file shows it."""
        match self.made_by:
            case ast.Call(func=ast.Name(id=name)):
                returned = self.returns.get(name)
                if isinstance(returned, ast.Name):
                    name = returned.id
                return self.classes.get(name)
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name))):
                return self.classes.get(name)  # Settings.model_validate(...) and its like
            case _:
                return None

    def _lineage(self, start: ast.ClassDef) -> Iterator[ast.ClassDef]:
        """Yield the class and its bases in this file, the most basic first."""
        seen: list[ast.ClassDef] = []
        queue = [start]
        while queue:
            current = queue.pop(0)
            if current in seen:
                continue
            seen.append(current)
            bases = [base.id for base in current.bases if isinstance(base, ast.Name)]
            queue.extend(self.classes[name] for name in bases if name in self.classes)
        yield from reversed(seen)

    def fields(self, start: ast.ClassDef) -> dict[str, Setting]:
        found: dict[str, Setting] = {}
        for owner in self._lineage(start):
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

    def env_prefix(self, start: ast.ClassDef) -> str:
        prefix = ""
        for owner in self._lineage(start):
            for node in ast.walk(owner):
                match node:
                    case ast.keyword(arg="env_prefix", value=ast.Constant(value=str(text))):
                        prefix = text
                    case _:
                        pass  # any other node says nothing about names
        return prefix


def _module_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements that run when the module is imported, inside if and try as well."""
    for node in body:
        yield node
        match node:
            case ast.If(body=inner, orelse=other):
                yield from _module_level([*inner, *other])
            case ast.Try(body=inner, handlers=handlers, orelse=other, finalbody=last):
                caught = [line for handler in handlers for line in handler.body]
                yield from _module_level([*inner, *caught, *other, *last])
            case ast.With(body=inner):
                yield from _module_level(inner)
            case _:
                pass  # a function's or class's body does not bind module-level names


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


def _missing_settings(shown: str, module: _Module, *, needs_url: bool) -> UsageError:
    """Build the error for a config.py without `settings`, with the lines that are missing."""
    owner = next(
        (
            name
            for name, node in module.classes.items()
            if any("Settings" in ast.unparse(base) for base in node.bases)
        ),
        None,
    )
    if owner is not None:
        lines = [f"settings = {owner}()"]
        if needs_url and "database_url" not in module.fields(module.classes[owner]):
            lines.insert(0, f"{_FIELD_LINE}  # in {owner}; SecretStr comes from pydantic")
    else:
        lines = [
            "class Settings(BaseSettings):  # from pydantic_settings; SecretStr from pydantic",
            *([_FIELD_LINE] if needs_url else ["    max_page_size: int = 200"]),
            "settings = Settings()",
        ]
    return UsageError(_with_lines(f"{shown} has no module-level `settings`", lines))


def _with_lines(problem: str, lines: list[str]) -> str:
    noun = "this line" if len(lines) == 1 else f"these {len(lines)} lines"
    return "\n".join([f"{problem}; add {noun}:", *(f"  {line}" for line in lines)])


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())
