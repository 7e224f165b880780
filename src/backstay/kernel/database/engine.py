"""What a database engine is to the rest of the package: reads, transactions, numbers about itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol
from uuid import UUID

from msgspec import Struct

from backstay.kernel.database.compiled import Compiled
from backstay.kernel.database.dialect import Dialect
from backstay.kernel.database.together import Write

RawRow = Sequence[Any]


class PoolStats(Struct, frozen=True):
    """How busy the connections are."""

    size: int
    """Connections open."""
    idle: int
    """Open and free."""
    waiting: int
    """Units of work queued for one."""


class Transaction(Protocol):
    """One write transaction on one connection; begins with its first statement."""

    async def fetch(
        self, compiled: Compiled, arguments: list[Any], riders: Sequence[Write] = ()
    ) -> Sequence[RawRow]:
        """Run a statement and return its rows; `riders` travel with it, see `together`."""
        ...

    async def execute(self, compiled: Compiled, arguments: list[Any], riders: Sequence[Write] = ()) -> int:
        """Run a statement and return how many rows it touched."""
        ...

    async def send(self, trip: Sequence[Write]) -> None:
        """Run changes of one organization that nobody waits for."""
        ...

    def trips(self, writes: Sequence[Write]) -> list[list[Write]]:
        """Changes in groups of which each is one trip."""
        ...

    def takes(self, trip: Sequence[Write], compiled: Compiled) -> bool:
        """Whether a trip can travel with a statement of this transaction's organization."""
        ...

    async def execute_many(self, compiled: Compiled, arguments: list[list[Any]]) -> None:
        """Run a statement once for each list of arguments, in one trip where the driver can."""
        ...

    def within(self, organization: UUID) -> Transaction:
        """This same transaction, whose statements through here are for another organization."""
        ...

    def is_whole(self, trip: Sequence[Write]) -> bool:
        """Whether these changes, if nothing comes after them, can be begun, made and committed in one."""
        ...

    async def commit(self, whole: Sequence[Write] = ()) -> None:
        """Make it durable, or raise and leave the connection clean; `whole`: all that it does."""
        ...

    async def rollback(self) -> None:
        """Undo everything and give the connection back clean; never raises for a dead connection."""
        ...


class Engine(Protocol):
    """One database."""

    dialect: Dialect

    async def fetch(
        self, compiled: Compiled, arguments: list[Any], organization: UUID | None = None
    ) -> Sequence[RawRow]:
        """Run a reading statement on a reading connection; `organization` is whose rows it may see."""
        ...

    def transaction(self, organization: UUID | None = None) -> Transaction:
        """A write transaction of an organization's; costs nothing until its first statement."""
        ...

    async def listen(self, channel: str, heard: Callable[[], None]) -> None:
        """Call `heard` for every notification on a channel, and after every reconnection, until cancelled.

        Returns at once where the database has no such thing.
        """
        ...

    def stats(self) -> PoolStats:
        """The pool's numbers at this moment."""
        ...

    async def close(self) -> None:
        """Close every connection; waits for running statements."""
        ...
