"""CKF213."""

import ast
from functools import cached_property

from ..binders import value_of
from ..flow import words_in
from ..module import Function, within
from ..rule import Rule
from ..sdk_names import given, model, named
from ..stores import PAGES
from ..values import called

_PAGE = "chatkit.types.Page"
_FIELDS = frozenset({"data", "has_more", "after"})


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

    def visit_module(self) -> None:
        """Look at the calls and assignments of a file that has to do with pages at all."""
        if self._is_about:
            for call in self.module.nodes(ast.Call):
                self._called(call)
            for assign in self.module.nodes(ast.Assign):
                self._assigned(assign)

    def _called(self, node: ast.Call) -> None:
        """Look at the pages that are made, and at what has them made by a helper."""
        made = model(self.sdk, self.module, node)
        if made is None:
            self._validated(node)
            self._by_helper(node)
            return
        keywords = given(node)
        if keywords is None:
            self._validated(node)
            return
        if made[0] != _PAGE or keywords.keys() - _FIELDS:
            return
        more, after = keywords.get("has_more"), keywords.get("after")
        if more is None or self._is_constant(more.value, {False}):
            return
        lacks = after is None or self._is_constant(after.value, {None, ""})
        lacks = lacks or (after is not None and self._is_given(node, after.value))
        lacks = lacks or (after is not None and _is_reversed(more.value, after.value))
        # `page.after = ...` may follow.
        if lacks and not self._set_later(node):
            self.report(node)

    def _assigned(self, node: ast.Assign) -> None:
        """Look at `page.has_more = ...` on a page that was made without a cursor."""
        match node.targets:
            case [ast.Attribute(value=ast.Name() as page, attr="has_more")]:
                made = value_of(self.module, page)
            case _:
                return
        if not isinstance(made, ast.Call) or self._is_constant(node.value, {False}):
            return
        found = model(self.sdk, self.module, made)
        keywords = given(made)
        if found is None or found[0] != _PAGE or keywords is None or "after" in keywords:
            return
        if not self._set_later(node) and not self._handed_on(page):
            self.report(node)

    def _validated(self, node: ast.Call) -> None:
        """Look at a page that `model_validate` makes of a dictionary."""
        match node:
            case ast.Call(
                func=ast.Attribute(value=owner, attr="model_validate"), args=[ast.Dict() as data]
            ):
                pass
            case ast.Call(
                func=owner, args=[], keywords=[ast.keyword(arg=None, value=ast.Dict() as data)]
            ):
                pass
            case _:
                return
        plain = owner.value if isinstance(owner, ast.Subscript) else owner
        fields = {
            key.value if isinstance(key, ast.Constant) else None: value
            for key, value in zip(data.keys, data.values, strict=True)
        }
        if None in fields or "has_more" not in fields:
            return
        if named(self.sdk, self.module, plain) != _PAGE:
            return
        after = fields.get("after")
        lacks = after is None or self._is_constant(after, {None, ""})
        lacks = lacks and not self._is_constant(fields["has_more"], {False})
        if lacks and not self._set_later(node):
            self.report(node)

    def _by_helper(self, node: ast.Call) -> None:
        """Look at a call that leaves the cursor of a helper's page at None."""
        if _word(node) not in self._helpers:
            return
        found = called(self.project, self.module, node)
        keywords = given(node)
        if found is None or keywords is None:
            return
        for name in _left_out(found[0], node):
            for made in within(found[0], ast.Call):
                if not isinstance(made, ast.Call):
                    continue
                about = model(self.sdk, found[1], made)
                fields = given(made) if about is not None and about[0] == _PAGE else None
                if fields is None or not {"has_more", "after"} <= fields.keys():
                    continue
                cursor, more = fields["after"].value, fields["has_more"].value
                given_more = self._argument(found[0], node, more)
                if (
                    isinstance(cursor, ast.Name)
                    and cursor.id == name
                    and not _rebinds(found[0], name)
                    and given_more is not None
                    and not self._is_constant(given_more, {False})
                ):
                    self.report(node)

    @cached_property
    def _is_about(self) -> bool:
        """Say whether the file makes such pages itself or has helpers for them: most do not."""
        return "has_more" in self.module.text or bool(self._helpers)

    @cached_property
    def _helpers(self) -> frozenset[str]:
        """Return the functions, here and in the classes derived from, that make a page."""
        bases = {
            each.module
            for found in self.project.classes(self.module).values()
            for each in found.lineage
        }
        found: set[str] = set()
        for module in {self.module, *bases}:
            for node in module.nodes(ast.keyword):
                function = module.function_of(node) if node.arg == "has_more" else None
                found |= {function.name} if function is not None else set()
        return frozenset(found)

    def _argument(self, function: Function, node: ast.Call, value: ast.expr) -> ast.expr | None:
        """Return what a call gives for the parameter that an expression is."""
        names = [a.arg for a in (*function.args.posonlyargs, *function.args.args)]
        names = names[1:] if names[:1] in (["self"], ["cls"]) else names
        if not isinstance(value, ast.Name):
            return None
        keyword = next((k.value for k in node.keywords if k.arg == value.id), None)
        position = names.index(value.id) if value.id in names else len(node.args)
        return node.args[position] if position < len(node.args) else keyword

    def _is_constant(self, value: ast.expr, wanted: set[object]) -> bool:
        """Say whether an expression is one of these values, also by the one name for it."""
        if isinstance(value, ast.Name):
            value = value_of(self.module, value) or value
        return isinstance(value, ast.Constant) and value.value in wanted

    def _handed_on(self, page: ast.Name) -> bool:
        """Say whether a page goes to a function that may set its cursor."""
        function = self.module.function_of(page)
        return function is not None and any(
            isinstance(each, ast.Name) and each.id == page.id
            for call in within(function, ast.Call)
            if isinstance(call, ast.Call)
            for each in call.args
        )

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

    def _completed(self, node: ast.AST, function: Function) -> bool:
        """Say whether a page goes to what puts its cursor in, or is copied with one."""
        names: set[str] = set()
        match self.module.parents.get(node):
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
            case _:
                pass
        for call in within(function, ast.Call):
            if not isinstance(call, ast.Call):
                continue
            match call.func:
                case ast.Attribute(value=ast.Name(id=name), attr="model_copy") if name in names:
                    return True
                case _:
                    pass
            taken = any(
                each is node or (isinstance(each, ast.Name) and each.id in names)
                for each in call.args
            )
            if taken and _word(call) == "setattr":
                return True
            found = called(self.project, self.module, call) if taken else None
            if found is not None and "after" in words_in(found[0]):
                return True
        return False

    def _set_later(self, node: ast.AST) -> bool:
        function = self.module.function_of(node)
        if function is not None and self._completed(node, function):
            return True
        return function is not None and any(
            isinstance(target, ast.Attribute) and target.attr == "after"
            for assign in self.module.nodes(ast.Assign)
            if self.module.function_of(assign) is function
            for target in assign.targets
        )


def _is_reversed(more: ast.expr, after: ast.expr) -> bool:
    """Say whether there is a cursor only when there is no more: `None if more else last`."""
    match more, after:
        case ast.Name(id=asked), ast.IfExp(test=ast.Name(id=name), body=ast.Constant(value=None)):
            return name == asked
        case ast.Name(id=asked), ast.IfExp(
            test=ast.UnaryOp(op=ast.Not(), operand=ast.Name(id=name)),
            orelse=ast.Constant(value=None),
        ):
            return name == asked
        case _:
            return False


def _left_out(function: Function, node: ast.Call) -> list[str]:
    """Return the parameters that default to None and are not given, or are given None."""
    arguments = function.args
    if arguments.vararg or arguments.kwarg:
        return []
    positional = [*arguments.posonlyargs, *arguments.args]
    late = positional[len(positional) - len(arguments.defaults) :]
    pairs = [*zip(late, arguments.defaults, strict=True)]
    pairs += [(a, d) for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if d]
    names = [a.arg for a in positional]
    names = names[1:] if names[:1] in (["self"], ["cls"]) else names
    given_names = {*names[: len(node.args)], *(k.arg for k in node.keywords)}
    values = [*zip(names, node.args, strict=False), *((k.arg, k.value) for k in node.keywords)]
    nothing = [
        name
        for name, value in values
        if name is not None and isinstance(value, ast.Constant) and value.value is None
    ]
    return nothing + [
        a.arg
        for a, d in pairs
        if isinstance(d, ast.Constant) and d.value is None and a.arg not in given_names
    ]


def _rebinds(function: Function, name: str) -> bool:
    return any(
        isinstance(each, ast.Name) and each.id == name and isinstance(each.ctx, ast.Store)
        for each in within(function, ast.Name)
    )


def _word(node: ast.Call) -> str:
    func = node.func
    return func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
