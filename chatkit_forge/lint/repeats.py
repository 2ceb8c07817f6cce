"""Calls whose answer repeats what they are given, or a part of it."""

# Calls whose answer says no more than what they are given.
SAME = frozenset(
    {"str", "int", "UUID", "unquote", "unquote_plus", "cast", "dict", "Headers", "uuid"}
)
# Methods whose answer is a part of what they are called on.
PARTS = frozenset({
    "strip", "lstrip", "rstrip", "lower", "upper", "casefold", "decode", "encode", "removeprefix",
    "removesuffix", "split", "rsplit", "partition", "replace", "get", "pop", "model_dump", "dict",
    "copy", "title", "getone", "getlist", "get_all",
})  # fmt: skip
