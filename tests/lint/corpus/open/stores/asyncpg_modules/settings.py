"""Configuration, from the environment."""

from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="CHAT_", env_file=".env")

    database_url: str
    pool_size: int


settings = Settings()  # pyright: ignore[reportCallIssue]
