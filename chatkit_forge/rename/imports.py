"""Keep a module's imports in step with what it uses: add what is needed, drop what is not."""

import re
from collections.abc import Iterable, Iterator

import libcst as cst

_IDENTIFIER = re.compile(r"[^\W\d]\w*")


class Imports:
    """Collect the names a module uses, then settle its top-level imports."""

    def __init__(self) -> None:
        """Begin with nothing used."""
        self._used: set[str] = set()
        self._needed: set[tuple[str, str, str]] = set()
        self._offered: set[tuple[str, str, str]] = set()

    def use(self, name: str) -> None:
        """Note a name that the code reads."""
        self._used.add(name)

    def use_text(self, code: str) -> None:
        """Note every name in a piece of code, such as a quoted annotation."""
        self._used.update(_IDENTIFIER.findall(code))

    def need(self, module: str, name: str, alias: str = "") -> None:
        """Ask for `from module import name as alias`; ruff merges it with what is there."""
        self._needed.add((module, name, alias))
        self._used.add(alias or name)

    def offer(self, module: str, name: str, alias: str = "") -> None:
        """Import the name as `need` does, but only where something uses it."""
        self._offered.add((module, name, alias))

    def expression(self, code: str) -> cst.BaseExpression:
        """Return the expression that `code` is, with everything it uses noted."""
        self.use_text(code)
        for module, name in (("typing", "Any"), ("pydantic", "SecretStr")):
            if re.search(rf"\b{name}\b", code):
                self.need(module, name)
        return cst.parse_expression(code)

    def settle(self, module: cst.Module) -> cst.Module:
        """Return the module with the imports it needs and no others."""
        body = list(self._kept(module.body))
        # Where the first import was: nothing before it is ever dropped.
        # A module that has lost all of them keeps its docstring in front.
        alone = int(module.get_docstring() is not None)
        first = next((at for at, line in enumerate(module.body) if _is_import(line)), alone)
        present = {
            (_source(statement), alias.evaluated_name, alias.evaluated_alias or "")
            for line in module.body
            if isinstance(line, cst.SimpleStatementLine)
            for statement in line.body
            if isinstance(statement, cst.ImportFrom) and not statement.relative
            for alias in _aliases(statement)
        }
        offered = {one for one in self._offered if (one[2] or one[1]) in self._used}
        added = [
            cst.parse_statement(f"from {source} import {name}{f' as {alias}' if alias else ''}\n")
            for source, name, alias in sorted((self._needed | offered) - present)
        ]
        return module.with_changes(body=[*body[:first], *added, *body[first:]])

    def _kept(self, body: Iterable[cst.BaseStatement]) -> Iterator[cst.BaseStatement]:
        for line in body:
            match line:
                case cst.SimpleStatementLine(body=[cst.Import() | cst.ImportFrom() as statement]):
                    aliases = list(_aliases(statement))
                    used = [alias for alias in aliases if _binds(alias) in self._used]
                    if len(used) == len(aliases) or not aliases:
                        yield line
                    elif used:
                        yield line.with_changes(body=[_with(statement, used)])
                case _:
                    yield line


def _is_import(line: cst.BaseStatement) -> bool:
    return isinstance(line, cst.SimpleStatementLine) and isinstance(
        line.body[0], cst.Import | cst.ImportFrom
    )


def _aliases(statement: cst.Import | cst.ImportFrom) -> Iterable[cst.ImportAlias]:
    names = statement.names
    return () if isinstance(names, cst.ImportStar) else names


def _binds(alias: cst.ImportAlias) -> str:
    return alias.evaluated_alias or alias.evaluated_name.partition(".")[0]


def _source(statement: cst.ImportFrom) -> str:
    return "" if statement.module is None else cst.Module([]).code_for_node(statement.module)


def _with(
    statement: cst.Import | cst.ImportFrom, aliases: list[cst.ImportAlias]
) -> cst.Import | cst.ImportFrom:
    """Return the statement with these aliases on one line; ruff wraps it."""
    plain = [alias.with_changes(comma=cst.MaybeSentinel.DEFAULT) for alias in aliases]
    if isinstance(statement, cst.Import):
        return statement.with_changes(names=plain)
    return statement.with_changes(names=plain, lpar=None, rpar=None)
