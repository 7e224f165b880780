"""What ended, added up in memory and written about once a second, so that it costs no statement a job."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, Protocol

_FIELDS: Final = ("completed", "failed", "dead", "stale", "wait", "run")


class _Ended(Protocol):
    @property
    def queue(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def wait(self) -> float: ...
    @property
    def run(self) -> float: ...


class Tally:
    """Counts since they were last taken."""

    def __init__(self) -> None:
        self._queues: dict[str, dict[str, Any]] = {}

    def _of(self, queue: str) -> dict[str, Any]:
        if queue not in self._queues:
            zero = {name: 0.0 if name in {"wait", "run"} else 0 for name in _FIELDS}
            self._queues[queue] = {"queue": queue, **zero}
        return self._queues[queue]

    def ended(self, rows: Iterable[_Ended]) -> None:
        """Count claims that have ended."""
        for row in rows:
            counts = self._of(row.queue)
            if row.state == "completed":
                counts["completed"] += 1
            elif row.state in {"failed", "dead"}:
                counts["failed"] += 1
                counts["dead"] += row.state == "dead"
            counts["wait"] += max(0.0, row.wait)
            counts["run"] += max(0.0, row.run)

    def stale(self, count: int) -> None:
        """Count writes refused because the lease was another's; of no queue, for theirs is not known."""
        if count:
            self._of("")["stale"] += count

    def take(self) -> list[dict[str, Any]]:
        """The counts, one a queue, and begin anew."""
        taken, self._queues = list(self._queues.values()), {}
        return taken
