"""CKF107."""

import ast

from ..finding import AddImport, Fix, Replace
from ..rule import Rule
from ..sdk_names import definition, given, model, rewritten

_STATUS = "chatkit.types.ThreadStatus"


class WrongLiteral(Rule):
    """Find strings that a model of the SDK does not accept.

    The content of a user's message is "input_text", of the assistant's "output_text", never
    "text"; a thread's status is an object. Pydantic raises ValidationError when the line runs.
    Dictionaries that go to OpenAI's own API are another matter and left alone.

    Bad:
        from chatkit.types import UserMessageTextContent

        content = UserMessageTextContent(type="text", text="hello")

    Good:
        from chatkit.types import UserMessageTextContent

        content = UserMessageTextContent(type="input_text", text="hello")

    Source: the literals of the installed SDK's models.
    """

    code = "CKF107"
    name = "wrong-literal"
    message = "{model}.{field} does not accept {value!r}"
    hint = "{advice}"

    def visit_Call(self, node: ast.Call) -> None:
        """Look at the strings in a call that makes a model."""
        made = model(self.sdk, self.module, node)
        if made is None:
            return
        full, about = made
        for name, keyword in (given(node) or {}).items():
            field = about.fields.get(name)
            if field is None:
                continue
            value = keyword.value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                if field.literals is not None and value.value not in field.literals:
                    self._wrong(node, full, keyword, value, field.literals)
            elif isinstance(value, ast.List):
                for element in value.elts:
                    self._content(element, field.annotation, full)

    def _wrong(
        self,
        node: ast.Call,
        full: str,
        keyword: ast.keyword,
        value: ast.Constant,
        accepted: frozenset[str],
    ) -> None:
        field, fix = keyword.arg or "", None
        advice = f"it accepts {', '.join(sorted(accepted))}" if accepted else "it takes an object"
        if len(accepted) == 1:
            fix = self._replaced(node, value, f'"{next(iter(accepted))}"')
        status = self._status(str(value.value)) if field == "status" and not accepted else None
        if status is not None:
            advice = f"it takes an object: {status}()"
            replaced = self._replaced(node, value, f"{status}()")
            fix = Fix("safe", (*replaced.edits, AddImport("chatkit.types", status)))
        self._report(value, full, field, advice, fix)

    def _content(self, element: ast.expr, annotation: str, full: str) -> None:
        """Look at a dictionary that becomes part of a message's content."""
        if not isinstance(element, ast.Dict):
            return
        inner = annotation.removeprefix("list[").removesuffix("]")
        home = definition(self.sdk, f"chatkit.types.{inner}")
        members = self.sdk.unions.get(home or "", (inner,) if home else ())
        accepted: set[str] = set()
        for member in members:
            about = self.sdk.classes.get(f"chatkit.types.{member}")
            field = about.fields.get("type") if about else None
            accepted |= field.literals if field and field.literals else set()
        for key, value in zip(element.keys, element.values, strict=True):
            match key, value:
                case ast.Constant(value="type"), ast.Constant(value=str(text)):
                    if accepted and text not in accepted:
                        advice = f"it accepts {', '.join(sorted(accepted))}"
                        self._report(value, full, "content", advice, None)
                case _:
                    continue

    def _status(self, text: str) -> str | None:
        """Return the class of the status with this type."""
        for member in self.sdk.unions.get(_STATUS, ()):
            about = self.sdk.classes[f"chatkit.types.{member}"]
            if text in (about.fields["type"].literals or ()):
                return member
        return None

    def _replaced(self, node: ast.Call, value: ast.Constant, code: str) -> Fix:
        text = rewritten(self.module, node, {value: code})
        return Fix("safe", (Replace(self.module.span(node), text),))

    def _report(
        self, value: ast.Constant, full: str, field: str, advice: str, fix: Fix | None
    ) -> None:
        short = full.rpartition(".")[2]
        self.report(value, fix, model=short, field=field, value=str(value.value), advice=advice)
