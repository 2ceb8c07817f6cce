"""Which parameter of a helper takes an object that a method of a store was given."""

from collections.abc import Callable

from .annotations import words
from .module import Function, Module


def taken_as(
    part: Function, module: Module, name: str, is_type: Callable[[str], bool]
) -> str | None:
    """Return the parameter that takes an object of this name: by the same name, or by its type."""
    key = ("words of parameters", part)
    if key not in module.known:
        module.known[key] = {each.arg: [*words(each.annotation)] for each in part.args.args}
    known: dict[str, list[str]] = module.known[key]
    return next(
        (arg for arg, kinds in known.items() if arg == name or any(map(is_type, kinds))), None
    )
