"""CKF107."""

import ast
from collections.abc import Iterator

from ...sdk_facts import ClassFacts, Field
from ..binders import bound_by, value_of
from ..finding import AddImport, Fix, Replace
from ..named_uses import method_calls
from ..rule import Rule
from ..sdk_calls import sdk_calls
from ..sdk_names import definition, model, named, rewritten

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

    def visit_module(self) -> None:
        """Look at the calls that make a model, anew or from another one."""
        for node in sdk_calls(self.module):
            made = model(self.sdk, self.module, node)
            if made is not None:
                self._made(node, *made)
        for node, _ in method_calls(self.module, ("model_copy",)):
            self._copied(node)

    def _made(self, node: ast.Call, full: str, about: ClassFacts) -> None:
        """Look at the strings in a call that makes a model."""
        for keyword in node.keywords:
            field = about.field(keyword.arg or "")
            if field is None:
                continue
            for value in self._meant(keyword.value):
                if isinstance(value, (ast.List, ast.ListComp, ast.Dict)):
                    self._nested(value, keyword.arg or "", field, full)
                elif field.literals is not None and _is_wrong(value, field.literals):
                    mends = value is keyword.value
                    self._wrong(node if mends else None, full, keyword, value, field.literals)

    def _copied(self, node: ast.Call) -> None:
        """Look at `thread.model_copy(update={"status": "locked"})`, which checks nothing."""
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name() as owner, attr="model_copy"),
                keywords=[*_, ast.keyword(arg="update", value=ast.Dict(keys=keys, values=values))],
            ):
                full = self._kind(owner)
            case _:
                return
        if full is None:
            return
        fields = self.sdk.classes[full].fields
        for key, value in zip(keys, values, strict=True):
            name = str(key.value) if isinstance(key, ast.Constant) else ""
            field = fields.get(name)
            if field and field.literals is not None and _is_wrong(value, field.literals):
                advice = self._advice(name, value, field.literals)[0]
                self._report(value, full, name, advice, None)

    def visit_Assign(self, node: ast.Assign) -> None:
        """Look at `thread.status = "locked"`, which pydantic lets through unseen."""
        if not isinstance(node.targets[0], ast.Attribute):
            return
        match node:
            case ast.Assign(
                targets=[ast.Attribute(value=ast.Name() as owner, attr="status" | "type" as name)],
                value=value,
            ):
                full = self._kind(owner) if _text(value) is not None else None
            case _:
                return
        field = self.sdk.classes[full].fields.get(name) if full else None
        if full and field and field.literals is not None and _is_wrong(value, field.literals):
            self._report(value, full, name, self._advice(name, value, field.literals)[0], None)

    def _kind(self, node: ast.Name) -> str | None:
        """Return the model that a variable holds: declared, or loaded from a store."""
        found = bound_by(self.module, node)
        for binder in found:
            match binder, self.module.parents.get(binder):
                case ast.arg(annotation=ast.expr() as kind), _:
                    full = named(self.sdk, self.module, kind)
                    return full if full in self.sdk.classes else None
                case _, ast.Assign(
                    value=ast.Await(value=ast.Call(func=ast.Attribute(attr="load_thread")))
                ):
                    return "chatkit.types.ThreadMetadata"
                case _, ast.Assign(value=ast.Call() as call):
                    made = model(self.sdk, self.module, call)
                    return made[0] if made else None
                case _:
                    continue
        return None

    def _meant(self, value: ast.expr, depth: int = 4) -> Iterator[ast.expr]:
        """Yield what an expression may come to, through conditions and names given once."""
        match value:
            case ast.IfExp(body=body, orelse=orelse) if depth:
                yield from self._meant(body, depth - 1)
                yield from self._meant(orelse, depth - 1)
            case ast.BoolOp(op=ast.Or(), values=values) if depth:
                yield from self._meant(values[-1], depth - 1)
            case ast.Name() if depth:
                given = value_of(self.module, value)
                if given is not None:
                    yield from self._meant(given, depth - 1)
            case _:
                yield value

    def _nested(
        self, value: ast.List | ast.ListComp | ast.Dict, name: str, field: Field, full: str
    ) -> None:
        """Look at dictionaries that become models: a message's content, a status."""
        match value:
            case ast.List(elts=elements):
                pass
            case ast.ListComp(elt=element):
                elements = [element]
            case _:
                elements = [value]
        for element in elements:
            self._content(element, field.annotation, full, name)

    def _wrong(
        self,
        node: ast.Call | None,
        full: str,
        keyword: ast.keyword,
        value: ast.expr,
        accepted: frozenset[str],
    ) -> None:
        """Report a string; `node` is the call when the string stands in it and can be mended."""
        field, fix = keyword.arg or "", None
        advice, status = self._advice(field, value, accepted)
        if node is not None and len(accepted) == 1:
            fix = self._replaced(node, value, f'"{next(iter(accepted))}"')
        elif node is not None and status is not None:
            replaced = self._replaced(node, value, f"{status}()")
            fix = Fix("safe", (*replaced.edits, AddImport("chatkit.types", status)))
        self._report(keyword.value, full, field, advice, fix, text=_text(value) or "")

    def _advice(
        self, field: str, value: ast.expr, accepted: frozenset[str]
    ) -> tuple[str, str | None]:
        """Return what to write, and the class of the status that was meant."""
        if accepted:
            return f"it accepts {', '.join(sorted(accepted))}", None
        status = self._status(_text(value) or "") if field == "status" else None
        return f"it takes an object: {status}()" if status else "it takes an object", status

    def _content(self, element: ast.expr, annotation: str, full: str, name: str) -> None:
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
                        self._report(value, full, name, advice, None)
                case _:
                    continue

    def _status(self, text: str) -> str | None:
        """Return the class of the status with this type."""
        for member in self.sdk.unions.get(_STATUS, ()):
            about = self.sdk.classes[f"chatkit.types.{member}"]
            if text in (about.fields["type"].literals or ()):
                return member
        return None

    def _replaced(self, node: ast.Call, value: ast.expr, code: str) -> Fix:
        text = rewritten(self.module, node, {value: code})
        return Fix("safe", (Replace(self.module.span(node), text),))

    def _report(
        self,
        node: ast.AST,
        full: str,
        field: str,
        advice: str,
        fix: Fix | None,
        *,
        text: str | None = None,
    ) -> None:
        shown = text if text is not None or not isinstance(node, ast.expr) else _text(node)
        short = full.rpartition(".")[2]
        self.report(node, fix, model=short, field=field, value=shown or "", advice=advice)


def _is_wrong(value: ast.expr, accepted: frozenset[str]) -> bool:
    """Say whether an expression is a string that is not accepted, whatever an f-string holds."""
    if isinstance(value, ast.JoinedStr):
        return not accepted
    return _text(value) not in {None, *accepted}


def _text(value: ast.expr) -> str | None:
    """Return the string an expression is; of one with values in it, what is certain."""
    match value:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr():
            return "..."
        case _:
            return None
