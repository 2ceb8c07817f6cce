from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession


class ClinicSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="CLINIC_")

    database_url: str
    pool_size: int = 10


settings = ClinicSettings()
engine: AsyncEngine = create_async_engine(
    settings.database_url, pool_size=settings.pool_size, pool_pre_ping=True
)


@asynccontextmanager
async def session_scope() -> AsyncIterator[AsyncSession]:
    async with AsyncSession(engine, expire_on_commit=False) as session:
        async with session.begin():
            yield session
