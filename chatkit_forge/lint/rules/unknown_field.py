"""CKF105."""

import ast
import difflib

from ...sdk_facts import ClassFacts
from ..finding import Fix, Replace
from ..grown import grown, taken
from ..named_uses import method_calls
from ..rule import Rule
from ..sdk_calls import sdk_calls
from ..sdk_names import model, named, rewritten

# What people write for a page's fields, in other libraries' words.
_RENAMED = {
    "chatkit.types.Page": {
        "next_cursor": "after",
        "next_after": "after",
        "cursor": "after",
        "last_id": "after",
        "items": "data",
        "results": "data",
        "has_next": "has_more",
    }
}
# Models that have room for what they do not know by name.
_ROOM = {"chatkit.types.ThreadMetadata", "chatkit.types.Thread"}


class UnknownField(Rule):
    """Find keywords that a model of the SDK does not have.

    Pydantic drops them without a word: an `updated_at` is gone after the next load, and a page
    whose cursor came as `next_cursor` has none, which makes the SDK fetch page one for ever.

    Bad:
        from chatkit.types import Page


        def page(titles: list[str]) -> Page[str]:
            return Page(data=titles, has_more=True, next_cursor=titles[-1])

    Good:
        from chatkit.types import Page


        def page(titles: list[str]) -> Page[str]:
            return Page(data=titles, has_more=True, after=titles[-1])

    Source: the fields of the installed SDK's models, which ignore others.
    """

    code = "CKF105"
    name = "unknown-field"
    message = "{model} has no field {field}: the value is dropped without a word"
    hint = "{advice}"

    def visit_module(self) -> None:
        """Look at the calls that make a model, by its name or by `model_validate`."""
        for node in sdk_calls(self.module):
            made = model(self.sdk, self.module, node)
            if made is not None:
                self._made(node, *made)
        for node, func in method_calls(self.module, ("model_validate", "parse_obj")):
            self._validated(node, func.value)

    def _made(self, node: ast.Call, full: str, about: ClassFacts) -> None:
        """Look at the keywords of a call that makes a model."""
        if about.extra == "allow":
            return
        # Of a call with `**rest`, what is written out is looked at all the same.
        keywords = {k.arg: k for k in node.keywords if k.arg is not None}
        for name, keyword in keywords.items():
            if name not in about.keywords:
                fix, advice = self._mend(node, full, set(about.keywords), keyword, keywords)
                if len(keywords) < len(node.keywords):
                    fix = None
                self._say(keyword, full, name, fix, advice)
        for keyword in node.keywords:
            if keyword.arg is None and isinstance(keyword.value, ast.Dict):
                self._keys(keyword.value, full)

    def _validated(self, node: ast.Call, owner: ast.expr) -> None:
        """Look at a dictionary that `model_validate` makes a model from."""
        data = node.args[0] if node.args else None
        if isinstance(data, ast.Dict):
            plain = owner.value if isinstance(owner, ast.Subscript) else owner
            full = named(self.sdk, self.module, plain)
            if full is not None and full in self.sdk.classes:
                self._keys(data, full)

    def _keys(self, data: ast.Dict, full: str) -> None:
        about = self.sdk.classes[full]
        fields = set(about.keywords)
        for key in data.keys if about.extra != "allow" else ():
            if (
                isinstance(key, ast.Constant)
                and isinstance(key.value, str)
                and fields
                and key.value not in fields
            ):
                advice = self._advice(full, key.value, fields, fields)
                self._say(key, full, key.value, None, advice)

    def _say(self, node: ast.AST, full: str, name: str, fix: Fix | None, advice: str) -> None:
        self.report(node, fix, model=full.rpartition(".")[2], field=name, advice=advice)

    def _mend(
        self,
        node: ast.Call,
        full: str,
        fields: set[str],
        keyword: ast.keyword,
        keywords: dict[str, ast.keyword],
    ) -> tuple[Fix | None, str]:
        name = keyword.arg or ""
        value = self.module.code(keyword.value)
        right = _RENAMED.get(full, {}).get(name)
        if right is not None and right not in keywords:
            return self._replaced(node, keyword, f"{right}={value}"), f"the field is {right}"
        advice = self._advice(full, name, fields, fields - keywords.keys())
        if full not in _ROOM or "metadata" not in fields:
            return None, advice
        if "metadata" not in keywords:
            return self._replaced(node, keyword, f'metadata={{"{name}": {value}}}'), advice
        return self._added(node, keyword, keywords["metadata"].value), advice

    def _added(self, node: ast.Call, keyword: ast.keyword, data: ast.expr) -> Fix | None:
        """Return the fix that puts a value into the dictionary that is given already."""
        if not isinstance(data, ast.Dict) or None in data.keys:
            return None
        if any(isinstance(k, ast.Constant) and k.value == keyword.arg for k in data.keys):
            return None
        entry = f'"{keyword.arg}": {self.module.code(keyword.value)}'
        whole = f"{{{entry}}}"
        first = data.keys[-1] if data.keys else None
        if first is not None:
            whole = grown(self.module, data, first, data.values[-1], entry)
        elif self.module.code(data) != "{}":
            return None
        text = rewritten(self.module, node, {taken(self.module, keyword): "", data: whole})
        return Fix("safe", (Replace(self.module.span(node), text),))

    def _advice(self, full: str, name: str, fields: set[str], left: set[str]) -> str:
        right = _RENAMED.get(full, {}).get(name)
        if right is not None and right in left:
            return f"the field is {right}"
        if full in _ROOM:
            return f'metadata={{"{name}": ...}} is the place for what is yours'
        near = difflib.get_close_matches(name, sorted(left), 1, 0.8)
        return f"did you mean {near[0]}?" if near else f"it has {', '.join(sorted(fields))}"

    def _replaced(self, node: ast.Call, keyword: ast.keyword, code: str) -> Fix:
        text = rewritten(self.module, node, {keyword: code})
        return Fix("safe", (Replace(self.module.span(node), text),))
