"""What a client says of itself: parts of its request that it writes as it likes."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from .frames import Frame
from .module import FUNCTIONS, Function, Module, within

_REQUESTS = frozenset({
    "Request", "HttpRequest", "ASGIRequest", "WebSocket", "HTTPConnection", "BaseRequest",
})  # fmt: skip
_REQUEST_NAMES = frozenset({"request", "req", "websocket", "ws", "http_request", "raw_request"})
# What a request holds, by what it is called in the frameworks.
_HELD = {
    "headers": "header", "META": "header", "cookies": "cookie", "COOKIES": "cookie",
    "query_params": "query", "GET": "query", "args": "query", "query": "query",
    "rel_url": "query", "path_params": "path", "match_info": "path", "view_args": "path",
    "POST": "body", "data": "body", "form": "body", "json": "body", "body": "body",
    "values": "body",
}  # fmt: skip
# And what reads it, asked of a request.
_READS = frozenset({
    "json", "form", "get_json", "post", "body", "read", "text", "receive_json", "receive_text",
    "receive_bytes", "get_data",
})  # fmt: skip
_PARSES = frozenset({
    "model_validate", "model_validate_json", "parse_raw", "parse_obj", "validate_json",
    "validate_python",
})  # fmt: skip
_SCOPE = {"headers": "header", "query_string": "query", "path_params": "path"}
_PARAMETERS = {
    "Header": "header", "Cookie": "cookie", "Query": "query", "Path": "path", "Body": "body",
    "Form": "body",
}  # fmt: skip
# Calls whose answer says no more than what they are given.
_SAME = frozenset(
    {"str", "int", "UUID", "unquote", "unquote_plus", "cast", "dict", "Headers", "uuid"}
)
_PARTS = frozenset({
    "strip", "lstrip", "rstrip", "lower", "upper", "casefold", "decode", "encode", "removeprefix",
    "removesuffix", "split", "rsplit", "partition", "replace", "get", "pop", "model_dump", "dict",
    "copy", "title", "getone", "getlist", "get_all",
})  # fmt: skip
_SCALARS = frozenset({"str", "int", "UUID", "None", "Optional", "EmailStr", "Any", "bytes"})
_MODELS = frozenset({"BaseModel", "TypedDict", "Struct", "SQLModel", "Schema", "RootModel"})
_ROUTES = frozenset({
    "get", "post", "put", "patch", "delete", "api_route", "route", "websocket", "websocket_route",
})  # fmt: skip
_BODIES = frozenset({"payload", "body", "data", "form"})
_RAW = frozenset(
    {"raw", "body", "payload", "raw_body", "request_body", "message", "content", "data"}
)
_ENDINGS = ("Request", "Payload", "Body", "Input", "In", "Params", "Form", "Message")
# A secret that a client shows is no claim of who it is.
_CREDENTIAL = re.compile(
    r"token|secret|api.?key|session|auth(?!or)|signature|jwt|passw|ticket|nonce|csrf|cookie|bearer",
    re.I,
)
# Set by what stands before the server, which drops what clients send under these names.
_PROXY = re.compile(
    r"^(http_)?(x[-_](forwarded|auth|authenticated|goog|ms|amzn|remote|gateway|verified|ssl|client"
    r"[-_]cert|envoy)|cf[-_]|remote[-_]|ssl[-_]|tailscale)",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Claim:
    """Hold where something is read that the client wrote, under which key, and the way there."""

    frame: Frame
    node: ast.AST
    kind: str
    key: str

    @property
    def is_free(self) -> bool:
        """Say whether a client can write here what it likes, and it is no secret it shows."""
        if self.kind == "header" and _PROXY.match(self.key):
            return False
        return _CREDENTIAL.search(self.key) is None


def claims(frame: Frame, node: ast.expr | None, left: int = 24) -> Iterator[Claim]:
    """Yield what an expression repeats of what the client wrote."""
    if node is None or not left or frame.depth > 4:
        return
    left -= 1
    read = claim_at(frame, node, left)
    if read is not None:
        yield read
        if isinstance(node, ast.Call):
            for default in node.args[1:2]:
                yield from claims(frame, default, left)
        return
    match node:
        case ast.Await(value=value) | ast.NamedExpr(value=value) | ast.FormattedValue(value=value):
            yield from claims(frame, value, left)
        case ast.BoolOp(values=values) | ast.JoinedStr(values=values):
            for each in values:
                yield from claims(frame, each, left)
        case ast.IfExp(body=body, orelse=orelse):
            yield from claims(frame, body, left)
            yield from claims(frame, orelse, left)
        case ast.BinOp(left=one, right=other):
            yield from claims(frame, one, left)
            yield from claims(frame, other, left)
        case ast.Name():
            yield from _named(frame, node, left)
        case ast.Subscript(value=value) | ast.Attribute(value=value):
            yield from _part(frame, node, value, left)
        case ast.Call():
            yield from _answered(frame, node, left)
        case _:
            return


def _named(frame: Frame, node: ast.Name, left: int) -> Iterator[Claim]:
    found = frame.parameter(node)
    if found is not None and node.id in frame.given:
        yield from claims(*frame.given[node.id], left)
    elif found is not None:
        yield from _filled(frame, *found, left)
    for value in frame.values(node):
        if not (isinstance(value, ast.Name) and value.id == node.id):
            yield from claims(frame, value, left)


def _filled(
    frame: Frame, parameter: ast.arg, default: ast.expr | None, left: int
) -> Iterator[Claim]:
    """Yield what a framework fills a parameter with."""
    target = dependency(frame, parameter, default)
    if target is not None:
        inner = frame.depends(target)
        for value in inner.answers() if inner is not None else ():
            yield from claims(inner or frame, value, left)
        return
    kind, alias = told(frame.module, parameter, default)
    if kind is None and _is_scalar(parameter) and _is_called_by_framework(frame, parameter):
        kind = "query"
        function = frame.module.parents.get(frame.module.parents[parameter])
        if isinstance(function, FUNCTIONS) and _is_in_path(function, parameter.arg):
            kind = "path"
    if kind is not None:
        yield Claim(frame, parameter, kind, alias or parameter.arg)


def dependency(frame: Frame, parameter: ast.arg, default: ast.expr | None) -> ast.expr | None:
    """Return what FastAPI calls for a parameter: what stands in `Depends`, or the type itself."""
    for source in (default, *_annotations(frame, parameter)):
        for inner in (source, *within(source, ast.Call)) if source is not None else ():
            match inner:
                case ast.Call(
                    func=ast.Name(id="Depends" | "Security") | ast.Attribute(attr="Depends"),
                    args=args,
                ):
                    return args[0] if args else _plain(parameter.annotation)
                case _:
                    continue
    return None


def _annotations(frame: Frame, parameter: ast.arg) -> Iterator[ast.expr]:
    """Yield a parameter's annotation, and what that is another name for."""
    if parameter.annotation is None:
        return
    yield parameter.annotation
    if isinstance(parameter.annotation, ast.Name):
        yield from frame.values(parameter.annotation)


def _plain(annotation: ast.expr | None) -> ast.expr | None:
    match annotation:
        case ast.Subscript(value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[first, *_])):
            return first
        case _:
            return annotation


def told(
    module: Module, parameter: ast.arg, default: ast.expr | None
) -> tuple[str | None, str | None]:
    """Return from which part of a request FastAPI fills a parameter, and under what other name."""
    for source in (default, parameter.annotation):
        for inner in (source, *within(source, ast.Call)) if source is not None else ():
            if not isinstance(inner, ast.Call):
                continue  # the default itself, or a plain annotation
            full = module.names.resolve(inner.func) or ""
            kind = _PARAMETERS.get(full.rpartition(".")[2])
            if kind is not None and full.startswith("fastapi"):
                alias = next((k.value for k in inner.keywords if k.arg == "alias"), None)
                return kind, str(alias.value) if isinstance(alias, ast.Constant) else None
    return None, None


def _is_scalar(parameter: ast.arg) -> bool:
    kind = parameter.annotation
    if kind is None:
        return False
    names = {
        getattr(each, "id", getattr(each, "attr", "")) if not isinstance(each, ast.Constant) else ""
        for each in (kind, *within(kind, ast.Name, ast.Attribute))
        if isinstance(each, (ast.Name, ast.Attribute))
    }
    return bool(names) and names <= _SCALARS - {"Any"}


def _is_called_by_framework(frame: Frame, parameter: ast.arg) -> bool:
    """Say whether a function is a route, or what a route depends on."""
    function = frame.module.parents.get(frame.module.parents[parameter])
    if not isinstance(function, FUNCTIONS) or function is not frame.function:
        return False
    if is_route(function):
        return True
    return frame.caller is not None and not frame.given and _is_dependency(frame, function)


def _is_dependency(frame: Frame, function: Function) -> bool:
    module = frame.caller.module if frame.caller is not None else frame.module
    return function.name in _dependencies(module)


def _dependencies(module: Module) -> frozenset[str]:
    """Return the names of what stands in `Depends(...)` in a file."""
    key = ("dependencies", module.tree)
    if key not in module.known:
        module.known[key] = frozenset(
            each.id
            for node in module.nodes(ast.Call)
            if getattr(node.func, "id", getattr(node.func, "attr", "")) in {"Depends", "Security"}
            for each in node.args
            if isinstance(each, ast.Name)
        )
    return module.known[key]


def is_route(function: Function) -> bool:
    """Say whether a decorator makes a function answer requests."""
    return any(
        isinstance(each, ast.Call)
        and isinstance(each.func, ast.Attribute)
        and each.func.attr in _ROUTES
        for each in function.decorator_list
    )


def _is_in_path(function: Function, name: str) -> bool:
    return any(
        isinstance(each, ast.Constant) and isinstance(each.value, str) and f"{{{name}" in each.value
        for decorator in function.decorator_list
        for each in within(decorator, ast.Constant)
    )


def claim_at(frame: Frame, node: ast.expr, left: int = 24) -> Claim | None:
    """Return the claim that is read by a key of a request, or of a part of it."""
    match node:
        case ast.Subscript(value=value, slice=ast.Constant(value=str() | bytes() as key)):
            pass
        case ast.Call(
            func=ast.Attribute(value=value, attr="get" | "pop" | "getone"),
            args=[ast.Constant(value=str() | bytes() as key), *_],
        ):
            pass
        case ast.Call(func=ast.Name(id="getattr"), args=[value, ast.Constant(value=str(key)), *_]):
            pass
        case ast.Attribute(value=value, attr=key):
            if is_request(frame, value):
                return None
        case _:
            return None
    kind = source(frame, value, left)
    if kind is None:
        return None
    return Claim(frame, node, kind, key.decode(errors="replace") if isinstance(key, bytes) else key)


def source(frame: Frame, node: ast.expr | None, left: int = 24) -> str | None:
    """Return which part of a request an expression is, or is taken from; None for others."""
    if node is None or not left or frame.depth > 4:
        return None
    left -= 1
    match node:
        case ast.Await(value=value) | ast.NamedExpr(value=value):
            return source(frame, value, left)
        case ast.BoolOp(values=values):
            return next(filter(None, (source(frame, each, left) for each in values)), None)
        case ast.IfExp(body=body, orelse=orelse):
            return source(frame, body, left) or source(frame, orelse, left)
        case ast.BinOp(left=one, right=other):
            return source(frame, one, left) or source(frame, other, left)
        case ast.DictComp(generators=[ast.comprehension(iter=value), *_]):
            return source(frame, value, left)
        case ast.Subscript(value=ast.Name(id="scope"), slice=ast.Constant(value=str(key))):
            return _SCOPE.get(key)
        case ast.Subscript(value=value):
            return source(frame, value, left)
        case ast.Attribute(value=value, attr=attr):
            if is_request(frame, value):
                return _HELD.get(attr)
            return source(frame, value, left)
        case ast.Name():
            return _source_of_name(frame, node, left)
        case ast.Call():
            return _source_of_call(frame, node, left)
        case _:
            return None


def _source_of_name(frame: Frame, node: ast.Name, left: int) -> str | None:
    found = frame.parameter(node)
    if found is not None and node.id in frame.given:
        return source(*frame.given[node.id], left)
    if found is not None:
        kind = _source_of_parameter(frame, *found)
        if kind is not None:
            return kind
    others = (v for v in frame.values(node) if not (isinstance(v, ast.Name) and v.id == node.id))
    return next(filter(None, (source(frame, value, left) for value in others)), None)


def _source_of_parameter(frame: Frame, parameter: ast.arg, default: ast.expr | None) -> str | None:
    target = dependency(frame, parameter, default)
    if target is not None:
        inner = frame.depends(target)
        answers = inner.answers() if inner is not None else ()
        return next(filter(None, (source(inner or frame, value, 6) for value in answers)), None)
    kind = told(frame.module, parameter, default)[0]
    if kind is not None:
        return kind
    if parameter.annotation is None:
        return "body" if parameter.arg in {"payload", "body"} else None
    annotation = parameter.annotation
    plain = annotation.value if isinstance(annotation, ast.Subscript) else annotation
    name = frame.module.names.resolve(plain) or ""
    if name.startswith("chatkit.") and name.endswith("Req"):
        return "body"
    if parameter.arg in _RAW and {n.strip() for n in _said(annotation)} & {"bytes", "str"}:
        return "body"
    function = frame.module.parents.get(frame.module.parents[parameter])
    routed = isinstance(function, FUNCTIONS) and is_route(function)
    if name in {"dict", "typing.Any", "typing.Dict", "typing.Mapping"}:
        return "body" if parameter.arg in _BODIES or (routed and name == "dict") else None
    found = frame.project.find_class(name, frame.module)
    if found is None or not {b.rpartition(".")[2] for b in found.foreign} & _MODELS:
        return None
    named = found.name.endswith(_ENDINGS) or parameter.arg in _BODIES
    return "body" if routed or named else None


def _said(annotation: ast.expr) -> Iterator[str]:
    for each in (annotation, *within(annotation, ast.Name)):
        if isinstance(each, ast.Name):
            yield each.id


def _source_of_call(frame: Frame, node: ast.Call, left: int) -> str | None:
    full = frame.module.names.resolve(node.func) or ""
    first = node.args[0] if node.args else None
    word = full.rpartition(".")[2]
    if is_unverified(frame, node):
        return "token"
    match node.func:
        case ast.Attribute(value=value, attr=attr) if attr in _READS and is_request(frame, value):
            return "body"
        case ast.Attribute(value=value, attr=attr) if attr in _PARTS:
            kind = source(frame, value, left)
            if kind is not None:
                return kind
        case ast.Attribute(attr=attr) if attr in _PARSES:
            return source(frame, first, left)
        case _:
            pass
    if word in {"loads", "decode"} and re.match(r"(or|u|simple|rapid|msgspec\.)?json\b", full):
        return source(frame, first, left)
    if full.startswith("base64.") and "decode" in word:
        return "token" if source(frame, first, left) else None
    if word in _SAME and (word == full or "." in full) and first is not None:
        kind = source(frame, node.args[-1], left)
        if kind is not None:
            return kind
    spread = [keyword.value for keyword in node.keywords if keyword.arg is None]
    if spread and frame.make(node) is not None:
        return source(frame, spread[0], left)
    inner = frame.enter(node)
    answers = inner.answers() if inner is not None else ()
    return next(filter(None, (source(inner or frame, value, left) for value in answers)), None)


def is_unverified(frame: Frame, node: ast.Call) -> bool:
    """Say whether a call reads a token without a look at its signature."""
    match node.func:
        case ast.Attribute(attr="get_unverified_claims" | "decode_without_verification"):
            return True
        case ast.Attribute(attr="decode") | ast.Name(id="decode" | "jwt_decode"):
            pass
        case _:
            return False
    for keyword in node.keywords:
        value = keyword.value
        if isinstance(value, ast.Name):
            value = next(iter(frame.values(value)), value)
        match keyword.arg, value:
            case "verify", ast.Constant(value=False):
                return True
            case "options", ast.Dict(keys=keys, values=values):
                for key, given in zip(keys, values, strict=True):
                    off = isinstance(given, ast.Constant) and given.value is False
                    if off and isinstance(key, ast.Constant) and key.value == "verify_signature":
                        return True
            case _:
                continue
    return False


def is_request(frame: Frame, node: ast.expr) -> bool:
    """Say whether an expression is a request of a web framework."""
    match node:
        case ast.Name(id=name):
            found = frame.parameter(node)
            if found is not None and name in frame.given:
                other, value = frame.given[name]
                return is_request(other, value)
            kind = found[0].annotation if found is not None else None
            if kind is not None:
                said = frame.module.names.resolve(
                    kind.value if isinstance(kind, ast.Subscript) else kind
                )
                last = (said or "").rpartition(".")[2]
                return last in _REQUESTS or (last == "Any" and name in _REQUEST_NAMES)
            full = frame.module.names.imported.get(name, "")
            if full.endswith(".request"):
                return True
            values = frame.values(node)
            if values:
                return any(is_request(frame, value) for value in values if value is not node)
            return name in _REQUEST_NAMES
        case (
            ast.Attribute(attr="request" | "req" | "websocket")
            | ast.Subscript(slice=ast.Constant(value="request" | "http_request"))
            | ast.Call(func=ast.Attribute(attr="get"), args=[ast.Constant(value="request"), *_])
        ):
            return True
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in _REQUESTS
        case _:
            return False


def _part(
    frame: Frame, node: ast.Subscript | ast.Attribute, value: ast.expr, left: int
) -> Iterator[Claim]:
    """Yield what stands in a part of something made here, or was put there by somebody else."""
    match node:
        case ast.Attribute(attr=str(key)) | ast.Subscript(slice=ast.Constant(value=str(key))):
            pass
        case _:
            yield from claims(frame, value, left)
            return
    if _is_state(frame, value):
        yield from stored(frame, key, left)
        return
    for other, given in fields(frame, value, key, left):
        yield from claims(other, given, left)


def fields(frame: Frame, node: ast.expr, key: str, left: int) -> Iterator[tuple[Frame, ast.expr]]:
    """Yield what a thing that the project makes holds under a key or in an attribute."""
    if not left or frame.depth > 4:
        return
    left -= 1
    match node:
        case ast.Await(value=value):
            yield from fields(frame, value, key, left)
        case ast.Name(id="self"):
            owner = frame.owner()
            begun = owner.method("__init__") if owner is not None else None
            if begun is not None and begun[0] is not frame.function:
                inner = Frame(frame.project, begun[1].module, begun[0], {}, frame)
                yield from _kept(inner, key)
            yield from _kept(frame, key)
        case ast.Name():
            found = frame.parameter(node)
            if found is not None and node.id in frame.given:
                other, value = frame.given[node.id]
                yield from fields(other, value, key, left)
            elif found is not None:
                target = dependency(frame, *found)
                if target is not None:
                    call = ast.Call(func=target, args=[], keywords=[])
                    parent = frame.module.parents.get(target, frame.module.tree)
                    frame.module.parents.setdefault(call, parent)
                    yield from fields(frame, call, key, left)
            for value in frame.values(node):
                yield from fields(frame, value, key, left)
        case ast.Dict(keys=keys, values=values):
            for name, value in zip(keys, values, strict=True):
                if isinstance(name, ast.Constant) and name.value == key:
                    yield frame, value
        case ast.Call():
            made = frame.make(node)
            for keyword in node.keywords:
                if keyword.arg == key:
                    yield frame, keyword.value
            if made is not None and made[1] is not None:
                yield from _kept(made[1], key)
                return
            inner = frame.enter(node)
            for value in inner.answers() if inner is not None else ():
                yield from fields(inner or frame, value, key, left)
        case _:
            return


def _kept(frame: Frame, key: str) -> Iterator[tuple[Frame, ast.expr]]:
    """Yield what a method gives an attribute of its object."""
    for node in within(frame.function, ast.Assign) if frame.function is not None else ():
        match node:
            case ast.Assign(
                targets=[ast.Attribute(value=ast.Name(id="self"), attr=attr)], value=value
            ) if attr == key:
                yield frame, value
            case _:
                continue


def _is_state(frame: Frame, node: ast.expr) -> bool:
    """Say whether this is where others leave something for a request: its state, or itself."""
    match node:
        case ast.Attribute(value=inner, attr="state"):
            return is_request(frame, inner)
        case ast.Subscript(value=inner, slice=ast.Constant(value="state")):
            return True
        case ast.Name(id="g"):
            return frame.module.names.imported.get("g", "").endswith(".g")
        case ast.Name(id="scope"):
            return True
        case _:
            return is_request(frame, node)


def stored(frame: Frame, key: str, left: int) -> Iterator[Claim]:
    """Yield what a middleware of the file wrote for later under a key."""
    for place, value in placed(frame, key):
        yield from claims(place, value, left)


def placed(frame: Frame, key: str) -> Iterator[tuple[Frame, ast.expr]]:
    """Yield what is put in a request's state under a key, here or in a module imported here."""
    imported = frame.module.names.imported.values()
    homes = (frame.project.module(n.rpartition(".")[0], frame.module) for n in imported if "." in n)
    for module in dict.fromkeys((frame.module, *filter(None, homes))):
        yield from _placed(frame, module, key)


def _placed(frame: Frame, module: Module, key: str) -> Iterator[tuple[Frame, ast.expr]]:
    for node in module.nodes(ast.Assign):
        for target in node.targets:
            match target:
                case (
                    ast.Attribute(value=place, attr=attr)
                    | ast.Subscript(value=place, slice=ast.Constant(value=str(attr)))
                ) if attr == key:
                    function = module.function_of(node)
                    inner = Frame(frame.project, module, function, {}, frame)
                    if _is_state(inner, place) and function is not frame.function:
                        yield inner, node.value
                case _:
                    continue


def _answered(frame: Frame, node: ast.Call, left: int) -> Iterator[Claim]:
    """Yield what a call answers of what the client wrote."""
    word = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    match node.func:
        case ast.Attribute(value=ast.Name() as name, attr="get") if _is_variable(frame, name):
            for call in frame.module.nodes(ast.Call):
                match call.func:
                    case ast.Attribute(value=ast.Name(id=same), attr="set") if same == name.id:
                        inner = frame.module.function_of(call)
                        place = Frame(frame.project, frame.module, inner, {}, frame)
                        for value in call.args[:1]:
                            yield from claims(place, value, left)
                    case _:
                        continue
            return
        case ast.Attribute(value=value, attr=attr) if attr in _PARTS:
            yield from claims(frame, value, left)
        case ast.Name(id="getattr") if len(node.args) > 1:
            key = node.args[1]
            if isinstance(key, ast.Constant) and _is_state(frame, node.args[0]):
                yield from stored(frame, str(key.value), left)
            return
        case _:
            pass
    if word in _SAME and node.args:
        yield from claims(frame, node.args[-1], left)
        return
    inner = frame.enter(node)
    for value in inner.answers() if inner is not None else ():
        yield from claims(inner or frame, value, left)


def _is_variable(frame: Frame, name: ast.Name) -> bool:
    return any(
        isinstance(value, ast.Call)
        and (frame.module.names.resolve(value.func) or "").endswith("ContextVar")
        for value in frame.values(name)
    )
