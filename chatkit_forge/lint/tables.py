"""What a project says of its tables: columns, keys and cascades, from DDL and from classes."""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from .classes import Class
from .flow import words_in
from .module import Module, within
from .project import Project
from .table_text import Column, Created, created, unique_indexes

# What a column is called that holds an id which anybody may know.
_ID = re.compile(
    r"_?(id|uuid|key)|(thread|item|message|attachment|file|conversation|session|chat|doc|document"
    r"|entry|object|external|public|record|row|upload|blob)_?(id|key|uuid)"
)
_NOW = re.compile(r"\b(now|utcnow|current_timestamp|utc_now|func\.now)\b", re.I)
_JSON = re.compile(r"\b(JSON|JSONB|PickleType|HSTORE|dict|Dict|list|List|MutableMapping)\b")


@dataclass(slots=True)
class Table:
    """Hold a table's columns, and what of them is unique together, the primary key first."""

    name: str
    columns: dict[str, Column] = field(default_factory=dict[str, Column])
    uniques: list[tuple[str, ...]] = field(default_factory=list[tuple[str, ...]])


def is_id(column: str) -> bool:
    """Say whether a column holds an id alone, and no owner."""
    return _ID.fullmatch(column.lower()) is not None


# Without any of these a module says nothing of tables.
_ABOUT_TABLES = ("table", "cascade", "delete-orphan", "unique", "ondelete", "on_delete", "trigger")


def is_about_tables(text: str) -> bool:
    """Say whether a module whose text, in lower case, is this may say something of tables."""
    return any(word in text for word in _ABOUT_TABLES)


class Tables:
    """Hold the tables that a module and the modules it imports create or declare."""

    def __init__(self, project: Project, module: Module) -> None:
        """Put together what each of these modules says of tables."""
        self.by_name: dict[str, Table] = {}
        for each in known_to(project, module):
            said = _said(each)
            for name, columns, uniques in said.created:
                self.by_name[name] = Table(name, columns, [*uniques])
            for name, columns in said.indexes:
                self.by_name.setdefault(name, Table(name)).uniques.append(columns)
            for names, made in said.made:
                table = Table(made.name, made.columns, [*made.uniques])
                self.by_name.update(dict.fromkeys(names, table))


@dataclass(slots=True)
class _Said:
    """Hold what one module says of tables; many others may import it."""

    created: list[Created] = field(default_factory=list[Created])
    indexes: list[tuple[str, tuple[str, ...]]] = field(
        default_factory=list[tuple[str, tuple[str, ...]]]
    )
    # By the name in the database, and by those of the variables that hold them.
    made: list[tuple[list[str], Table]] = field(default_factory=list[tuple[list[str], Table]])


def _said(module: Module) -> _Said:
    """Return what DDL in strings, classes of rows, and SQLAlchemy's `Table(...)` say."""
    key = ("said of tables", None)
    if key not in module.known:
        module.known[key] = _read(module)
    return module.known[key]


def _read(module: Module) -> _Said:
    said = _Said()
    if not is_about_tables(module.text.lower()):
        return said
    for node in module.nodes(ast.Constant):
        if not isinstance(node.value, str) or len(node.value) < 15:
            continue
        lower = node.value.lower()
        if "create" in lower and "table" in lower:
            said.created += created(node.value)
        if "create" in lower and "unique" in lower:
            said.indexes += unique_indexes(node.value)
    if "Table" not in module.text:
        return said
    for node in module.nodes(ast.Call):
        match node:
            case ast.Call(func=ast.Name(id="Table") | ast.Attribute(attr="Table")):
                table = _made(node)
                if table is not None:
                    target = module.parents.get(node)
                    targets = target.targets if isinstance(target, ast.Assign) else []
                    held = [each.id.lower() for each in targets if isinstance(each, ast.Name)]
                    said.made.append(([table.name, *held], table))
            case _:
                continue
    return said


def tables(project: Project, module: Module) -> Tables:
    """Return the tables that a module knows of."""
    key = ("tables", None)
    if key not in module.known:
        module.known[key] = Tables(project, module)
    return module.known[key]


def known_to(project: Project, module: Module) -> Iterator[Module]:
    """Yield a module, the project's modules that it imports, and those that they import."""
    seen = {module}
    queue = [(module, 2)]
    for current, depth in queue:
        yield current
        for found in _imported_by(project, current) if depth else ():
            if found not in seen:
                seen.add(found)
                queue.append((found, depth - 1))


def _imported_by(project: Project, module: Module) -> Sequence[Module]:
    """Return the project's modules that a module imports itself."""
    key = ("imports", None)
    if key not in module.known:
        names = {*module.names.imported.values(), *module.names.stars}
        places = {*names, *(name.rpartition(".")[0] for name in names)} - {""}
        found = (project.module(place, module) for place in sorted(places))
        module.known[key] = [each for each in found if each is not None]
    return module.known[key]


def row_class(found: Class) -> Table | None:
    """Return the table that a class of rows declares, None when it declares none."""
    key = ("row class", found.node)
    if key not in found.module.known:
        found.module.known[key] = _row_class(found)
    return found.module.known[key]


def _row_class(found: Class) -> Table | None:
    table = Table(found.name)
    keys: list[str] = []
    single: list[tuple[str, ...]] = []
    for owner in reversed(found.lineage):
        for statement in owner.node.body:
            match statement:
                case ast.AnnAssign(target=ast.Name(id=name), annotation=kind, value=value):
                    said = words_in(kind)
                case ast.Assign(targets=[ast.Name(id="__table_args__")], value=value):
                    single += list(_constraints(value))
                    keys += [c for columns in _constraints(value, "PrimaryKey") for c in columns]
                    continue
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as value):
                    said = ""
                case _:
                    continue
            calls = [value] if isinstance(value, ast.Call) else []
            options = {k.arg: k.value for call in calls for k in call.keywords}
            text = words_in(value) if value is not None else ""
            table.columns[name] = Column(
                name,
                is_now=bool({"default", "default_factory", "server_default"} & options.keys())
                and _NOW.search(text) is not None,
                is_json=_JSON.search(f"{said} {text}") is not None
                and not text.lower().startswith("relationship")
                and not _is_tracked(owner.module, text),
                is_generated="autoincrement" in options or _is_number(said),
            )
            if _is_true(options.get("primary_key")):
                keys.append(name)
            if _is_true(options.get("unique")):
                single.append((name,))
    if not keys:
        return None
    table.uniques = [tuple(dict.fromkeys(keys)), *single]
    return table


def _is_tracked(module: Module, declared: str) -> bool:
    """Say whether a column tells its session of changes inside it, or perhaps does."""
    if "associate_with" in module.text:
        return True
    if "Mutable" not in module.text:
        return False
    # A type under another name may be made of MutableDict.
    return "Mutable" in declared or re.search(r"\bJSONB?\b", declared) is None


def _is_number(annotation: str) -> bool:
    return re.search(r"\bint\b", annotation) is not None


def _made(call: ast.Call) -> Table | None:
    """Return the table of a call of SQLAlchemy's `Table`."""
    match call.args:
        case [ast.Constant(value=str(name)), *parts]:
            table = Table(name.lower())
        case _:
            return None
    keys: list[str] = []
    for part in parts:
        match part:
            case ast.Call(
                func=ast.Name(id="Column") | ast.Attribute(attr="Column"),
                args=[ast.Constant(value=str(column)), *_],
                keywords=keywords,
            ):
                options = {k.arg: k.value for k in keywords}
                table.columns[column] = Column(column)
                keys += [column] if _is_true(options.get("primary_key")) else []
                table.uniques += [(column,)] if _is_true(options.get("unique")) else []
            case ast.Starred():
                return None
            case _:
                continue
    keys += [c for columns in _constraints(call, "PrimaryKey") for c in columns]
    table.uniques = [*([tuple(keys)] if keys else []), *table.uniques, *_constraints(call)]
    return table


def _constraints(node: ast.AST | None, kind: str = "Unique") -> Iterator[tuple[str, ...]]:
    """Yield the columns of each `UniqueConstraint("owner", "id")` inside a node."""
    inner = (node, *within(node, ast.Call)) if node is not None else ()
    for each in inner:
        match each:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=args) if (
                name == f"{kind}Constraint"
            ):
                columns = [a.value for a in args if isinstance(a, ast.Constant)]
                if columns and len(columns) == len(args):
                    yield tuple(str(column) for column in columns)
            case _:
                continue


def _is_true(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Constant) and bool(value.value)
