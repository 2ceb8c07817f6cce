"""Settings, read from the environment and from `.env`; nothing is hard-coded."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Hold every setting under the environment variable of the same name in capitals."""

    # An empty variable is one that is not set: compose files and copies of examples have such.
    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", env_ignore_empty=True, extra="ignore"
    )

    # Optional, so that importing this module never fails; the store asks for it in connect().
    database_url: SecretStr | None = None
    database_pool_size: int = Field(default=10, ge=1)
    # Seconds. Acquiring means waiting for a free connection of the pool.
    database_connect_timeout: float = Field(default=5.0, gt=0)
    database_acquire_timeout: float = Field(default=10.0, gt=0)
    database_statement_timeout: float = Field(default=30.0, gt=0)
    # The most rows a page may have, whatever the client asks for.
    max_page_size: int = Field(default=200, ge=1)
    # Every table or collection of the store begins with it.
    table_prefix: str = "chatkit_"


settings = Settings()
