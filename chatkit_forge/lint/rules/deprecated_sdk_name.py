"""CKF117."""

import ast

from ..rule import Rule
from ..sdk_names import definition, method_deprecation


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

    def visit_Call(self, node: ast.Call) -> None:
        """Look at what is called."""
        full = definition(self.sdk, self.module.names.resolve(node.func))
        about = self.sdk.classes.get(full or "")
        if about is not None and about.deprecated is not None:
            self._say(node.func, full or "", full or "", about.deprecated)
        elif isinstance(node.func, ast.Attribute):
            words = method_deprecation(self.sdk, node.func.attr)
            if words is not None:
                self._say(node.func, f"{node.func.attr}()", node.func.attr, words)

    def _say(self, node: ast.expr, shown: str, name: str, words: str) -> None:
        from ...sdk_record import since  # noqa: PLC0415  only where something is found

        why = words.partition(". ")[0].rstrip(".")
        version = since(name)
        began = f"since chatkit {version}; " if version else ""
        self.report(node, name=shown, why=why, since=began, version=self.sdk.version)
