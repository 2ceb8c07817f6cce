"""CKF117."""

import ast
import re
from collections.abc import Iterator

from ..binders import bound_by, root
from ..finding import AddImport, Fix, Replace
from ..named_uses import attributes, method_calls
from ..rule import Rule
from ..sdk_calls import sdk_calls
from ..sdk_names import method_deprecation, model, named, rewritten

# Names that the SDK keeps "for backwards compatibility" only; it marks them in a comment.
_RENAMED = {"chatkit.types.ThreadItemUpdated": "chatkit.types.ThreadItemUpdatedEvent"}
_OF_MODELS = frozenset({"model_validate", "model_validate_json", "model_construct", "parse_obj"})


class DeprecatedSdkName(Rule):
    """Find classes of the SDK that it calls deprecated.

    They still work and will go. The SDK's own words say what takes their place.

    Bad:
        from chatkit.widgets import Card, Text

        card = Card(children=[Text(value="hello")])

    Good:
        from chatkit.widgets import WidgetTemplate

        card = WidgetTemplate.from_file("card.widget").build({"value": "hello"})

    Source: the deprecation marks in the installed SDK.
    """

    code = "CKF117"
    name = "deprecated-sdk-name"
    severity = "warning"
    message = "{name} is deprecated: {why}"
    hint = "{since}see what chatkit {version} offers in its place"

    def visit_module(self) -> None:
        """Look at what is called, and for other names of what the SDK renamed."""
        names = attributes(self.module).keys()
        methods = {name for name in names if method_deprecation(self.sdk, name) is not None}
        called = method_calls(self.module, methods | _OF_MODELS)
        # Each once: a class of the SDK may be called as a method of its module.
        for node in dict.fromkeys((*sdk_calls(self.module), *(call for call, _ in called))):
            self._called(node)
        self._others()

    def _others(self) -> None:
        """Look for other names of what the SDK renamed, wherever they are read."""
        old = {full: new for full, new in _RENAMED.items() if self._has(full) and self._has(new)}
        lasts = {full.rpartition(".")[2] for full in old}
        imported = self.module.names.imported
        local = {name for name, full in imported.items() if full.rpartition(".")[2] in lasts}
        names = [n for n in self.module.nodes(ast.Name) if n.id in local] if local else []
        found = attributes(self.module)
        for node in (*names, *(a for last in lasts for a in found.get(last, ()))):
            full = self.module.names.resolve(node) or ""
            full = full.replace("chatkit.server.", "chatkit.types.")
            first = root(node)
            if full in old and first is not None and not bound_by(self.module, first):
                self._renamed(node, full, old[full])

    def _renamed(self, node: ast.Name | ast.Attribute, full: str, new: str) -> None:
        from ...sdk_record import first_with  # noqa: PLC0415  only where something is found

        home, _, now = new.rpartition(".")
        words = f"it is called {now} now"
        self._say(node, full, words, first_with(home, now), self._mend(node, full, new))

    def _mend(self, node: ast.Name | ast.Attribute, full: str, new: str) -> Fix | None:
        """Return the fix that writes the new name, where nothing else in the file has it."""
        old, now = full.rpartition(".")[2], new.rpartition(".")[2]
        span = self.module.span(node)
        if isinstance(node, ast.Attribute):
            return Fix("safe", (Replace(span, f"{self.module.code(node.value)}.{now}"),))
        known = self.module.names.imported.get(now) == new
        if not known and re.search(rf"\b{now}\b", self.module.text):
            return None
        if known or self._is_quoted(old):
            # The old name is read elsewhere, or has its successor beside it: its import stays.
            return Fix("safe", (Replace(span, now), *(() if known else (AddImport(*_parts(new)),))))
        return Fix("safe", (*self._imports(old, now), *self._uses(old, now)))

    def _imports(self, old: str, now: str) -> Iterator[Replace]:
        for node in self.module.nodes(ast.ImportFrom):
            for alias in node.names if self._is_sdk(node) else ():
                if alias.name == old:
                    text = f"{now} as {alias.asname}" if alias.asname else now
                    yield Replace(
                        self.module.span(node), rewritten(self.module, node, {alias: text})
                    )

    def _uses(self, old: str, now: str) -> Iterator[Replace]:
        if old in self.module.names.imported:
            for node in self.module.nodes(ast.Name):
                if node.id == old and not bound_by(self.module, node):
                    yield Replace(self.module.span(node), now)

    def _is_sdk(self, node: ast.ImportFrom) -> bool:
        return self.module.names.source(node).startswith("chatkit.")

    def _is_quoted(self, name: str) -> bool:
        """Say whether a string, as of `__all__` or an annotation, has a name in it."""
        texts = (str(n.value) for n in self.module.nodes(ast.Constant) if isinstance(n.value, str))
        return any(name in text for text in texts)

    def _has(self, full: str) -> bool:
        module, _, name = full.rpartition(".")
        return name in self.sdk.modules.get(module, frozenset())

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Look at what a class derives from."""
        for base in node.bases:
            self._class(base)

    def _called(self, node: ast.Call) -> None:
        """Look at what is called, a class or a method of it."""
        self._fields(node)
        if self._class(node.func) or not isinstance(node.func, ast.Attribute):
            return
        if node.func.attr in _OF_MODELS and self._class(node.func.value):
            return
        words = method_deprecation(self.sdk, node.func.attr)
        if words is not None and not self._is_own(node.func.attr):
            self._say(node.func, f"{node.func.attr}()", words, _since(node.func.attr))

    def _fields(self, node: ast.Call) -> None:
        """Look at the keywords of a call that makes a model."""
        made = model(self.sdk, self.module, node)
        for keyword in node.keywords if made is not None else ():
            field = made[1].field(keyword.arg or "") if made is not None else None
            if made is not None and field is not None and field.deprecated is not None:
                shown = f"{made[0].rpartition('.')[2]}.{keyword.arg}"
                version = _since(f"{made[0]}.{keyword.arg}")
                self._say(keyword, shown, field.deprecated, version)

    def _class(self, node: ast.expr) -> bool:
        full = named(self.sdk, self.module, node)
        about = self.sdk.classes.get(full or "")
        if full is None or about is None or about.deprecated is None:
            return False
        self._say(node, full, about.deprecated, _since(full))
        return True

    def _is_own(self, name: str) -> bool:
        """Say whether the file has a method of that name itself."""
        return any(
            each.name == name for each in self.module.nodes(ast.FunctionDef, ast.AsyncFunctionDef)
        )

    def _say(
        self, node: ast.AST, shown: str, words: str, version: str | None, fix: Fix | None = None
    ) -> None:
        why = words.partition(". ")[0].rstrip(".")
        began = f"since chatkit {version}; " if version else ""
        self.report(node, fix, name=shown, why=why, since=began, version=self.sdk.version)


def _since(name: str) -> str | None:
    from ...sdk_record import since  # noqa: PLC0415  only where something is found

    return since(name)


def _parts(full: str) -> tuple[str, str]:
    home, _, name = full.rpartition(".")
    return home, name
