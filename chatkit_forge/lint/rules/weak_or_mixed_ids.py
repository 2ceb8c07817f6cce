"""CKF116."""

import ast

from ..classes import Class
from ..module import Function, within
from ..rule import Rule

_METHODS = ("generate_thread_id", "generate_item_id")
_BITS = 64
_CLOCKS = frozenset({
    "time.time", "time.time_ns", "time.monotonic", "datetime.datetime.now", "datetime.now",
    "datetime.datetime.utcnow", "datetime.utcnow",
})  # fmt: skip
_SMALL = frozenset({"random.randint", "random.randrange", "random.getrandbits", "random.random"})

_RANDOM_BYTES = frozenset({"secrets.token_hex", "secrets.token_urlsafe", "os.urandom"})
_SOURCES = {
    **dict.fromkeys(_CLOCKS, "a clock"),
    **dict.fromkeys(_SMALL, "a small random number"),
    "next": "a counter",
    "len": "a counter",
}


class WeakOrMixedIds(Rule):
    """Find ids with fewer than 64 random bits, from clocks or counters, or of two kinds.

    With the SDK's own 32 bits a collision is likely by 65,000 ids, and an id that exists already
    overwrites what is stored under it. Clocks and counters collide between processes. Inheriting
    the SDK's default is a warning.

    Bad:
        from abc import ABC
        from typing import Any
        from uuid import uuid4

        from chatkit.store import Store


        class Threads(Store[dict[str, Any]], ABC):
            def generate_thread_id(self, context: dict[str, Any]) -> str:
                return f"thr_{uuid4().hex[:8]}"

    Good:
        from abc import ABC
        from typing import Any
        from uuid import uuid4

        from chatkit.store import Store


        class Threads(Store[dict[str, Any]], ABC):
            def generate_thread_id(self, context: dict[str, Any]) -> str:
                return f"thr_{uuid4().hex}"

    Source: chatkit.store.default_generate_id keeps 8 hexadecimal digits.
    """

    code = "CKF116"
    name = "weak-or-mixed-ids"
    message = "{what}"
    hint = "use uuid4().hex, 122 random bits, in both generators"

    def visit_store(self, store: Class) -> None:
        """Look at how a store makes ids."""
        kinds: dict[str, str] = {}
        for name in _METHODS:
            found = store.method(name)
            if found is None:
                continue
            function, owner = found
            kinds[name] = self._kind(function)
            if owner is store:
                self._look(function)
        if (
            len(kinds) == len(_METHODS)
            and len(set(kinds.values())) > 1
            and "?" not in kinds.values()
        ):
            what = f"{store.name} makes two kinds of ids: {' and '.join(kinds.values())}"
            self.report(store.own.get(_METHODS[1], store.node), what=what)
        inherits = [name for name in _METHODS if store.method(name) is None]
        if inherits and store.is_complete and not store.is_abstract:
            what = f"{store.name} inherits {' and '.join(inherits)} with 32 random bits"
            self.report(store.node, severity="warning", what=what)

    def _look(self, function: Function) -> None:
        for node in within(function):
            weak = self._weak(node)
            if weak is not None:
                self.report(node, what=f"an id made from {weak}")
                return

    def _weak(self, node: ast.AST) -> str | None:
        """Return what makes an id weak, when this node is it."""
        match node:
            case ast.Subscript(
                value=value, slice=ast.Slice(lower=None, upper=ast.Constant(value=int(digits)))
            ) if self._is_random_text(value):
                return _few(digits * 4)
            case ast.Call(func=func, args=[ast.Constant(value=int(size))]) if (
                self.module.names.resolve(func) in _RANDOM_BYTES
            ):
                return _few(size * 8)
            case ast.Call(func=func):
                return _SOURCES.get(self.module.names.resolve(func) or "")
            case ast.AugAssign(target=ast.Attribute(value=ast.Name(id="self"))):
                return "a counter"
            case _:
                return None

    def _is_random_text(self, value: ast.expr) -> bool:
        code = self.module.code(value)
        return any(word in code for word in ("uuid4()", "uuid1()", "token_hex", "urandom"))

    def _kind(self, function: Function) -> str:
        """Return what a generator makes ids with, "?" when that cannot be seen."""
        for node in within(function):
            if isinstance(node, ast.Call):
                name = self.module.names.resolve(node.func) or ""
                if name.startswith("uuid."):
                    return name
                if name.startswith("secrets."):
                    return name
                if name in _CLOCKS | _SMALL:
                    return name
        return "?"


def _few(bits: int) -> str | None:
    return f"{bits} random bits" if 0 < bits < _BITS else None
