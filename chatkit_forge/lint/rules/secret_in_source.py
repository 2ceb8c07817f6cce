"""CKF402."""

import ast
import re
from functools import lru_cache

from ..named_uses import calls
from ..rule import Rule

# Shapes of keys that are only ever secrets, long enough not to be an example in prose.
_KEYS = re.compile(
    r"\b(sk-(?:proj-|ant-|or-)?[A-Za-z0-9_-]{20,}|gh[pousr]_[A-Za-z0-9]{36,}|AKIA[0-9A-Z]{16}"
    r"|xox[abpr]-[A-Za-z0-9-]{20,}|sk_live_[A-Za-z0-9]{16,}|AIza[A-Za-z0-9_-]{35}"
    r"|hf_[A-Za-z0-9]{30,}|gsk_[A-Za-z0-9]{30,}|glpat-[A-Za-z0-9_-]{20,}"
    r"|eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,})"
)
_ACCOUNT = re.compile(r"AccountKey=(?P<key>[A-Za-z0-9+/=]{20,})")
_PRIVATE = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----\s*[A-Za-z0-9+/]{20,}")
_URL = re.compile(r"^[a-z][a-z0-9+]*://[^/\s:@]*:(?P<password>[^@/\s]+)@(?P<host>[^/\s:]*)")
_PAIRS = re.compile(r"\bpassword=(?P<password>[^\s;]+)", re.IGNORECASE)
_BEARER = re.compile(r"^(?:Bearer|Basic|Token) (?P<key>\S{12,})$")
# One of these is in every text that one of the above fits: most files have none of them.
_PARTS = (
    "sk-", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "AKIA", "xox", "sk_live_", "AIza", "hf_", "gsk_",
    "glpat-", "eyJ", "AccountKey=", "PRIVATE KEY-----", "://", "host=", "Server=", "Bearer ",
    "Basic ", "Token ",
)  # fmt: skip
_NAMES = re.compile(
    r"(?i)(secret|password|passwd|api_?key|access_?key|private_?key|account_?key|signing_?key"
    r"|encryption_?key|jwt_?key|fernet_?key|(auth|access|bearer|bot|service|api|refresh)_?token)"
)
# A name that goes on like this holds the name or the place of a secret, not the secret.
_ABOUT = re.compile(
    r"(?i)(name|header|field|env|var|variable|url|uri|path|file|arn|id|prefix|hash"
    r"|hint|label|pattern|regex|length|scheme|public_?key|param|column|placeholder|type|policy)s?$"
)
_SIGNS = re.compile(r"(?i)(secret|secret_?key|signing_?key|jwt_?key)$")
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1", "db", "postgres", "mysql", "mongo", "redis"})
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})
_EXAMPLES = re.compile(
    r"(?i)(test|fake|dummy|example|sample|change|placeholder|replace|your|xxx|insert|not-|local"
    r"|123456|todo|redacted|mock|unused|\bdev\b|dev-|-dev|dev_|_dev|demo|ollama|insecure|none)"
)
_STAND_INS = frozenset({
    "password", "pass", "secret", "changeme", "example", "postgres", "root", "mysql", "test",
})  # fmt: skip
# Calls that hold what they are given.
_HOLDERS = frozenset({"Field", "Secret", "SecretStr"})
# Which argument of these signs or encrypts.
_SIGNERS = {
    "jwt.encode": 1, "jwt.decode": 1, "hmac.new": 0, "cryptography.fernet.Fernet": 0,
    "itsdangerous.URLSafeTimedSerializer": 0, "itsdangerous.URLSafeSerializer": 0,
    "itsdangerous.TimestampSigner": 0, "itsdangerous.Signer": 0, "jose.jwt.decode": 1,
    "jose.jwt.encode": 1,
}  # fmt: skip


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
        for target in node.targets if _may_hold(node.value) else ():
            match target:
                case ast.Name(id=name) | ast.Attribute(attr=name):
                    self._named(name, node.value)
                case ast.Subscript(slice=ast.Constant(value=str(name))):
                    self._named(name, node.value)
                case _:
                    continue

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """Look at a name that says what it holds."""
        if isinstance(node.target, ast.Name) and node.value is not None:
            self._named(node.target.id, node.value)

    def visit_keyword(self, node: ast.keyword) -> None:
        """Look at an argument that says what it is."""
        self._named(node.arg or "", node.value)

    def visit_Dict(self, node: ast.Dict) -> None:
        """Look at an entry that says what it is."""
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                self._named(key.value, value)

    def visit_arguments(self, node: ast.arguments) -> None:
        """Look at the defaults of parameters."""
        if not node.defaults and not node.kw_defaults:
            return
        positional = [*node.posonlyargs, *node.args]
        late = positional[len(positional) - len(node.defaults) :]
        pairs = [*zip(late, node.defaults, strict=True)]
        pairs += [
            (each, default)
            for each, default in zip(node.kwonlyargs, node.kw_defaults, strict=True)
            if default is not None
        ]
        for parameter, default in pairs:
            self._named(parameter.arg, default)

    def visit_Compare(self, node: ast.Compare) -> None:
        """Look at what a name that says what it holds is compared with."""
        sides = [node.left, *node.comparators]
        for side in sides:
            match side:
                case ast.Name(id=name) | ast.Attribute(attr=name):
                    pass
                case ast.Subscript(slice=ast.Constant(value=str(name))):
                    pass
                case ast.Call(
                    func=ast.Attribute(attr="get"), args=[ast.Constant(value=str(name)), *_]
                ):
                    name = name.replace("-", "_")
                case _:
                    continue
            for other in sides:
                self._named(name, other)

    def visit_Call(self, node: ast.Call) -> None:
        """Look at what stands in for a variable of the environment."""
        first = node.args[0] if node.args else None
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            defaults = [k.value for k in node.keywords if k.arg == "default"]
            for value in [*node.args[1:2], *defaults]:
                self._named(first.value, value)

    def visit_module(self) -> None:
        """Look at what signs, and at every string."""
        found = calls(self.module)
        for full in _SIGNERS.keys() & found.keys():
            for node in found[full]:
                self._signed(node, _SIGNERS[full])
        strings = [n for n in self.module.nodes(ast.Constant) if isinstance(n.value, str)]
        every = "\n".join([str(node.value) for node in strings])
        parts = [part for part in _PARTS if part in every]
        for node in strings if parts else ():
            text = str(node.value)
            if any(part in text for part in parts):
                self._string(node, text)

    def _signed(self, node: ast.Call, position: int) -> None:
        """Look at the key that a call signs with, where its first argument does not name it."""
        if len(node.args) <= position:
            return
        match node.args[0]:
            case ast.Constant(value=str(name)) if _NAMES.search(name):
                return
            case _:
                self._named("secret", node.args[position])

    def _named(self, name: str, value: ast.expr) -> None:
        if not _may_hold(value) or not _says_secret(name):
            return
        match value:
            case ast.Constant(value=str(text)) if _is_secret(name, text):
                self.report(value, what=f"the value of {name}")
            case ast.Constant(value=bytes(data)) if _is_secret(name, data.decode("latin-1")):
                self.report(value, what=f"the value of {name}")
            case ast.BoolOp(values=values):
                for each in values:
                    self._named(name, each)
            case ast.Call(args=args, keywords=keywords):
                given = [k.value for k in keywords if k.arg == "default"]
                for each in [*args[:1], *given]:
                    self._named(name, each)
            case _:
                return

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """Look at a string that is put together, its variable parts left open."""
        text = "".join(
            str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
        )
        url = _URL.match(text) if "://" in text else None
        if url is not None and "{" not in url["password"] and self._is_password(url):
            self.report(node, what="a password")

    def _string(self, node: ast.Constant, text: str) -> None:
        if len(text) < 12 or self._documents(node) or self._is_named(node, text):
            return
        key = _KEYS.search(text)
        if key is not None and not _placeholder(key[0]):
            self.report(node, what="a key")
            return
        bearer = _BEARER.match(text) or _ACCOUNT.search(text)
        if bearer is not None and _looks_random(bearer["key"].rstrip("=")):
            self.report(node, what="a key")
            return
        if _PRIVATE.search(text):
            self.report(node, what="a private key")
            return
        url = _URL.match(text)
        if url is not None and self._is_password(url):
            self.report(node, what="a password")
        pair = _PAIRS.search(text) if "host=" in text or "Server=" in text else None
        if pair is not None and _is_password(pair["password"]):
            self.report(node, what="a password")

    def _is_password(self, url: re.Match[str]) -> bool:
        password = url["password"]
        if _stand_in(password) or url["host"] in _HERE:
            return False
        return url["host"] not in _LOCAL or _is_password(password)

    def _is_named(self, node: ast.Constant, text: str) -> bool:
        """Say whether the name it is given to has said so already."""
        match self.module.parents.get(node):
            case ast.keyword(arg=str(name)):
                pass
            case ast.Assign(targets=[ast.Name(id=name) | ast.Attribute(attr=name)]):
                pass
            case ast.AnnAssign(target=ast.Name(id=name)):
                pass
            case _:
                return False
        named = _NAMES.search(name) is not None and _ABOUT.search(name) is None
        return named and _is_secret(name, text)

    def _documents(self, node: ast.Constant) -> bool:
        parent = self.module.parents.get(node)
        return isinstance(parent, ast.Expr)


def _may_hold(value: ast.expr) -> bool:
    """Say whether a value may be a secret, or hold one: no number is."""
    if isinstance(value, ast.Constant):
        return isinstance(value.value, (str, bytes))
    if isinstance(value, ast.Call):
        return isinstance(value.func, ast.Name) and value.func.id in _HOLDERS
    return isinstance(value, ast.BoolOp)


@lru_cache(4096)
def _says_secret(name: str) -> bool:
    """Say whether a name says that a secret is behind it; the same few are asked about."""
    return _NAMES.search(name) is not None and _ABOUT.search(name) is None


def _placeholder(key: str) -> bool:
    """Say whether a key is made of a few repeated characters, dots or words: an example."""
    body = re.sub(r"^(sk|gh[a-z]|xox[a-z])[-_](proj-|ant-|or-)?", "", key)
    return len(set(body.lower())) < 6 or _EXAMPLES.search(key) is not None


def _stand_in(password: str) -> bool:
    if set("{}<>$*%") & set(password):
        return True
    return password.lower() in _STAND_INS or _EXAMPLES.search(password) is not None


def _is_password(text: str) -> bool:
    """Say whether a short text is no word: letters and digits, and no stand-in."""
    mixed = any(c.isdigit() for c in text) and any(c.isalpha() for c in text)
    return len(text) >= 8 and mixed and len(set(text)) > 5 and not _stand_in(text)


def _is_secret(name: str, text: str) -> bool:
    """Say whether what a name holds, one that speaks of secrets, is one."""
    if len(text.split()) != 1 or set(text) & set("{}<>") or text.startswith(("/", "$")):
        return False
    if re.fullmatch(r"[A-Z][A-Z0-9_]+|[a-z][a-z]+(_[a-z0-9]+)*", text) or _placeholder(text):
        return False
    if "://" in text or re.fullmatch(r"[a-z0-9_.-]+(/[a-z0-9_.-]+)+", text):
        return False
    if re.search(r"(?i)passw", name) and _is_password(text):
        return True
    if _SIGNS.search(name) and len(text) >= 12 and text.lower() not in _STAND_INS:
        return True
    return _looks_random(text)


def _looks_random(text: str) -> bool:
    """Say whether a text is no word, no path and no placeholder: letters and digits, one piece."""
    if len(text) < 12 or len(text.split()) != 1 or set(text) & set("{}<>:") or text[0] == "$":
        return False
    mixed = any(c.isdigit() for c in text) and any(c.isalpha() for c in text)
    return mixed and not _placeholder(text) and text.lower() not in _STAND_INS
