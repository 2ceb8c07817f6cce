"""Tokens that are read without a look at their signature."""

import ast

from .frames import Frame


def is_unverified(frame: Frame, node: ast.Call) -> bool:
    """Say whether a call reads a token without a look at its signature."""
    match node.func:
        case ast.Attribute(attr="get_unverified_claims" | "decode_without_verification"):
            return True
        case ast.Attribute(attr="decode") | ast.Name(id="decode" | "jwt_decode"):
            pass
        case _:
            return False
    for keyword in node.keywords:
        value = keyword.value
        if isinstance(value, ast.Name):
            value = next(iter(frame.values(value)), value)
        match keyword.arg, value:
            case "verify", ast.Constant(value=False):
                return True
            case "options", ast.Dict(keys=keys, values=values):
                for key, given in zip(keys, values, strict=True):
                    off = isinstance(given, ast.Constant) and given.value is False
                    if off and isinstance(key, ast.Constant) and key.value == "verify_signature":
                        return True
            case _:
                continue
    return False
