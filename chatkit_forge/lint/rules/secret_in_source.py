"""CKF402."""

import ast
import re

from ..rule import Rule

# Shapes of keys that are only ever secrets, long enough not to be an example in prose.
_KEYS = re.compile(
    r"\b(sk-(?:proj-|ant-)?[A-Za-z0-9_-]{20,}|gh[pousr]_[A-Za-z0-9]{36,}|AKIA[0-9A-Z]{16}"
    r"|xox[abpr]-[A-Za-z0-9-]{20,})"
)
_URL = re.compile(r"^[a-z][a-z0-9+]*://[^/\s:@]+:(?P<password>[^@/\s]+)@(?P<host>[^/\s:]+)")
_NAMES = re.compile(r"(?i)(secret|password|passwd|api_?key|access_?key|private_?key|auth_?token)")
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1", "db", "postgres", "mysql", "mongo", "redis"})
_STAND_INS = frozenset({
    "password", "pass", "secret", "changeme", "example", "postgres", "root", "mysql", "test",
})  # fmt: skip


class SecretInSource(Rule):
    """Find keys and passwords written into source files.

    Whoever can read the repository can use them, for as long as its history exists, also after
    they were removed.

    Bad:
        from chatkit.store import NotFoundError

        API_KEY = "sk-proj-4f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c"
        KEPT = NotFoundError

    Good:
        import os

        from chatkit.store import NotFoundError

        API_KEY = os.environ["OPENAI_API_KEY"]
        KEPT = NotFoundError

    Source: OWASP, Secrets Management.
    """

    code = "CKF402"
    name = "secret-in-source"
    message = "{what} is written into the source"
    hint = "read it from the environment, and make the one written here invalid"

    def visit_Assign(self, node: ast.Assign) -> None:
        """Look at a name that says what it holds."""
        for target in node.targets:
            if isinstance(target, (ast.Name, ast.Attribute)):
                name = target.id if isinstance(target, ast.Name) else target.attr
                self._named(name, node.value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """Look at a name that says what it holds."""
        if isinstance(node.target, ast.Name) and node.value is not None:
            self._named(node.target.id, node.value)

    def visit_keyword(self, node: ast.keyword) -> None:
        """Look at an argument that says what it is."""
        self._named(node.arg or "", node.value)

    def _named(self, name: str, value: ast.expr) -> None:
        if not _NAMES.search(name):
            return
        match value:
            case ast.Constant(value=str(text)) if _looks_random(text):
                self.report(value, what=f"the value of {name}")
            case _:
                return

    def visit_Constant(self, node: ast.Constant) -> None:
        """Look at a string."""
        text = node.value
        if not isinstance(text, str) or len(text) < 12 or self._documents(node):
            return
        if _looks_random(text) and self._is_named(node):
            return
        key = _KEYS.search(text)
        if key is not None and not _placeholder(key[0]):
            self.report(node, what="a key")
            return
        url = _URL.match(text)
        if url is not None and url["host"] not in _LOCAL and not _stand_in(url["password"]):
            self.report(node, what="a password")

    def _is_named(self, node: ast.Constant) -> bool:
        """Say whether the name it is given to has said so already."""
        match self.module.parents.get(node):
            case ast.keyword(arg=str(name)):
                return _NAMES.search(name) is not None
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                return _NAMES.search(name) is not None
            case _:
                return False

    def _documents(self, node: ast.Constant) -> bool:
        parent = self.module.parents.get(node)
        return isinstance(parent, ast.Expr)


def _placeholder(key: str) -> bool:
    """Say whether a key is made of a few repeated characters, dots or words: an example."""
    body = key.rpartition("-")[2].rpartition("_")[2]
    return len(set(body.lower())) < 8 or "your" in key.lower() or "xxx" in key.lower()


def _stand_in(password: str) -> bool:
    return password.lower() in _STAND_INS or set("{}<>$*") & set(password) != set()


def _looks_random(text: str) -> bool:
    """Say whether a text is no word, no path and no placeholder: letters and digits, one piece."""
    if len(text) < 12 or len(text.split()) != 1 or set(text) & set("{}<>$:"):
        return False
    mixed = any(c.isdigit() for c in text) and any(c.isalpha() for c in text)
    return mixed and not _placeholder(text) and text.lower() not in _STAND_INS
