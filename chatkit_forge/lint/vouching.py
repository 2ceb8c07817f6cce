"""Signs that somebody checked who sent a request before what it says is believed."""

import ast
import re
from collections.abc import Iterator

from .annotations import words
from .dependencies import dependency
from .frames import Frame, parameters
from .module import FUNCTIONS, Function, Module, within
from .routes import is_route

_CHECKS = re.compile(
    r"compare_digest|^hmac$|(?<!un)verif|authenticat|unsign|checkpw|authori[sz]e|is_trusted|"
    r"(check|validate|require|assert|ensure)_\w*(sign|token|secret|key|password|hmac|gateway|proxy"
    r"|internal|trusted|auth|peer|ip)",
    re.I,
)
# What says that nobody was let in, such as `web.HTTPUnauthorized`, and lets in nobody itself.
_REFUSALS = re.compile(
    r"^_?(http|json|api)?_?(response)?_?(un|not)_?auth|(error|exception|failed|denied)$", re.I
)
_SECRETS = re.compile(
    r"secret|signature|hmac|(^|[_-])(mac|sig|digest)($|[_-])|gateway|trusted|prox(y|ies)|api.?key"
    r"|internal.?(key|token)|^host$|remote_addr|allowed_ips|token",
    re.I,
)
_SCHEMES = frozenset({"bearer", "basic", "token"})


def is_vouched(frame: Frame) -> bool:
    """Say whether a check can be seen on the way to a claim, or around all requests."""
    for each in frame.around():
        if each.function is not None and checks(each.module, each.function):
            return True
        for other, module in _on_the_way(each):
            if checks(module, other):
                return True
    return any(
        checks(module, other)
        for home in dict.fromkeys(_related(frame))
        for other, module in _around_all(frame, home)
    )


def _related(frame: Frame) -> Iterator[Module]:
    """Yield the modules on the way, what they import, and what imports them."""
    homes = {each.module for each in frame.around()}
    yield from homes
    for home in homes:
        yield from _imported(frame, home)
    for other in frame.project.known():
        if other not in homes and homes & set(_imported(frame, other)):
            yield other
            yield from _imported(frame, other)


def _imported(frame: Frame, module: Module) -> list[Module]:
    full = module.names.imported.values()
    names = dict.fromkeys((*full, *(each.rpartition(".")[0] for each in full)))
    found = (frame.project.module(name, module) for name in names if name)
    return [each for each in found if each is not None]


def _around_all(frame: Frame, module: Module) -> Iterator[tuple[Function, Module]]:
    """Yield what a module runs around every request: dependencies of an app, middlewares."""
    for keyword in module.nodes(ast.keyword):
        if keyword.arg == "dependencies":
            for name in within(keyword.value, ast.Name):
                place = Frame(frame.project, module, None)
                inner = place.depends(name) if isinstance(name, ast.Name) else None
                if inner is not None and inner.function is not None:
                    yield inner.function, inner.module
    for each in module.nodes(*FUNCTIONS):
        if _is_middleware(module, each):
            yield each, module


def _on_the_way(frame: Frame) -> Iterator[tuple[Function, Module]]:
    """Yield what runs before or in a function: its dependencies, decorators and helpers."""
    function = frame.function
    if function is not None:
        for parameter, default in parameters(function):
            target = dependency(frame, parameter, default)
            inner = frame.depends(target) if target is not None else None
            if inner is not None and inner.function is not None:
                yield inner.function, inner.module
        for call in within(function, ast.Call):
            inner = frame.enter(call) if isinstance(call, ast.Call) else None
            if inner is not None and inner.function is not None:
                yield inner.function, inner.module
        for decorator in function.decorator_list:
            inner = frame.depends(decorator) if isinstance(decorator, ast.Name) else None
            if inner is not None and inner.function is not None:
                yield inner.function, inner.module


def _is_middleware(module: Module, function: Function) -> bool:
    """Say whether a function runs around every request."""
    if is_route(function):
        return False
    names = {each.arg for each, _ in parameters(function)}
    if names & {"call_next", "get_response"} or {"receive", "send"} <= names:
        return True
    owner = module.class_of(function)
    if owner is not None and "middleware" in owner.name.lower():
        return True
    return any(
        isinstance(each, (ast.Attribute, ast.Name))
        and getattr(each, "attr", getattr(each, "id", "")) in {"middleware", "before_request"}
        for decorator in function.decorator_list
        for each in (decorator, *within(decorator, ast.Attribute, ast.Name))
    )


def checks(module: Module, function: Function) -> bool:
    """Say whether a function holds a secret, a signature or an address against what it knows."""
    key = ("checks", function)
    if key not in module.known:
        module.known[key] = any(_is_check(node) for node in within(function, ast.Call, ast.Compare))
    return module.known[key]


def _is_check(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return _CHECKS.search(name) is not None and _REFUSALS.search(name) is None
        case ast.Compare(left=left, ops=[op], comparators=[right]) if isinstance(
            op, (ast.Eq, ast.NotEq, ast.In, ast.NotIn)
        ):
            sides = (left, right)
            if any(isinstance(s, ast.Constant) and _is_scheme(s.value) for s in sides):
                return False
            return any(_SECRETS.search(word) for side in sides for word in words(side))
        case _:
            return False


def _is_scheme(value: object) -> bool:
    return value is None or value == "" or str(value).strip().lower() in _SCHEMES


def is_held_against(frame: Frame, names: set[str], key: str) -> bool:
    """Say whether what a client claims is compared with something that it did not write.

    Either a value, as of the session, or a question that takes more than the claim itself.
    """
    for each in frame.around():
        for node in within(each.function, ast.Compare, ast.If) if each.function else ():
            match node:
                case ast.Compare(left=left, comparators=[right]):
                    if any(
                        _is_claim(one, names, key) and _is_known(other, names)
                        for one, other in ((left, right), (right, left))
                    ):
                        return True
                case ast.If(test=test):
                    if any(
                        isinstance(call, ast.Call) and _asks_more(call, names)
                        for call in (test, *within(test, ast.Call))
                    ):
                        return True
                case _:
                    continue
    return False


def _is_claim(node: ast.expr, names: set[str], key: str) -> bool:
    match node:
        case ast.Name(id=name):
            return name in names
        case ast.Subscript(slice=ast.Constant(value=read)) | ast.Attribute(attr=read):
            return read == key
        case ast.Call(func=ast.Attribute(attr="get"), args=[ast.Constant(value=read), *_]):
            return read == key
        case ast.Call(func=ast.Name(id="str"), args=[inner]):
            return _is_claim(inner, names, key)
        case _:
            return False


def _is_known(node: ast.expr, names: set[str]) -> bool:
    """Say whether something is neither written down here nor a table of all there are."""
    match node:
        case ast.Constant() | ast.Dict() | ast.Set() | ast.List() | ast.Tuple():
            return False
        case ast.Name(id=name):
            return name not in names and not name.isupper()
        case _:
            return True


def _asks_more(call: ast.Call, names: set[str]) -> bool:
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    claimed = [each for each in given if isinstance(each, ast.Name) and each.id in names]
    return bool(claimed) and any(
        each not in claimed and not isinstance(each, ast.Constant) for each in given
    )
