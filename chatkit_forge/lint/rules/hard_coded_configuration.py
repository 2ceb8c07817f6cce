"""CKF401."""

import ast
import re

from ..rule import Rule

_URL = re.compile(r"^[a-z][a-z0-9]*(\+\w+)?://\S+$")
# How calls end that connect to something.
_CONNECTING = (
    "Client",
    "connect",
    "create_pool",
    "create_engine",
    "from_url",
    "ConnectionPool",
    "Redis",
    "OpenAI",
)


class HardCodedConfiguration(Rule):
    """Find addresses of databases and services that are written into the code that connects.

    The same code then cannot run in a test, on a colleague's machine and in production. A default
    beside the environment's value is fine.

    Bad:
        import asyncpg
        from chatkit.store import NotFoundError


        async def connect() -> asyncpg.Pool:
            return await asyncpg.create_pool("postgresql://chat@db:5432/chat")


        KEPT = NotFoundError

    Good:
        import os

        import asyncpg
        from chatkit.store import NotFoundError


        async def connect() -> asyncpg.Pool:
            return await asyncpg.create_pool(os.environ["DATABASE_URL"])


        KEPT = NotFoundError

    Source: the twelve-factor app, III. Config.
    """

    code = "CKF401"
    name = "hard-coded-configuration"
    severity = "warning"
    message = "the address of a service is written into the code"
    hint = "read it from the environment, or from settings"

    def visit_Call(self, node: ast.Call) -> None:
        """Look at a call that connects."""
        name = (self.module.names.resolve(node.func) or "").rpartition(".")[2]
        if not name.endswith(_CONNECTING) and name != "create_async_engine":
            return
        wanted = {"dsn", "url", "conninfo", "endpoint", "base_url"}
        for value in [*node.args[:1], *(k.value for k in node.keywords if k.arg in wanted)]:
            constant = self._constant(value)
            if constant is not None and _URL.match(str(constant.value)):
                self.report(constant)

    def _constant(self, value: ast.expr) -> ast.Constant | None:
        """Return the string, also behind a name that the module gives it once."""
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            return value
        if not isinstance(value, ast.Name):
            return None
        found = [
            node.value
            for node in self.module.nodes(ast.Assign, ast.AnnAssign)
            if any(isinstance(t, ast.Name) and t.id == value.id for t in _targets(node))
        ]
        match found:
            case [ast.Constant(value=str()) as constant]:
                return constant
            case _:
                return None


def _targets(node: ast.Assign | ast.AnnAssign) -> list[ast.expr]:
    return node.targets if isinstance(node, ast.Assign) else [node.target]
