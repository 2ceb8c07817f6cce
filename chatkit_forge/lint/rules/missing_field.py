"""CKF106."""

import ast

from ..finding import AddImport, Fix, Replace
from ..grown import grown
from ..named_uses import method_calls
from ..rule import Rule
from ..sdk_calls import sdk_calls
from ..sdk_names import model, named

# What stands for "nothing special" where that is certain.
_NEUTRAL = {
    ("chatkit.types.UserMessageItem", "inference_options"): ("InferenceOptions", "chatkit.types")
}


class MissingField(Rule):
    """Find models of the SDK that are made without a field they require.

    Pydantic raises ValidationError as soon as the line runs. `inference_options` of
    `UserMessageItem` is the one most often forgotten; the assistant's message has no such field.

    Bad:
        from datetime import datetime

        from chatkit.types import UserMessageItem

        message = UserMessageItem(
            id="msg_1", thread_id="thr_1", created_at=datetime.now(), content=[]
        )

    Good:
        from datetime import datetime

        from chatkit.types import InferenceOptions, UserMessageItem

        message = UserMessageItem(
            id="msg_1",
            thread_id="thr_1",
            created_at=datetime.now(),
            content=[],
            inference_options=InferenceOptions(),
        )

    Source: the required fields of the installed SDK's models.
    """

    code = "CKF106"
    name = "missing-field"
    message = "{model} is made without {fields}, which it requires"
    hint = "pydantic raises ValidationError when this line runs"

    def visit_module(self) -> None:
        """Look at the calls that make a model, by its name or by `model_validate`."""
        for node in sdk_calls(self.module):
            made = model(self.sdk, self.module, node)
            # Without any argument it is no attempt to make one: a class of the same name, a
            # mistake of another kind.
            names = None if made is None or node.args else _names(node.keywords)
            if made is not None and names is not None:
                self._look(node, made[0], names)
        for node, func in method_calls(self.module, ("model_validate", "parse_obj")):
            self._validated(node, func.value)

    def _validated(self, node: ast.Call, owner: ast.expr) -> None:
        """Look at a dictionary that `model_validate` makes a model from."""
        data = node.args[0] if node.args else None
        if isinstance(data, ast.Dict):
            plain = owner.value if isinstance(owner, ast.Subscript) else owner
            full = named(self.sdk, self.module, plain)
            names = _keys(data)
            if full is not None and full in self.sdk.classes and names is not None:
                self._look(node, full, names)

    def _look(self, node: ast.Call, full: str, names: set[str]) -> None:
        fields = self.sdk.classes[full].fields
        missing = [
            f.keywords[0] for f in fields.values() if f.required and not names & {*f.keywords}
        ]
        if missing:
            fix = None if node.args else self._mend(node, full, missing)
            self.report(node, fix, model=full.rpartition(".")[2], fields=", ".join(missing))

    def _mend(self, node: ast.Call, full: str, missing: list[str]) -> Fix | None:
        neutral = [_NEUTRAL.get((full, name)) for name in missing]
        if None in neutral or not node.keywords:
            return None
        added = ", ".join(
            f"{name}={value[0]}()" for name, value in zip(missing, neutral, strict=True) if value
        )
        imports = tuple(AddImport(value[1], value[0]) for value in neutral if value)
        last = node.keywords[-1]
        code = grown(self.module, node, last, last, added)
        return Fix("safe", (Replace(self.module.span(node), code), *imports))


def _names(keywords: list[ast.keyword]) -> set[str] | None:
    """Return the names that are given, None when `**` hides some of them."""
    found: set[str] = set()
    for keyword in keywords:
        if keyword.arg is not None:
            found.add(keyword.arg)
            continue
        inner = _keys(keyword.value) if isinstance(keyword.value, ast.Dict) else None
        if inner is None:
            return None
        found |= inner
    return found


def _keys(data: ast.Dict) -> set[str] | None:
    """Return the keys of a dictionary that is written out, None when some cannot be seen."""
    found: set[str] = set()
    for key in data.keys:
        if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
            return None
        found.add(key.value)
    return found
