"""CKF105."""

import ast
import difflib

from ..finding import Fix, Replace
from ..rule import Rule
from ..sdk_names import given, model, rewritten

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

    def visit_Call(self, node: ast.Call) -> None:
        """Look at the keywords of a call that makes a model."""
        made = model(self.sdk, self.module, node)
        keywords = given(node)
        if made is None or keywords is None:
            return
        full, about = made
        for name, keyword in keywords.items():
            if name not in about.fields:
                fix, advice = self._mend(node, full, set(about.fields), keyword, keywords)
                short = full.rpartition(".")[2]
                self.report(keyword, fix, model=short, field=name, advice=advice)

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
        if full in _ROOM:
            advice = f'metadata={{"{name}": ...}} is the place for what is yours'
            fix = None
            if "metadata" not in keywords and len(keywords.keys() - fields) == 1:
                fix = self._replaced(node, keyword, f'metadata={{"{name}": {value}}}')
            return fix, advice
        near = difflib.get_close_matches(name, sorted(fields - keywords.keys()), 1, 0.8)
        return None, f"did you mean {near[0]}?" if near else f"it has {', '.join(sorted(fields))}"

    def _replaced(self, node: ast.Call, keyword: ast.keyword, code: str) -> Fix:
        text = rewritten(self.module, node, {keyword: code})
        return Fix("safe", (Replace(self.module.span(node), text),))
