"""What everybody who enqueues needs: the engine in use, and the kinds and schedules that are declared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backstay.kernel.backend import Backend
from backstay.kernel.database import Database
from backstay.systems.jobs.engines.sql import SqlStore
from backstay.systems.jobs.engines.store import Store
from backstay.systems.jobs.service.registry import Registry
from backstay.systems.jobs.settings import JobsSettings

if TYPE_CHECKING:
    from backstay.systems.jobs.service.agenda import Agenda
    from backstay.systems.jobs.service.breakers import Breakers
    from backstay.systems.jobs.service.presence import Presence


class Jobs:
    """The jobs of one backend; a unit of work reaches it by `uow.part(Jobs)`."""

    def __init__(
        self, store: Store, registry: Registry, agenda: Agenda, presence: Presence, breakers: Breakers
    ) -> None:
        """Made when the database is opened."""
        self.store = store
        self.registry = registry
        self.agenda = agenda
        self.presence = presence
        self.breakers = breakers


def make_store(url: str, database: Database) -> Store:
    """The engine of `JOBS_URL`; without one, the database itself."""
    if not url:
        return SqlStore(database)
    # An extra: its client is installed and loaded only where JOBS_URL asks for it.
    from backstay.systems.jobs.engines.redis import RedisStore

    return RedisStore(url, database)


class _OwnStore(SqlStore):
    """A store whose database nobody else uses."""

    async def close(self) -> None:
        """Close that too."""
        await super().close()
        await self._database.close()


async def open_store(backend: Backend) -> Store:
    """A store for another event loop than the backend's."""
    settings = backend.settings
    if url := settings.module(JobsSettings).url:
        # Leases need Redis alone; the database stays the other loop's.
        return make_store(url, backend.database)
    database = await Database.open(settings.database.url, clock=backend.clock, keys=backend.keys, pool_size=1)
    return _OwnStore(database)
