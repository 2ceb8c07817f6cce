"""Settings, read from the environment and from `.env`; nothing is hard-coded."""

from pathlib import Path
from typing import Literal

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

    # The model that answers. A first look needs none of this: without a key the demo model answers.
    model: str = "gpt-4.1-mini"
    # Most servers that copy OpenAI's API know "chat_completions" only.
    openai_api: Literal["responses", "chat_completions"] = "responses"
    # Proposes titles of new threads; without one their first words are the title.
    title_model: str | None = None
    openai_api_key: SecretStr | None = None
    # Where OpenAI's API is, or one like it.
    openai_base_url: str | None = None
    # Seconds without a word from the provider; how often a request that it refused is sent again.
    provider_timeout: float = Field(default=60.0, gt=0)
    provider_retries: int = Field(default=2, ge=0)
    # Traces show the conversations in OpenAI's dashboard.
    openai_tracing: bool = False
    # Seconds between two words of the demo model.
    demo_word_delay: float = Field(default=0.03, ge=0)
    # Items of a thread, the newest, that the model is told of.
    history_limit: int = Field(default=40, ge=2)

    # In production cookies travel over https only, and the secrets below must be set.
    environment: Literal["development", "production"] = "development"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    # Where `python -m app` listens; uvicorn's own command line has options for it.
    app_host: str = "127.0.0.1"
    app_port: int = Field(default=8000, ge=0, le=65_535)
    # Proxies that `python -m app` believes who a visitor is. Uvicorn's own name for it.
    forwarded_allow_ips: str = "127.0.0.1"
    # Seconds that running answers get to end in when the server is told to stop.
    shutdown_grace: float = Field(default=20.0, gt=0)
    # The pages; None looks for a folder `web` beside the package and above it.
    web_dir: Path | None = None
    # Origins of other sites whose pages may talk to this server, like "https://book.example.com".
    cors_origins: list[str] = []
    # Bytes of a request; a file to upload has its own limit.
    max_request_bytes: int = Field(default=262_144, ge=1_024)
    # For each user: requests that set the model to work, and all the others.
    rate_limit: str = "30/minute"
    read_rate_limit: str = "300/minute"
    # New visitors from one address; a company or a class behind one has room to arrive at once.
    address_rate_limit: str = "300/hour; 1000/day"
    # Several processes share their counts through "redis://host:6379".
    rate_limit_storage: SecretStr = SecretStr("memory://")

    # Signs the cookie that tells visitors apart. Development keeps one of its own in the file.
    session_secret: SecretStr | None = None
    session_secret_file: Path = Path(".session_secret")
    # Days without a visit after which somebody is a stranger again.
    session_max_age_days: int = Field(default=365, ge=2)
    # Where the book's pages are; links to its lessons begin with it.
    book_base_url: str = "http://localhost:8000"


settings = Settings()
