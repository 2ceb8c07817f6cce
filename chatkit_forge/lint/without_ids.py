"""Models that give all of their items the same id: those behind Chat Completions and LiteLLM."""

import ast

from .agents_run import agent, model
from .module import Function, Module, within
from .project import Project
from .store_calls import argument
from .values import follow

_NO_IDS = ("LitellmModel", "OpenAIChatCompletionsModel")


def without_ids(project: Project, module: Module, function: Function) -> bool:
    """Say whether a method answers with models whose items all have the same id."""
    if _by_default(module):
        return True
    for node in within(function, ast.Call):
        if isinstance(node, ast.Call) and (module.names.resolve(node.func) or "").endswith(
            "Runner.run_streamed"
        ):
            config = next((k.value for k in node.keywords if k.arg == "run_config"), None)
            if config is not None and _is_provided(project, module, config):
                return True
            made = agent(project, module, argument(node, 0, "starting_agent"))
            given = model(project, *made) if made is not None else None
            if given is not None:
                match given:
                    case (_, ast.Constant(value=str(text))):
                        return text.startswith("litellm/")
                    case (place, ast.Call(func=func)):
                        name = place.names.resolve(func) or ""
                        if name.startswith("agents."):
                            return name.endswith(_NO_IDS)
                    case _:
                        pass
    return any(name.endswith(_NO_IDS) for name in module.names.imported.values())


def _by_default(module: Module) -> bool:
    """Say whether the file chooses Chat Completions for every model."""
    for node in module.nodes(ast.Call):
        match node:
            case ast.Call(args=[ast.Constant(value="chat_completions"), *_], func=func):
                if (module.names.resolve(func) or "").endswith("set_default_openai_api"):
                    return True
            case _:
                continue
    return False


def _is_provided(project: Project, module: Module, config: ast.expr) -> bool:
    """Say whether a run's configuration brings a provider without ids."""
    place, value = follow(project, module, config)
    for keyword in value.keywords if isinstance(value, ast.Call) else ():
        if keyword.arg not in {"model_provider", "model"}:
            continue
        home, made = follow(project, place, keyword.value)
        if isinstance(made, ast.Call):
            name = home.names.resolve(made.func) or ""
            plain = any(
                k.arg == "use_responses"
                and isinstance(k.value, ast.Constant)
                and k.value.value is False
                for k in made.keywords
            )
            return name.endswith((*_NO_IDS, "LitellmProvider")) or plain
    return False
