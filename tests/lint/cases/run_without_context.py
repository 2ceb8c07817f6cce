from abc import ABC
from typing import Any

from agents import Agent, Runner
from chatkit.server import ChatKitServer

AGENT = Agent[Any](name="Assistant")


class Assistant(ChatKitServer[str], ABC):
    def without(self) -> object:
        return Runner.run_streamed(AGENT, "hi")  # CKF305

    def without_but_more(self) -> object:
        return Runner.run_streamed(AGENT, input="hi", max_turns=3)  # CKF305

    def given(self, context: str) -> object:
        return Runner.run_streamed(AGENT, "hi", context=context)

    def forwarded(self, **options: Any) -> object:
        return Runner.run_streamed(AGENT, "hi", **options)


def title() -> object:
    return Runner.run_streamed(AGENT, "no tools, no user")
