"""CKF106."""

import ast

from ..finding import AddImport, Fix, Replace
from ..rule import Rule
from ..sdk_names import given, model

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

    def visit_Call(self, node: ast.Call) -> None:
        """Look at the keywords of a call that makes a model."""
        made = model(self.sdk, self.module, node)
        keywords = given(node)
        # Without any argument it is no attempt to make one: a class of the same name, a mistake
        # of another kind.
        if made is None or keywords is None or node.args:
            return
        full, about = made
        missing = [n for n, f in about.fields.items() if f.required and n not in keywords]
        if missing:
            short, fields = full.rpartition(".")[2], ", ".join(missing)
            self.report(node, self._mend(node, full, missing), model=short, fields=fields)

    def _mend(self, node: ast.Call, full: str, missing: list[str]) -> Fix | None:
        neutral = [_NEUTRAL.get((full, name)) for name in missing]
        if None in neutral or not node.keywords:
            return None
        code = self.module.code(node)[:-1].rstrip().rstrip(",")
        added = "".join(
            f", {name}={value[0]}()" for name, value in zip(missing, neutral, strict=True) if value
        )
        imports = tuple(AddImport(value[1], value[0]) for value in neutral if value)
        return Fix("safe", (Replace(self.module.span(node), f"{code}{added})"), *imports))
