from chatkit.store import NotFoundError
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    database_url: str = "sqlite:///chat.db"

    @classmethod
    def load(cls) -> "Settings":
        return cls()


class More(Settings):
    extra: str = ""


settings = Settings.load()


def missing() -> list[object]:
    return [
        NotFoundError(Settings.database_url),  # CKF112
        More.database_url,  # CKF112
        settings.database_url,
        Settings.model_config,
        Settings().database_url,
    ]
