"""CKF116."""

import ast

from ..binders import value_of
from ..classes import Class
from ..module import Function, within
from ..random_letters import letter_bits
from ..sdk_calls import sdk_calls
from ..sdk_names import model
from ..store_rule import Part, StoreRule
from ..stores import reached

_METHODS = ("generate_thread_id", "generate_item_id")
_BITS = 64
_CLOCKS = frozenset({
    "time.time", "time.time_ns", "time.monotonic", "datetime.datetime.now", "datetime.now",
    "datetime.datetime.utcnow", "datetime.utcnow",
})  # fmt: skip
_SMALL = frozenset({
    "random.randint", "random.randrange", "random.getrandbits", "random.random",
    "secrets.randbelow",
})  # fmt: skip
_WEAK = _CLOCKS | _SMALL
_RANDOM_BYTES = frozenset({
    "secrets.token_hex", "secrets.token_urlsafe", "secrets.token_bytes", "os.urandom",
})  # fmt: skip
# Functions that bring 64 random bits and more.
_STRONG = frozenset({"uuid4", "uuid7", "uuid6", "ulid", "ULID", "nanoid", "cuid", "KSUID", "ksuid"})
_SOURCES = {
    **dict.fromkeys(_CLOCKS, "a clock"),
    **dict.fromkeys(_SMALL, "a small random number"),
    "uuid.uuid1": "a clock",
    "next": "a counter",
    "len": "a counter",
}

# What says how an id is made: the rest of a generator are names and strings.
_TELLING = (
    ast.Attribute, ast.AugAssign, ast.BinOp, ast.Call, ast.GeneratorExp, ast.ListComp,
    ast.Subscript,
)  # fmt: skip


class WeakOrMixedIds(StoreRule):
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

    def look(self, store: Class) -> None:
        """Look at how a store makes ids."""
        kinds: dict[str, str] = {}
        for name in _METHODS:
            found = store.method(name)
            if found is None:
                continue
            function, owner = found
            kinds[name] = self._kind(store, function)
            if owner is store:
                self._look(store, function)
        if (
            len(kinds) == len(_METHODS)
            and len(set(kinds.values())) > 1
            and not {"?", *_WEAK} & {*kinds.values()}
            and any(name in store.own for name in _METHODS)
        ):
            what = f"{store.name} makes two kinds of ids: {' and '.join(kinds.values())}"
            self.report(store.own.get(_METHODS[1], store.node), what=what)
        inherits = [name for name in _METHODS if store.method(name) is None]
        if inherits:
            assigned = set(store.assigned())
            inherits = [name for name in inherits if name not in assigned]
        # Of a base of others, those that derive from it are looked at.
        is_last = store.is_complete and not store.is_abstract and not isinstance(store, Part)
        if inherits and is_last and not self.project.has_heirs(store):
            what = f"{store.name} inherits {' and '.join(inherits)} with 32 random bits"
            self.report(store.node, severity="warning", what=what)

    def visit_attachment_store(self, store: Class) -> None:
        """Look at how an attachment store makes ids."""
        function = store.own.get("generate_attachment_id")
        if function is not None:
            self._look(store, function)

    def visit_module(self) -> None:
        """Look at the ids that items, threads and attachments are made with."""
        for node in sdk_calls(self.module):
            self._made(node)

    def _made(self, node: ast.Call) -> None:
        given = next((k.value for k in node.keywords if k.arg == "id"), None)
        made = model(self.sdk, self.module, node) if given is not None else None
        if given is None or made is None or made[0] not in self._stored():
            return
        value = value_of(self.module, given) if isinstance(given, ast.Name) else given
        if value is None:
            return
        inner = [value, *within(value)]
        if not any(self._is_strong(each) for each in inner):
            weak = next(filter(None, map(self._weak, inner)), None)
            if weak is not None and weak != "a counter":
                self.report(value, what=f"an id made from {weak}")

    def _stored(self) -> set[str]:
        unions = ("chatkit.types.ThreadItem", "chatkit.types.Attachment")
        items = (f"chatkit.types.{m}" for union in unions for m in self.sdk.unions.get(union, ()))
        return {*items, "chatkit.types.ThreadMetadata", "chatkit.types.Thread"}

    def _look(self, store: Class, function: Function) -> None:
        """Look at a generator and the helpers it calls, also those of other classes."""
        mine = [
            node
            for each, module in reached(store, function)
            if module is self.module
            for node in within(each)
            if isinstance(node, _TELLING)
        ]
        # A clock or a counter in front of enough random bits makes an id sortable, not weak.
        if any(self._is_strong(node) for node in mine):
            return
        for node in mine:
            weak = self._weak(node)
            if weak is not None:
                self.report(node, what=f"an id made from {weak}")
                return

    def _weak(self, node: ast.AST) -> str | None:
        """Return what makes an id weak, when this node is it."""
        drawn = letter_bits(self.module, node, self._number)
        if drawn is not None:
            return _few(drawn)
        match node:
            case ast.Subscript(value=value, slice=ast.Slice() as cut):
                digits = self._digits(cut)
                return _few(digits * 4) if digits and self._is_random_text(value) else None
            case ast.Subscript(
                value=ast.Call(func=ast.Attribute(value=value, attr="split" | "partition")),
                slice=ast.Constant(value=int()),
            ) if self._is_random_text(value):
                return _few(32)  # the first part of a UUID
            case ast.BinOp(left=left, op=ast.Mod()) if self._is_random_text(left):
                return "a small random number"
            case ast.Attribute(attr="time_low" | "time_mid" | "node" | "clock_seq" as part):
                return "a part of a UUID" if self._is_random_text(node.value) and part else None
            case ast.Call(func=func, args=args, keywords=keywords):
                return self._called(func, [*args, *(k.value for k in keywords)])
            case ast.AugAssign(
                target=ast.Attribute(value=ast.Name(id="self")),
                op=ast.Add(),
                value=ast.Constant(value=int()),
            ):
                return "a counter"
            case _:
                return None

    def _called(self, func: ast.expr, args: list[ast.expr]) -> str | None:
        name = self.module.names.resolve(func) or ""
        size = next((n for a in args if (n := self._number(a)) is not None), None)
        if name in _RANDOM_BYTES and size is not None:
            return _few(size * 8)
        if name in _SMALL and name.endswith("bits") and size is not None:
            return _few(size)
        if name.endswith(".default_generate_id"):
            return _few(32)
        if isinstance(func, ast.Attribute) and func.attr in _METHODS:
            match func.value:
                case ast.Call(func=ast.Name(id="super")):
                    return _few(32)
                case _:
                    return None
        return _SOURCES.get(name)

    def _is_strong(self, node: ast.AST) -> bool:
        """Say whether a node brings 64 random bits or more, and all of them are kept."""
        if (letter_bits(self.module, node, self._number) or 0) >= _BITS:
            return not self._is_cut(node)
        if not isinstance(node, ast.Call):
            return False
        name = self.module.names.resolve(node.func) or ""
        last = name.rpartition(".")[2]
        if name in _RANDOM_BYTES or name in {"random.getrandbits", "secrets.randbits"}:
            sizes = [self._number(a) for a in (*node.args, *(k.value for k in node.keywords))]
            size = next((each for each in sizes if each is not None), 32)
            enough = size >= _BITS if last.endswith("bits") else size * 8 >= _BITS
            return enough and not self._is_cut(node)
        return last in _STRONG and not self._is_cut(node)

    def _is_cut(self, node: ast.AST) -> bool:
        """Say whether only a part of a random value is used."""
        for parent in self.module.ancestors(node):
            if isinstance(parent, ast.stmt):
                return isinstance(parent, ast.Assign) and self._is_cut_later(parent)
            if self._weak(parent) is not None:
                return True
        return False

    def _is_cut_later(self, node: ast.Assign) -> bool:
        function = self.module.function_of(node)
        if function is None or not isinstance(node.targets[0], ast.Name):
            return False
        name = node.targets[0].id
        return any(
            self._weak(each) is not None
            for each in within(function, ast.Subscript, ast.BinOp)
            if any(isinstance(n, ast.Name) and n.id == name for n in within(each, ast.Name))
        )

    def _digits(self, cut: ast.Slice) -> int | None:
        """Return how many characters a slice keeps, where that can be seen."""
        upper = self._number(cut.upper) if cut.upper is not None else None
        lower = self._number(cut.lower) if cut.lower is not None else 0
        if upper is not None and lower is not None and upper > 0:
            return upper - max(lower, 0)
        return -lower if cut.upper is None and lower is not None and lower < 0 else None

    def _number(self, node: ast.expr) -> int | None:
        """Return the number that is written, also behind a constant's name."""
        match node:
            case ast.Constant(value=int(number)):
                return number
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(number))):
                return -number
            case ast.Name():
                value = value_of(self.module, node)
                return self._number(value) if isinstance(value, ast.Constant) else None
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name):
                owner = self.module.class_of(node)
                for line in owner.body if owner else ():
                    match line:
                        case ast.Assign(
                            targets=[ast.Name(id=found)], value=ast.Constant(value=int(number))
                        ) if found == name:
                            return number
                        case ast.AnnAssign(
                            target=ast.Name(id=found), value=ast.Constant(value=int(number))
                        ) if found == name:
                            return number
                        case _:
                            continue
                return None
            case _:
                return None

    def _is_random_text(self, value: ast.expr) -> bool:
        if isinstance(value, ast.Name):
            value = value_of(self.module, value) or value
        names = (
            self.module.names.resolve(node.func) or ""
            for node in (value, *within(value))
            if isinstance(node, ast.Call)
        )
        return any(name in _RANDOM_BYTES or name.rpartition(".")[2] in _STRONG for name in names)

    def _kind(self, store: Class, function: Function) -> str:
        """Return what a generator makes ids with, "?" when that cannot be seen."""
        found: list[str] = []
        for each, module in reached(store, function):
            for node in within(each, ast.Call):
                if isinstance(node, ast.Call):
                    name = module.names.resolve(node.func) or ""
                    if name in _WEAK:
                        found.append(name)
                    elif name.startswith(("uuid.", "secrets.")):
                        return name
        return found[0] if found else "?"


def _few(bits: int) -> str | None:
    return f"{bits} random bits" if 0 < bits < _BITS else None
