"""CKF112."""

import ast

from ..binders import bound_by, value_of
from ..classes import Class
from ..module import Function, within
from ..rule import Rule

_BASES = frozenset({
    "pydantic_settings.BaseSettings", "pydantic_settings.main.BaseSettings",
    "pydantic.BaseSettings", "pydantic.BaseModel",
})  # fmt: skip
_DATACLASS = frozenset({"dataclasses.dataclass", "pydantic.dataclasses.dataclass"})
_KNOWN = frozenset({"object", "abc.ABC"})
# What classes of settings are called, and variables of them.
_CALLED = ("Settings", "Config", "Configuration")
_VARIABLES = frozenset({"settings", "config", "conf", "cfg", "env"})


class SettingsClass(Rule):
    """Find settings that are read from the class where its instance was meant.

    The class holds no value: `Settings.database_url` raises AttributeError, or is a field's
    description, whatever the environment says.

    Bad:
        from chatkit.store import NotFoundError
        from pydantic_settings import BaseSettings


        class Settings(BaseSettings):
            database_url: str = "sqlite:///chat.db"


        def missing() -> NotFoundError:
            return NotFoundError(Settings.database_url)

    Good:
        from chatkit.store import NotFoundError
        from pydantic_settings import BaseSettings


        class Settings(BaseSettings):
            database_url: str = "sqlite:///chat.db"


        settings = Settings()


        def missing() -> NotFoundError:
            return NotFoundError(settings.database_url)

    Source: pydantic keeps no class attributes for fields.
    """

    code = "CKF112"
    name = "settings-class"
    message = "{settings}.{field} is read from the class, which holds no value"
    hint = "make one instance, `settings = {settings}()`, and read it there"

    def visit_module(self) -> None:
        """Look at `Settings.x`, and at `config.Settings.x`."""
        nodes = self.module.nodes(ast.Attribute)
        names = {node.value.id for node in nodes if isinstance(node.value, ast.Name)}
        # Of the few names that attributes are read of, most are `self` and other objects.
        likely = {name for name in names if name in _VARIABLES or self._is_capital(name)}
        for node in nodes:
            value = node.value
            if isinstance(value, ast.Name):
                if value.id in likely and _is_read(node):
                    self._name(node, value.id, value)
            elif isinstance(value, ast.Attribute) and value.attr[:1].isupper() and _is_read(node):
                self._read(node, self.module.names.resolve(value), value.attr)

    def _is_capital(self, name: str) -> bool:
        """Say whether a name is written like one of a class where it was imported from."""
        full = self.module.names.imported.get(name, name)
        return full.rpartition(".")[2][:1].isupper()

    def _name(self, node: ast.Attribute, name: str, value: ast.Name) -> None:
        imported: str | None = self.module.names.imported.get(name, name)
        if not self._is_capital(name):
            # `settings = Settings`, the parentheses forgotten
            given = self._given(value)
            if given is None or not self._is_capital(given.id):
                return
            imported = self.module.names.resolve(given)
        self._read(node, imported, name)

    def _given(self, name: ast.Name) -> ast.Name | None:
        given = value_of(self.module, name)
        return given if isinstance(given, ast.Name) else None

    def _read(self, node: ast.Attribute, name: str | None, shown: str) -> None:
        found = self.project.find_class(name, self.module) if name else None
        if found is None or not self._is_plain(found):
            return
        if _is_instance_only(found, node.attr) and not self._rebound(node.value):
            self.report(node, settings=shown, field=node.attr)

    def _rebound(self, value: ast.expr) -> bool:
        """Say whether the class's name was given to its instance: `Settings = Settings()`."""
        return isinstance(value, ast.Name) and any(
            isinstance(self.module.parents.get(each), ast.Assign)
            and not isinstance(value_of(self.module, value), ast.Name)
            for each in bound_by(self.module, value)
        )

    def _is_plain(self, found: Class) -> bool:
        """Say whether nothing but the class's own body says what it has."""
        if found.node.keywords:
            return False
        return all(_is_dataclass(found, each) for each in found.node.decorator_list)


def _is_read(node: ast.Attribute) -> bool:
    return isinstance(node.ctx, ast.Load) and node.attr != "model_config"


def _is_dataclass(found: Class, decorator: ast.expr) -> bool:
    func = decorator.func if isinstance(decorator, ast.Call) else decorator
    return found.module.names.resolve(func) in _DATACLASS


def _is_instance_only(found: Class, name: str) -> bool:
    """Say whether only an instance has a value under this name."""
    is_model = bool(found.foreign & _BASES) and (
        "pydantic.BaseModel" not in found.foreign or found.foreign <= _BASES | _KNOWN
    )
    is_settings = found.name.endswith(_CALLED)
    if not is_model and not (is_settings and not found.foreign - _KNOWN):
        return False
    for owner in found.lineage:
        keeps = any(_is_dataclass(owner, each) for each in owner.node.decorator_list)
        for line in owner.node.body:
            match line:
                case ast.AnnAssign(target=ast.Name(id=field), annotation=kind, value=value):
                    if field == name:
                        if "ClassVar" in ast.dump(kind):
                            return False
                        return is_model or (keeps and (value is None or _is_factory(value)))
                case ast.Assign(targets=targets):
                    if any(isinstance(t, ast.Name) and t.id == name for t in targets):
                        return False
                case ast.FunctionDef(name=method) if method == name:
                    return any(
                        getattr(d, "id", getattr(d, "attr", "")) in {"property", "cached_property"}
                        for d in line.decorator_list
                    )
                case _:
                    continue
    begun = found.method("__init__")
    return begun is not None and name in _set_on_self(begun[0])


def _is_factory(value: ast.expr) -> bool:
    match value:
        case ast.Call(keywords=keywords):
            return any(keyword.arg == "default_factory" for keyword in keywords)
        case _:
            return False


def _set_on_self(begun: Function) -> set[str]:
    return {
        node.attr
        for node in within(begun, ast.Attribute)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    }
