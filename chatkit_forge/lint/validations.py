"""Models that are made of a dictionary written out: `Model.model_validate({...})`."""

import ast

from .module import Function, Module, within

# The call, the model and what it is made of.
Validation = tuple[ast.Call, ast.expr, ast.Dict]


def validations(module: Module, function: Function) -> list[Validation]:
    """Return where a function makes a model so; several rules ask, of several methods."""
    key = ("validations", function)
    if key not in module.known:
        found: list[Validation] = []
        for node in within(function, ast.Call):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=made, attr="model_validate"),
                    args=[ast.Dict() as data],
                ):
                    found.append((node, made, data))
                case _:
                    continue
        module.known[key] = found
    return module.known[key]
