"""CKF401."""

import ast
import re

from ..module import Module
from ..named_uses import calls
from ..rule import Rule
from ..values import follow

# The host is written down, whatever else is left open.
_URL = re.compile(
    r"^[a-z][a-z0-9]*(\+\w+)?://"
    r"([^@/{}]*({\}[^@/{}]*)*@)?(/[^\s{]|[^\s{}@/:?,]+(?=[/:?,]|$))\S*"
)
_MEMORY = re.compile(r"^sqlite(\+\w+)?://(/?$|/:memory:|/file:.*mode=memory)")
# The same for everybody, wherever the program runs.
_PUBLIC = re.compile(
    r"^https://(api\.[\w-]+\.(com|ai|io|xyz|dev|org|co)|openrouter\.ai|generativelanguage\.googleapis\.com"
    r"|[\w.-]+\.github\.com|models\.inference\.ai\.azure\.com)(/|$)"
)
_PAIRS = re.compile(r"(^|\s)host=[\w.-]+(\s|$)")
_REMOTE = re.compile(r"^(\d+\.\d+\.\d+\.\d+|[\w-]+(\.[\w-]+)+|[\w-]+)$")
_INSIDE = re.compile(
    r"^https?://(?!localhost|127\.)(\d+\.\d+\.\d+\.\d+|[\w-]+(?=:)"
    r"|[\w.-]+\.(internal|local|lan|intranet|corp)|[\w.-]+\.svc(\.[\w.-]+)?)(:\d+)?(/|$)"
)
# How calls end that connect to something.
_CONNECTING = (
    "Client",
    "connect",
    "create_pool",
    "create_engine",
    "create_async_engine",
    "from_url",
    "from_dsn",
    "from_connection_string",
    "ConnectionPool",
    "Redis",
    "OpenAI",
)
_MAKERS = frozenset({
    "boto3.client", "boto3.resource", "agents.extensions.models.litellm_model.LitellmModel",
    "sqlalchemy.URL.create", "sqlalchemy.engine.URL.create", "elasticsearch.Elasticsearch",
    "elasticsearch.AsyncElasticsearch", "aiohttp.ClientSession",
})  # fmt: skip
_ADDRESSES = frozenset({
    "dsn", "url", "conninfo", "endpoint", "base_url", "uri", "endpoint_url", "azure_endpoint",
    "account_url", "connection_string", "conn_str",
})  # fmt: skip
_VERBS = frozenset({"get", "post", "put", "patch", "request"})
_REQUESTS = frozenset(
    f"{home}.{verb}" for home in ("requests", "httpx") for verb in ("get", "post", "put", "patch")
)
# Test clients and servers, whose host is not another program's.
_SERVERS = frozenset({"TestClient", "AsyncTestClient"})


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

    def visit_module(self) -> None:
        """Look at the calls that connect."""
        for full, nodes in calls(self.module).items():
            name = full.rpartition(".")[2]
            if full in _REQUESTS:
                for node in nodes:
                    self._request(node)
            elif name not in _VERBS and (name.endswith(_CONNECTING) or full in _MAKERS):
                for node in nodes:
                    self._connects(node, name)

    def _connects(self, node: ast.Call, name: str) -> None:
        for value in [*node.args[:1], *(k.value for k in node.keywords if k.arg in _ADDRESSES)]:
            self._look(value)
        for keyword in node.keywords:
            if keyword.arg in {"host", "hostname", "server"} and name not in _SERVERS:
                module, found = self._followed(keyword.value)
                match found:
                    case ast.Constant(value=str(host)) if _REMOTE.match(host):
                        self.report(found, elsewhere=module)
                    case _:
                        continue

    def _request(self, node: ast.Call) -> None:
        """Look at a request to a service: only addresses inside a network are configuration."""
        if not node.args:
            return
        module, found = self._followed(node.args[0])
        if _INSIDE.match(self._text(module, found)):
            self.report(found, elsewhere=module)

    def _look(self, value: ast.expr) -> None:
        module, found = self._followed(value)
        text = self._text(module, found)
        is_pairs = isinstance(found, ast.Constant) and _PAIRS.search(text) is not None
        is_elsewhere = not _MEMORY.match(text) and not _PUBLIC.match(text)
        if is_pairs or (_URL.match(text) and is_elsewhere):
            self.report(found, elsewhere=module)

    def _followed(self, value: ast.expr) -> tuple[Module, ast.expr]:
        """Return the value behind a name; a field of settings is a default, and stays unseen."""
        module, found = follow(self.project, self.module, value)
        owner = module.class_of(found)
        if (
            found is not value
            and owner is not None
            and owner is module.parents.get(module.parents.get(found, found))
        ):
            about = self.project.classes(module).get(owner.name)
            plain = about is not None and not about.foreign - {"object"}
            if not plain or owner.decorator_list:
                return self.module, value
        return module, found

    def _text(self, module: Module, value: ast.expr, depth: int = 3) -> str:
        """Return a text as far as it is written down, "{}" for what is not."""
        match value:
            case ast.Constant(value=str(text)):
                return text
            case ast.Constant(value=int(number)):
                return str(number)
            case ast.JoinedStr(values=values) if depth:
                return "".join(self._text(module, each, depth) for each in values)
            case ast.FormattedValue(value=inner) if depth:
                return self._text(*follow(self.project, module, inner), depth - 1)
            case ast.BinOp(left=left, op=ast.Add(), right=right) if depth:
                sides = [follow(self.project, module, side) for side in (left, right)]
                return "".join(self._text(*side, depth - 1) for side in sides)
            case _:
                return "{}"
