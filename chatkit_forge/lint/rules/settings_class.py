"""CKF112."""

import ast

from ..rule import Rule

_BASES = frozenset({"pydantic_settings.BaseSettings", "pydantic.BaseSettings"})


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

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """Look at `Settings.x`."""
        if not isinstance(node.value, ast.Name) or not node.value.id[:1].isupper():
            return
        name = self.module.names.resolve(node.value)
        found = self.project.find_class(name, self.module) if name else None
        if found is None or not (found.foreign & _BASES):
            return
        for owner in found.lineage:
            for line in owner.node.body:
                match line:
                    case ast.AnnAssign(target=ast.Name(id=field)) if field == node.attr:
                        self.report(node, settings=node.value.id, field=field)
                        return
                    case _:
                        continue
