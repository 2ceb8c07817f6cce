"""What type checkers see of the suite is what there is."""

import ast
from pathlib import Path

from chatkit_forge import contract

FOLDER = Path(contract.__file__).parent


def declared(name: str) -> dict[str, object]:
    """Return what a file of the suite declares: its constants, and the class with its members."""
    found: dict[str, object] = {}
    for node in ast.parse((FOLDER / name).read_text(encoding="utf-8")).body:
        match node:
            case ast.Assign(targets=[ast.Name(id=constant)]):
                found[constant] = "constant"
            case ast.AnnAssign(target=ast.Name(id=constant)):
                found[constant] = "constant"
            case ast.ClassDef():
                assert "Harness[TContext]" in map(ast.unparse, node.bases)
                # A stub has no docstrings.
                found[node.name] = dict(member(x) for x in node.body if type(x) is not ast.Expr)
            case _:
                pass
    return found


def member(node: ast.stmt) -> tuple[str, str]:
    """Return the name of an attribute or a method, and its type."""
    match node:
        case ast.AnnAssign(target=ast.Name(id=name)):
            return name, ast.unparse(node.annotation)
        case ast.FunctionDef():
            return node.name, f"{ast.unparse(node.args)} -> {ast.unparse(node.returns or node)}"
        case _:
            raise AssertionError(ast.unparse(node))


def test_the_stub_declares_what_the_suite_has() -> None:
    """The constants and the class; its bases that hold the tests are nobody's to call."""
    suite = declared("suite.py")
    assert declared("suite.pyi") == suite
    assert set(suite) == {"NEEDS_RAW_WRITES", "NEEDS_DATABASE", "StoreContract"}
