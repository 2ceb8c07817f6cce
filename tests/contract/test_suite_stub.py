"""What type checkers see of the suite is what there is."""

import ast
from pathlib import Path

from chatkit_forge import contract

FOLDER = Path(contract.__file__).parent


def tree(name: str) -> ast.Module:
    """Return a file of the suite, parsed."""
    return ast.parse((FOLDER / name).read_text(encoding="utf-8"))


def members(module: ast.Module, name: str) -> dict[str, tuple[str, ...]]:
    """Return how a class declares each of its attributes and methods."""
    (found,) = (
        each for each in module.body if isinstance(each, ast.ClassDef) and each.name == name
    )
    declared: dict[str, tuple[str, ...]] = {}
    for each in found.body:
        match each:
            case ast.AnnAssign(target=ast.Name(id=attribute)):
                declared[attribute] = (ast.unparse(each.annotation),)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                signature = (ast.unparse(each.args), ast.unparse(each.returns or ast.Tuple([])))
                decorators = [ast.unparse(decorator) for decorator in each.decorator_list]
                # What a stub leaves out is the `yield` that makes a generator of a coroutine.
                lent = "asynccontextmanager" in decorators
                kind = "lent" if lent else type(each).__name__
                declared[each.name] = (*signature, *decorators, kind)
            case _:
                pass
    return declared


def test_the_stub_declares_what_the_suite_has() -> None:
    """The class itself, and what its subclasses tell; its tests are nobody's to call."""
    suite, harness = (
        members(tree("suite.py"), "StoreContract"),
        members(tree("harness.py"), "Harness"),
    )
    assert len(harness) >= 7
    assert members(tree("suite.pyi"), "StoreContract") == suite | harness


def test_the_stub_has_the_module_s_names() -> None:
    """Constants beside the class, which our own tests read."""
    declared = {
        each.target.id
        for each in tree("suite.pyi").body
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
    }
    defined = {
        target.id
        for each in tree("suite.py").body
        if isinstance(each, ast.Assign)
        for target in each.targets
        if isinstance(target, ast.Name)
    }
    assert declared == defined
    assert declared
