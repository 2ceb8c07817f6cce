"""The second promise: no model of the SDK is handed a string that it refuses."""

from collections.abc import Iterator, Mapping

import libcst as cst

from .. import sdk
from .names import Broken, qualified

_MODULES = ("types", "widgets", "actions")


class Literals(cst.BatchableCSTVisitor):
    """Compare the strings handed to models with those their fields accept."""

    def __init__(self, names: Mapping[str, str]) -> None:
        """Take what the module's imported names stand for."""
        super().__init__()
        self._names = names
        self._broken: list[Broken] = []

    def visit_Call(self, node: cst.Call) -> None:
        """Look at the keyword arguments of a call to a model."""
        full = qualified(node.func, self._names)
        if full is None or not full.startswith("chatkit."):
            return
        model = _model(full)
        if model is None:
            return
        for argument in node.args:
            value = argument.value
            if argument.keyword is None or not isinstance(
                value, cst.SimpleString | cst.ConcatenatedString
            ):
                continue
            name, text = argument.keyword.value, value.evaluated_value
            accepted = model.literals.get(name)
            if accepted is not None and text not in accepted:
                self._broken.append((argument, _message(model.name, name, text, accepted)))

    def broken(self) -> Iterator[Broken]:
        """Yield each argument that breaks the promise, with why."""
        yield from self._broken


def _model(full: str) -> sdk.Model | None:
    """Return the model of that name; the server module imports many from `types`."""
    module, _, name = full.removeprefix("chatkit.").rpartition(".")
    for candidate in (module,) if module in _MODULES else _MODULES[:1]:
        model = sdk.models(candidate).get(name)
        if model is not None:
            return model
    return None


def _message(model: str, name: str, text: object, accepted: frozenset[str]) -> str:
    takes = " or ".join(repr(option) for option in sorted(accepted)) or "a model, no string"
    return f"{model}({name}={text!r}): the SDK's {name} takes {takes}"
