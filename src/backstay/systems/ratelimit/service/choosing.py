"""Which store counts: the one that the settings name, or the one that fits the deployment."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from backstay.kernel.database import Database
from backstay.kernel.settings import Settings, deployment_keys
from backstay.systems.ratelimit.contracts import Store
from backstay.systems.ratelimit.engines.memory import MemoryStore
from backstay.systems.ratelimit.engines.outage import GuardedStore
from backstay.systems.ratelimit.settings import RateLimitSettings

_FILE: Final = "ratelimit.db"


def chosen(settings: Settings) -> str:
    """`memory`, `sqlite`, `postgres` or `redis`.

    `auto` takes what every process of the deployment counts in together: other nodes cannot be seen
    from here, so that on PostgreSQL it is always the database.
    """
    own = settings.module(RateLimitSettings)
    if own.store != "auto":
        return own.store
    if own.url is not None:
        return "redis"
    if urlsplit(settings.database.url).scheme.startswith("postgres"):
        return "postgres"
    return "memory" if settings.http.workers == 1 else "sqlite"


def make_store(settings: Settings) -> Store:
    """The store of this process, behind a guard where it can be away; asks nobody yet.

    Raises:
        ValueError: `redis` is chosen, and `ratelimit.url` names none.
    """
    kind = chosen(settings)
    if kind == "memory":
        return MemoryStore()
    return GuardedStore(_shared(kind, settings), settings.module(RateLimitSettings).deadline)


def _shared(kind: str, settings: Settings) -> Store:
    match kind:
        case "redis":
            url = settings.module(RateLimitSettings).url
            if url is None:
                raise ValueError("ratelimit.store is redis: set ratelimit.url (RATELIMIT_URL) to its address")
            # An extra: its client is installed and loaded only where RATELIMIT_URL asks for it.
            from backstay.systems.ratelimit.engines.redis import RedisStore

            return RedisStore(url.reveal())
        case "postgres":
            # Here and below: nobody carries the driver of a store that is not theirs.
            from backstay.systems.ratelimit.engines.postgres import CONNECTIONS, PostgresStore

            return PostgresStore(
                partial(
                    Database.open,
                    settings.database.url,
                    keys=deployment_keys(settings),
                    pool_size=CONNECTIONS,
                )
            )
    # As above.
    from backstay.systems.ratelimit.engines.sqlite import SqliteStore

    return SqliteStore(_beside(settings))


def _beside(settings: Settings) -> Path:
    """The file that the processes of this machine share: beside the database, or among the data."""
    path = urlsplit(settings.database.url)
    if path.scheme.startswith("sqlite"):
        database = Path(path.path[1:])
        return database.with_name(f"{database.name}-{_FILE}")
    return settings.app.data_dir / _FILE
