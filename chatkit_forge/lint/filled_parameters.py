"""Which part of a request a framework fills a parameter from."""

import ast

from .frames import Frame
from .module import FUNCTIONS, Module, within
from .routes import is_route

_PARAMETERS = {
    "Header": "header", "Cookie": "cookie", "Query": "query", "Path": "path", "Body": "body",
    "Form": "body",
}  # fmt: skip
_SCALARS = frozenset({"str", "int", "UUID", "None", "Optional", "EmailStr", "Any", "bytes"})
_MODELS = frozenset({"BaseModel", "TypedDict", "Struct", "SQLModel", "Schema", "RootModel"})
_BODIES = frozenset({"payload", "body", "data", "form"})
_RAW = frozenset(
    {"raw", "body", "payload", "raw_body", "request_body", "message", "content", "data"}
)
_ENDINGS = ("Request", "Payload", "Body", "Input", "In", "Params", "Form", "Message")


def told(
    module: Module, parameter: ast.arg, default: ast.expr | None
) -> tuple[str | None, str | None]:
    """Return from which part of a request a framework fills a parameter, and by what other name."""
    for source in (default, parameter.annotation):
        for inner in (source, *within(source, ast.Call)) if source is not None else ():
            if not isinstance(inner, ast.Call):
                continue  # the default itself, or a plain annotation
            full = module.names.resolve(inner.func) or ""
            kind = _PARAMETERS.get(full.rpartition(".")[2])
            if kind is not None and full.startswith(("fastapi", "ninja")):
                alias = next((k.value for k in inner.keywords if k.arg == "alias"), None)
                return kind, str(alias.value) if isinstance(alias, ast.Constant) else None
            if full.startswith("litestar") and full.endswith(".Parameter"):
                for keyword in inner.keywords:
                    if keyword.arg in {"header", "cookie", "query"}:
                        name = keyword.value
                        return keyword.arg, (
                            str(name.value) if isinstance(name, ast.Constant) else None
                        )
    return None, None


def is_scalar(parameter: ast.arg) -> bool:
    """Say whether a parameter is declared as a plain value, which stands in the address."""
    kind = parameter.annotation
    if kind is None:
        return False
    names = {
        getattr(each, "id", getattr(each, "attr", "")) if not isinstance(each, ast.Constant) else ""
        for each in (kind, *within(kind, ast.Name, ast.Attribute))
        if isinstance(each, (ast.Name, ast.Attribute))
    }
    return bool(names) and names <= _SCALARS - {"Any"}


def part_filled(frame: Frame, parameter: ast.arg, default: ast.expr | None) -> str | None:
    """Return from which part of a request a framework fills a parameter; None for others."""
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
    if parameter.arg in _RAW and _is_text(annotation):
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


def _is_text(annotation: ast.expr) -> bool:
    return any(
        isinstance(each, ast.Name) and each.id in {"bytes", "str"}
        for each in (annotation, *within(annotation, ast.Name))
    )
