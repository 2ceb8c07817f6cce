"""CKF403."""

import ast
from collections.abc import Iterator

from ..annotations import all_parameters
from ..flow import bound, mentions
from ..module import FUNCTIONS, Function, Module, within
from ..rule import Rule
from ..store_calls import argument
from ..values import called

_KEYS = frozenset({
    "user_id", "userId", "user", "owner", "owner_id", "uid", "tenant_id", "email", "username",
    "user_name", "user_email", "customer_id", "account_id", "sub",
})  # fmt: skip
# What frameworks call a parsed body: a method that reads it, or an attribute that holds it.
_READS = frozenset({"json", "form", "get_json", "post", "loads"})
_HELD = frozenset({"POST", "data", "json"})
_MODELS = ("Request", "Payload", "Body", "Input", "In", "Params", "Form", "Message")
_PARSES = frozenset({"model_validate", "model_validate_json", "parse_raw", "parse_obj"})
_CHECKS = frozenset({"compare_digest", "verify_signature", "check_signature", "check_password"})


class BodyDecidesUser(Rule):
    """Find requests whose body says who the user is.

    Anybody can write any name into a body. Who is asking has to come from something the server
    itself signed or checked: a session, a token.

    Bad:
        from chatkit.server import ChatKitServer
        from fastapi import Request
        from typing import Any


        async def chat(server: ChatKitServer[dict[str, Any]], request: Request) -> object:
            body = await request.json()
            return await server.process(await request.body(), {"user_id": body["user_id"]})

    Good:
        from chatkit.server import ChatKitServer
        from fastapi import Request
        from typing import Any


        async def chat(server: ChatKitServer[dict[str, Any]], request: Request) -> object:
            user_id: str = request.session["user_id"]
            return await server.process(await request.body(), {"user_id": user_id})

    Source: OWASP API1, Broken Object Level Authorization.
    """

    code = "CKF403"
    name = "body-decides-user"
    message = "the body of the request decides who the user is ({key})"
    hint = "take the user from a session or a checked token"

    def visit_Call(self, node: ast.Call) -> None:
        """Look at a handler that gives a request to ChatKit."""
        match node.func:
            case ast.Attribute(attr="process") if len(node.args) + len(node.keywords) > 1:
                context = argument(node, 1, "context")
            case _:
                return
        function = self.module.function_of(node)
        if function is not None and context is not None:
            self._look(self.module, function, context)

    def _look(self, module: Module, function: Function, context: ast.expr, depth: int = 3) -> None:
        """Report what a function reads from a body into the context."""
        if any(_is_check(node) for node in within(function)):
            return
        made = _made_of(function, context)
        if any(_compares(node, made - {"self"}) for node in within(function)):
            made = set[str]()
        bodies = self._bodies(module, function)
        checked = _checked(function, bodies)
        for value in (context, *_values(function, made)):
            for inner in (value, *within(value)):
                key = _read(inner, bodies)
                if key is not None and key not in checked and not _is_compared(module, inner):
                    self.report(inner, elsewhere=module, key=key)
                elif isinstance(inner, ast.Call) and depth:
                    self._follow(module, inner, depth)
        if not depth:
            return
        for parameter, default in _parameters(function):
            if parameter.arg not in made and not mentions(context, {parameter.arg}):
                continue
            for source in (default, parameter.annotation):
                if source is None:
                    continue
                if _asks_body(module, source) and parameter.arg in _KEYS:
                    self.report(parameter, elsewhere=module, key=parameter.arg)
                for inner in (source, *within(source)):
                    match inner:
                        case ast.Call(func=ast.Name(id="Depends"), args=[ast.expr() as given]):
                            self._follow(module, _call_of(module, given), depth)
                        case _:
                            continue

    def _follow(self, module: Module, node: ast.Call, depth: int) -> None:
        """Look at what a function of the project returns for the context."""
        found = called(self.project, module, node)
        if found is None:
            return
        function, home = found
        for inner in within(function, nested=False):
            if isinstance(inner, (ast.Return, ast.Yield)) and inner.value is not None:
                self._look(home, function, inner.value, depth - 1)

    def _bodies(self, module: Module, function: Function) -> set[str]:
        """Return the names that hold what was read from a request's body."""
        found: set[str] = set()
        scopes = [function, *(s for s in module.ancestors(function) if isinstance(s, FUNCTIONS))]
        for scope in scopes:
            for parameter, default in _parameters(scope):
                if self._is_body(module, parameter, default):
                    found.add(parameter.arg)
        while True:
            before = len(found)
            for node in within(function):
                match node:
                    case ast.Assign(targets=targets, value=value) if _is_body(value, found):
                        found |= {name for target in targets for name in bound(target)}
                    case ast.AnnAssign(target=target, value=ast.expr() as value) if _is_body(
                        value, found
                    ):
                        found |= bound(target)
                    case ast.NamedExpr(target=target, value=value) if _is_body(value, found):
                        found |= bound(target)
                    case _:
                        continue
            if len(found) == before:
                return found

    def _is_body(self, module: Module, parameter: ast.arg, default: ast.expr | None) -> bool:
        """Say whether a framework fills a parameter from the body."""
        kind = parameter.annotation
        if kind is None:
            return parameter.arg in {"payload", "body"}
        for source in (default, kind):
            if source is None:
                continue
            for inner in (source, *within(source)):
                if isinstance(inner, ast.Name) and inner.id in {"Depends", "Header", "Cookie"}:
                    return False
        plain = kind.value if isinstance(kind, ast.Subscript) else kind
        name = module.names.resolve(plain) or ""
        if name in {"dict", "typing.Any", "typing.Dict", "typing.Mapping"}:
            return parameter.arg in {"payload", "body", "data", "form"}
        found = self.project.find_class(name, module)
        if found is None:
            return False
        bases = {base.rpartition(".")[2] for base in found.foreign}
        models = {"BaseModel", "TypedDict", "Struct", "SQLModel", "Schema"}
        return bool(bases & models) and (
            found.name.endswith(_MODELS) or parameter.arg in {"payload", "body", "data"}
        )


def _parameters(function: Function) -> Iterator[tuple[ast.arg, ast.expr | None]]:
    """Yield each parameter with its default."""
    positional = [*function.args.posonlyargs, *function.args.args]
    defaults = [None] * (len(positional) - len(function.args.defaults)) + function.args.defaults
    given = dict(zip(positional, defaults, strict=True))
    given |= dict(zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True))
    for parameter in all_parameters(function.args):
        yield parameter, given.get(parameter)


def _asks_body(module: Module, source: ast.expr) -> bool:
    """Say whether a default or an annotation is FastAPI's `Body()` or `Form()`."""
    names = {"fastapi.Body", "fastapi.Form", "fastapi.param_functions.Body"}
    return any(
        isinstance(inner, ast.Call) and module.names.resolve(inner.func) in names
        for inner in (source, *within(source))
    )


def _call_of(module: Module, func: ast.expr) -> ast.Call:
    call = ast.Call(func=func, args=[], keywords=[])
    module.parents.setdefault(call, module.parents.get(func, module.tree))
    return call


def _made_of(function: Function, context: ast.expr) -> set[str]:
    """Return the names that a context is made of, and what those are made of.

    Of an attribute of the object itself, ".name".
    """
    found = {n.id for n in (context, *within(context)) if isinstance(n, ast.Name)}
    for node in (context, *within(context)):
        match node:
            case ast.Attribute(value=ast.Name(id="self"), attr=name):
                found.add(f".{name}")
            case _:
                continue
    while True:
        before = len(found)
        for value in _values(function, found):
            if not _is_lookup(value):
                found |= {n.id for n in (value, *within(value)) if isinstance(n, ast.Name)}
        if len(found) == before:
            return found


def _is_lookup(value: ast.expr) -> bool:
    """Say whether a value is asked of something else, which may check what it is given."""
    inner = value.value if isinstance(value, ast.Await) else value
    return isinstance(value, ast.Await) and isinstance(inner, ast.Call)


def _values(function: Function, names: set[str]) -> Iterator[ast.expr]:
    """Yield what a function gives these names."""
    for node in within(function):
        match node:
            case ast.Assign(targets=targets, value=value):
                if any(bound(target) & names or _is_part(target, names) for target in targets):
                    yield value
            case ast.AnnAssign(target=target, value=ast.expr() as value) if bound(target) & names:
                yield value
            case ast.NamedExpr(target=target, value=value) if bound(target) & names:
                yield value
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=name), attr="update" | "setdefault"),
                args=[*_, value],
            ) if name in names:
                yield value
            case _:
                continue


def _is_part(target: ast.expr, names: set[str]) -> bool:
    """Say whether an assignment is to an attribute of one of these names."""
    match target:
        case ast.Attribute(value=ast.Name(id="self"), attr=name):
            return f".{name}" in names
        case ast.Attribute(value=ast.Name(id=name)):
            return name in names
        case _:
            return False


def _is_check(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in _CHECKS
        case _:
            return False


def _compares(node: ast.AST, names: set[str]) -> bool:
    """Say whether a name is compared with something that was not written down."""
    match node:
        case ast.Compare(left=ast.Name(id=name), comparators=[other]):
            return name in names and not isinstance(other, (ast.Constant, ast.Dict, ast.Name))
        case ast.Compare(left=other, comparators=[ast.Name(id=name)]):
            return name in names and not isinstance(other, (ast.Constant, ast.Dict, ast.Name))
        case _:
            return False


def _checked(function: Function, bodies: set[str]) -> set[str]:
    """Return the keys of a body that are held against something else than a constant."""
    found: set[str] = set()
    for node in within(function, ast.Compare):
        match node:
            case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq()], comparators=[right]):
                for one, other in ((left, right), (right, left)):
                    key = _read(one, bodies)
                    if key is not None and not isinstance(other, ast.Constant):
                        found.add(key)
            case _:
                continue
    return found


def _is_compared(module: Module, node: ast.AST) -> bool:
    return isinstance(module.parents.get(node), ast.Compare)


def _is_body(value: ast.expr, bodies: set[str]) -> bool:
    """Say whether an expression is a body, or a part of one."""
    while True:
        match value:
            case ast.Await(value=inner) | ast.BoolOp(values=[inner, *_]):
                value = inner
            case ast.Subscript(value=inner):
                value = inner
            case ast.Call(func=ast.Attribute(value=inner, attr="get" | "model_dump" | "dict")):
                value = inner
            case ast.Call(func=ast.Attribute(attr=name)):
                return name in _READS or name in _PARSES
            case ast.Attribute(value=ast.Name(id="request"), attr=name):
                return name in _HELD
            case ast.Attribute(value=inner):
                value = inner
            case ast.Name(id=name):
                return name in bodies
            case _:
                return False


def _read(node: ast.AST, bodies: set[str]) -> str | None:
    """Return the key that is read from a body when it says who the user is."""
    match node:
        case ast.Subscript(value=value, slice=ast.Constant(value=str(key)), ctx=ast.Load()):
            pass
        case ast.Call(
            func=ast.Attribute(value=value, attr="get" | "pop"),
            args=[ast.Constant(value=str(key)), *_],
        ):
            pass
        case ast.Attribute(value=value, attr=key, ctx=ast.Load()):
            pass
        case _:
            return None
    return key if key in _KEYS and _is_body(value, bodies) else None
