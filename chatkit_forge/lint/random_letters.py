"""How many random bits there are in letters that are drawn from an alphabet."""

import ast
import string
from collections.abc import Callable, Iterable
from math import log2

from .binders import value_of
from .module import Module

Number = Callable[[ast.expr], int | None]
# Functions that draw so many letters, and of how many each is one unless they are told.
_DRAW = {
    "random.choices": 64,
    "random.sample": 64,
    "nanoid.generate": 64,
    "django.utils.crypto.get_random_string": 62,
    "werkzeug.security.gen_salt": 62,
}


def letter_bits(module: Module, node: ast.AST, number: Number) -> int | None:
    """Return how many bits the letters drawn here have, None for what draws none or is not seen.

    `number` reads the number that an expression stands for.
    """
    match node:
        case (
            ast.GeneratorExp(elt=ast.Call(args=[alphabet]) as drawn, generators=[loop])
            | ast.ListComp(elt=ast.Call(args=[alphabet]) as drawn, generators=[loop])
        ) if (module.names.resolve(drawn.func) or "").endswith(".choice"):
            match loop.iter:
                case ast.Call(func=ast.Name(id="range"), args=[length]):
                    return _bits(number(length), _letters(module, alphabet) or 64)
                case _:
                    return None
        case ast.Call(func=func, args=args, keywords=keywords):
            most = _DRAW.get(module.names.resolve(func) or "")
            if most is None:
                return None
            given = [*args, *(keyword.value for keyword in keywords)]
            return _bits(_first(number(each) for each in given), _alphabet(module, given) or most)
        case _:
            return None


def _first(numbers: Iterable[int | None]) -> int | None:
    return next((each for each in numbers if each is not None), None)


def _alphabet(module: Module, given: Iterable[ast.expr]) -> int | None:
    return _first(_letters(module, each) for each in given)


def _bits(length: int | None, letters: int) -> int | None:
    return int(length * log2(letters)) if length is not None and letters > 1 else None


def _letters(module: Module, node: ast.expr) -> int | None:
    """Return of how many letters an alphabet is, where that can be seen."""
    text = _text(module, node)
    return len(set(text)) if text is not None else None


def _text(module: Module, node: ast.expr, depth: int = 4) -> str | None:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.BinOp(left=left, op=ast.Add(), right=right) if depth:
            one, other = _text(module, left, depth - 1), _text(module, right, depth - 1)
            return one + other if one is not None and other is not None else None
        case ast.Name() if (given := value_of(module, node)) is not None and depth:
            return _text(module, given, depth - 1)
        case ast.Name() | ast.Attribute():
            package, _, name = (module.names.resolve(node) or "").rpartition(".")
            found = getattr(string, name, None) if package == "string" else None
            return found if isinstance(found, str) else None
        case _:
            return None
