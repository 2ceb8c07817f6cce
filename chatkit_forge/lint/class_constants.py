"""Where a class of the project, or one it derives from, gives a name its value."""

import ast

from .module import Module


def class_constant(
    module: Module, owner: ast.ClassDef | None, name: str
) -> tuple[Module, ast.expr] | None:
    """Return what a class gives a name in its body, with the module where that stands."""
    project = module.project
    about = project.find_class(owner.name, module) if project is not None and owner else None
    places = [(each.node, each.module) for each in about.lineage] if about else []
    for node, home in places or ([(owner, module)] if owner else []):
        for statement in node.body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
                    return home, value
                case ast.AnnAssign(target=ast.Name(id=target), value=ast.expr() as value):
                    if target == name:
                        return home, value
                case _:
                    continue
    return None
