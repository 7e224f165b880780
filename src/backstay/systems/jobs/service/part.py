"""What everybody who enqueues needs: the engine in use and the kinds that are declared."""

from __future__ import annotations

from backstay.systems.jobs.engines.store import Store
from backstay.systems.jobs.service.registry import Registry


class Jobs:
    """The jobs of one backend; a unit of work reaches it by `uow.part(Jobs)`."""

    def __init__(self, store: Store, registry: Registry) -> None:
        """Made when the database is opened."""
        self.store = store
        self.registry = registry
