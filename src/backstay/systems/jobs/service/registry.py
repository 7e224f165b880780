"""Every declared kind of jobs, by name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from backstay.kernel.module import CompositionError, Module

if TYPE_CHECKING:
    from backstay.systems.jobs.service.handling import JobHandler


class Registry:
    """The kinds of one composition."""

    def __init__(self, handlers: Iterable[tuple[Module, JobHandler[Any]]] = ()) -> None:
        """`handlers` with the module that declares each.

        Raises:
            CompositionError: two handle the same kind.
        """
        self._handlers: dict[str, JobHandler[Any]] = {}
        self._owners: dict[str, str] = {}
        for module, handler in handlers:
            if handler.kind in self._handlers:
                raise CompositionError(
                    f"two handlers of {handler.kind}: in {self._owners[handler.kind]} and in {module.name}"
                )
            self._handlers[handler.kind] = handler
            self._owners[handler.kind] = module.name

    def handler(self, kind: str) -> JobHandler[Any] | None:
        """The handler of a kind, if this deployment has one."""
        return self._handlers.get(kind)

    def owner(self, kind: str) -> str:
        """The name of the module that handles a kind."""
        return self._owners[kind]

    @property
    def kinds(self) -> Sequence[str]:
        """Every kind, sorted."""
        return sorted(self._handlers)

    @property
    def queues(self) -> Sequence[str]:
        """Every queue that a kind names, sorted."""
        return sorted({handler.options.queue for handler in self._handlers.values()})
