"""What the tools know about the customer who is asking."""

from chatkit.agents import AgentContext
from pydantic import BaseModel


class Customer(BaseModel):
    user_id: str


TicketContext = AgentContext[Customer]
