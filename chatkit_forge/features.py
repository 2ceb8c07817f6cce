"""What an option switches on in the templates: the names that `# {% if ... %}` regions ask for."""

from collections.abc import Iterable, Mapping

from .options import AppOptions, Options, ServerOptions, StoreOptions
from .receipt import Answers

ALL = (
    "server",
    "rag",
    "attachments",
    "jwt",
    "session",
    "litellm",
    "page_in_context",
    "helpers",
    "motor",
)
Features = frozenset[str]


def of(options: Options) -> Features:
    """Return what these options ask for."""
    match options:
        case StoreOptions(helpers=helpers, driver=driver):
            return _on({"helpers": helpers, "motor": driver == "motor"})
        case ServerOptions():
            return _on(
                {
                    "server": True,
                    "rag": options.rag,
                    "attachments": options.attachments,
                    options.auth: True,
                    "litellm": options.provider == "litellm",
                    "page_in_context": options.page_in_context,
                }
            )
        case AppOptions(store=store, server=server):
            return of(store) | of(server)


def remembered(answers: Iterable[Answers]) -> Features:
    """Return what earlier runs asked for: a file that all of them share must serve all of them."""
    return frozenset[str]().union(*map(_remembered, answers))


def _remembered(answers: Answers) -> Features:
    if "auth" not in answers:
        return frozenset()  # a store: what it switches on concerns its own files only
    found = {name: answers.get(name) is True for name in ("rag", "attachments")}
    found["litellm"] = answers.get("provider") == "litellm"
    return _on({**found, "server": True, str(answers["auth"]): True})


def _on(flags: Mapping[str, bool]) -> Features:
    return frozenset(name for name, on in flags.items() if on)
