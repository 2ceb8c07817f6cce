from sqlalchemy.ext.asyncio import AsyncSession

from .rows import Conversation


class Conversations:
    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def one(self, owner: str, id: str) -> Conversation | None:
        return await self.session.get(Conversation, (owner, id))

    async def pin(self, owner: str, id: str) -> None:
        found = await self.one(owner, id)
        if found is not None:
            found.state["pinned"] = True  # CKF220

    async def unpin(self, owner: str, id: str) -> None:
        found = await self.one(owner, id)
        if found is not None:
            found.state = {k: v for k, v in found.state.items() if k != "pinned"}
