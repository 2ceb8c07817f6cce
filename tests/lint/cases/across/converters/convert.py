from typing import Any
from agents import Agent, function_tool, RunContextWrapper
from agents.extensions.models.litellm_model import LitellmModel
from chatkit.agents import ThreadItemConverter, simple_to_agent_input


class Plain(ThreadItemConverter):  # CKF308
    async def tag_to_message_content(self, tag: Any) -> Any:
        return {"type": "input_text", "text": tag.text}


class Full(ThreadItemConverter):
    async def attachment_to_message_content(self, attachment: Any) -> Any:
        return {"type": "input_text", "text": attachment.name}


plain = Plain()
full = Full()
bare = ThreadItemConverter()  # CKF308


async def to_input(items: Any) -> Any:
    return await simple_to_agent_input(items)  # CKF308


@function_tool
async def weather(ctx: RunContextWrapper[Any], city: str) -> str:
    return city


lite = Agent[Any](name="x", model=LitellmModel(model="x"), tools=[weather])
direct = Agent[Any](name="x", model="gpt-5", tools=[weather])
