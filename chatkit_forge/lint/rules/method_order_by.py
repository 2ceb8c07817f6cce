"""CKF114."""

import ast

from ..binders import value_of
from ..classes import Class
from ..finding import AddImport, Fix, Replace
from ..named_uses import method_calls
from ..rule import Rule

_SQLMODEL = frozenset({"sqlmodel.SQLModel", "sqlmodel.main.SQLModel"})
# Annotations under which a field has the methods of a column, or anything at all.
_COLUMNS = ("Mapped", "InstrumentedAttribute", "Column", "ClassVar", "Any")


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

    def visit_module(self) -> None:
        """Look at `Model.field.asc()`, wherever the clause is put together."""
        for node, func in method_calls(self.module, ("asc", "desc")):
            value = func.value
            if node.args or node.keywords:
                continue
            if isinstance(value, ast.Name):
                given = value_of(self.module, value)
                if isinstance(given, ast.Attribute):
                    self._look(node, value, given, func.attr)
            elif isinstance(value, ast.Attribute):
                self._look(node, value, value, func.attr)

    def _look(
        self, node: ast.Call, written: ast.expr, column: ast.Attribute, direction: str
    ) -> None:
        field = column.attr
        name = self.module.names.resolve(column.value)
        found = self.project.find_class(name, self.module) if name else None
        kind = self._plain(found, field) if found else None
        if found is None or kind is None:
            return
        code = f"{direction}({self.module.code(written)})"
        edits = (Replace(self.module.span(node), code), AddImport("sqlmodel", direction))
        self.report(
            node,
            Fix("safe", edits),
            model=found.name,
            field=field,
            kind=kind,
            direction=direction,
        )

    def _plain(self, found: Class, field: str) -> str | None:
        """Return the plain type a SQLModel class declares the field with."""
        if not found.foreign & _SQLMODEL:
            return None
        for owner in found.lineage:
            for line in owner.node.body:
                match line:
                    case ast.AnnAssign(target=ast.Name(id=name), annotation=kind) if name == field:
                        text = owner.module.code(kind)
                        return None if any(word in text for word in _COLUMNS) else text
                    case _:
                        continue
        return None
