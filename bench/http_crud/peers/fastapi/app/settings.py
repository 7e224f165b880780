"""What the harness passes in the environment."""

from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    database_url: str
    jwt_secret: str
    pool_size: int


settings = Settings()
