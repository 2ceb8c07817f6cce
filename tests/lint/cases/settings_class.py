import os
from dataclasses import dataclass, field
from typing import ClassVar

from chatkit.store import NotFoundError
from mine import cached
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    database_url: str = "sqlite:///chat.db"

    @classmethod
    def load(cls) -> "Settings":
        return cls()


class More(Settings):
    extra: str = ""
    model_name: str = "gpt-4.1"


settings = Settings.load()


def missing() -> list[object]:
    return [
        NotFoundError(Settings.database_url),  # CKF112
        More.database_url,  # CKF112
        More.model_name,  # CKF112
        settings.database_url,
        Settings.model_config,
        Settings().database_url,
    ]


@dataclass
class Config:
    url: str
    name: str = "desk"
    key: str = field(default_factory=str)

    @property
    def dsn(self) -> str:
        return self.url


class PlainSettings:
    PAGE = 20

    def __init__(self) -> None:
        self.secret = os.environ["SECRET"]


class Constants(BaseSettings):
    limit: ClassVar[int] = 20
    size: int = 20


@cached
class CachedSettings(BaseSettings):
    url: str = ""


class Renamed(BaseSettings):
    url: str = ""


Renamed = Renamed()
config = Settings
cfg = Settings()


def forms() -> list[object]:
    return [
        Config.url,  # CKF112
        Config.key,  # CKF112
        Config.dsn,  # CKF112
        Config.name,
        PlainSettings.secret,  # CKF112
        PlainSettings.PAGE,
        Constants.limit,
        Constants.size,  # CKF112
        CachedSettings.url,
        Renamed.url,
        config.database_url,  # CKF112
        cfg.database_url,
        Settings.model_fields,
        Config("x").dsn,
    ]
