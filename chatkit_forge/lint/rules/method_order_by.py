"""CKF114."""

import ast

from ..classes import Class
from ..finding import AddImport, Fix, Replace
from ..rule import Rule


class MethodOrderBy(Rule):
    """Find `.asc()` and `.desc()` on SQLModel fields that are annotated with plain Python types.

    To a type checker `Row.created_at` is a datetime, which has no `asc`; the functions of the same
    name take it as it is. Columns declared as SQLAlchemy's `Mapped[...]` have the methods.

    Bad:
        from datetime import datetime

        from chatkit.types import ThreadMetadata
        from sqlmodel import Field, SQLModel, select


        class Row(SQLModel, table=True):
            id: str = Field(primary_key=True)
            created_at: datetime


        NEWEST = select(Row).order_by(Row.created_at.desc())
        KEPT = ThreadMetadata

    Good:
        from datetime import datetime

        from chatkit.types import ThreadMetadata
        from sqlmodel import Field, SQLModel, desc, select


        class Row(SQLModel, table=True):
            id: str = Field(primary_key=True)
            created_at: datetime


        NEWEST = select(Row).order_by(desc(Row.created_at))
        KEPT = ThreadMetadata

    Source: SQLModel's documentation of `asc`, `desc` and `col`.
    """

    code = "CKF114"
    name = "method-order-by"
    message = "{model}.{field} is a plain {kind} to a type checker and has no {direction}()"
    hint = "write {direction}({model}.{field})"

    def visit_Call(self, node: ast.Call) -> None:
        """Look at `x.order_by(Model.field.asc())`."""
        if not (isinstance(node.func, ast.Attribute) and node.func.attr == "order_by"):
            return
        for argument in node.args:
            match argument:
                case ast.Call(
                    func=ast.Attribute(
                        value=ast.Attribute(value=ast.Name() as model, attr=field),
                        attr="asc" | "desc" as direction,
                    ),
                    args=[],
                ):
                    self._look(argument, model, field, direction)
                case _:
                    continue

    def _look(self, node: ast.Call, model: ast.Name, field: str, direction: str) -> None:
        name = self.module.names.resolve(model)
        found = self.project.find_class(name, self.module) if name else None
        kind = self._plain(found, field) if found else None
        if found is None or kind is None:
            return
        code = f"{direction}({model.id}.{field})"
        edits = (Replace(self.module.span(node), code), AddImport("sqlmodel", direction))
        self.report(
            node,
            Fix("safe", edits),
            model=model.id,
            field=field,
            kind=kind,
            direction=direction,
        )

    def _plain(self, found: Class, field: str) -> str | None:
        """Return the plain type a SQLModel class declares the field with."""
        if "sqlmodel.SQLModel" not in found.foreign:
            return None
        for owner in found.lineage:
            for line in owner.node.body:
                match line:
                    case ast.AnnAssign(target=ast.Name(id=name), annotation=kind) if name == field:
                        text = owner.module.code(kind)
                        return None if "Mapped" in text else text
                    case _:
                        continue
        return None
