"""What the parts of the SQL engine share: the database, the bell, the counts, and whose present it is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from backstay.kernel.clock import ManualClock
from backstay.kernel.database import Database
from backstay.systems.jobs.engines.bell import Bell
from backstay.systems.jobs.engines.tally import Tally


class Ground:
    """One event loop's hold on the jobs of a database."""

    def __init__(self, database: Database) -> None:
        """Of one event loop; another thread's loop makes its own on a database of its own."""
        self._database = database
        self._bell = Bell(database)
        self._tally = Tally()

    def _at(self) -> datetime | None:
        """The store's present if a test moves it by hand; else None, and the database tells it."""
        clock = self._database.clock
        return clock.now() if isinstance(clock, ManualClock) else None


def json_text(value: Iterable[Any]) -> str:
    """Values as the one parameter that statements unfold."""
    return msgspec.json.encode(value).decode()
