"""Complete what the SDKs leave incomplete until it is used, which takes a process a second.

Imported by the process whose forks are the applications under test.
"""

from collections.abc import Iterator
from importlib import import_module

from pydantic import BaseModel

_SDKS = ("chatkit.server", "openai.types.chat", "openai.types.responses")
_MODELS = ("chatkit.", "openai.types.chat.", "openai.types.responses.")


def _below(base: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for model in base.__subclasses__():
        yield model
        yield from _below(model)


for name in _SDKS:
    import_module(name)
for each in [*_below(BaseModel)]:
    if each.__module__.startswith(_MODELS) and not each.__pydantic_complete__:
        # What cannot be completed is left as it was found: whoever uses it will say so.
        each.model_rebuild(raise_errors=False)
