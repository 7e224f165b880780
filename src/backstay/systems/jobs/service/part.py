"""What everybody who enqueues needs: the engine in use and the kinds that are declared."""

from __future__ import annotations

from backstay.kernel.backend import Backend
from backstay.kernel.database import Database
from backstay.systems.jobs.engines.sql import SqlStore
from backstay.systems.jobs.engines.store import Store
from backstay.systems.jobs.service.registry import Registry


class Jobs:
    """The jobs of one backend; a unit of work reaches it by `uow.part(Jobs)`."""

    def __init__(self, store: Store, registry: Registry) -> None:
        """Made when the database is opened."""
        self.store = store
        self.registry = registry


async def open_store(backend: Backend) -> Store:
    """A store for another event loop than the backend's."""
    url = backend.settings.database.url
    return SqlStore(await Database.open(url, clock=backend.clock, keys=backend.keys, pool_size=1))
