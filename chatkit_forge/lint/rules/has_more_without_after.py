"""CKF213."""

import ast

from ..module import within
from ..rule import Rule
from ..sdk_names import given, model
from ..stores import PAGES


class HasMoreWithoutAfter(Rule):
    """Find pages that say there is more and do not say from where.

    The client, and the SDK's own backwards pagination, ask again with `after=None` and get page
    one for ever.

    Bad:
        from chatkit.types import Page


        def page(found: list[str], limit: int) -> Page[str]:
            return Page(data=found[:limit], has_more=len(found) > limit)

    Good:
        from chatkit.types import Page


        def page(found: list[str], limit: int) -> Page[str]:
            more = len(found) > limit
            return Page(data=found[:limit], has_more=more, after=found[limit - 1] if more else None)

    Source: 10 of 43 public stores.
    """

    code = "CKF213"
    name = "has-more-without-after"
    message = "this page may have more, and has no cursor to go on from"
    hint = "after is the id of the last object of the page when has_more, else None"

    def visit_Call(self, node: ast.Call) -> None:
        """Look at the pages that are made."""
        made = model(self.sdk, self.module, node)
        keywords = given(node)
        if made is None or made[0] != "chatkit.types.Page" or keywords is None:
            return
        more, after = keywords.get("has_more"), keywords.get("after")
        if more is None or keywords.keys() - {"data", "has_more", "after"}:
            return
        if isinstance(more.value, ast.Constant) and more.value.value is False:
            return
        lacks = after is None or (isinstance(after.value, ast.Constant) and not after.value.value)
        lacks = lacks or (after is not None and self._is_given(node, after.value))
        # `page.after = ...` may follow.
        if lacks and not self._set_later(node):
            self.report(node)

    def _is_given(self, node: ast.Call, after: ast.expr) -> bool:
        """Say whether the cursor is the one that the page was asked for: page one again."""
        function = self.module.function_of(node)
        if not isinstance(after, ast.Name) or function is None or function.name not in PAGES:
            return False
        bound = any(
            isinstance(each, ast.Name) and each.id == after.id and isinstance(each.ctx, ast.Store)
            for each in within(function)
        )
        return not bound and any(a.arg == after.id == "after" for a in function.args.args)

    def _set_later(self, node: ast.Call) -> bool:
        function = self.module.function_of(node)
        return function is not None and any(
            isinstance(target, ast.Attribute) and target.attr == "after"
            for assign in self.module.nodes(ast.Assign)
            if self.module.function_of(assign) is function
            for target in assign.targets
        )
