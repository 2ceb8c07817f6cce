from typing import Any

from agents import Agent, Runner


def started(agent: Agent[Any], items: Any) -> Any:
    return Runner.run_streamed(agent, items)  # CKF305


def started_with(agent: Agent[Any], items: Any, context: Any) -> Any:
    return Runner.run_streamed(agent, items, context=context)
