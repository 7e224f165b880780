"""What happened in a lab: every operation of every client, and every fault, on one time line.

The form is Jepsen's: an operation is *invoked* and then ends `ok` (acknowledged), `fail`
(certainly not done) or `info` (nobody can know: the request left and no answer came, or
the answer was a 5xx). Invariants judge only what these three allow to be judged.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Any

from msgspec import Struct

from backstay.kernel.guarantees.verdict import LabError


class Ended(StrEnum):
    """How an operation ended, as far as its client can know."""

    PENDING = "pending"
    OK = "ok"
    """Answered with 2xx or 3xx: acknowledged."""
    FAIL = "fail"
    """Never sent, or refused with 4xx: certainly had no effect."""
    INFO = "info"
    """Sent and not answered, or answered with 5xx: may have had its effect, or may not."""


class Operation(Struct, kw_only=True):
    """One request of one client, from the moment it was made up to what became of it."""

    id: int
    """Its place in the order of invocation, from 1."""
    lane: str
    """The client that performed it, e.g. `client 3`."""
    server: str
    """The server process it went to, e.g. `server 1`."""
    name: str
    """`POST /v1/notes`, or what the check calls it."""
    about: Any
    """What the operation is about, in the check's words: a title, a number; invariants compare by it."""
    trial: int
    invoked_ns: int
    """Nanoseconds since the history began."""
    ended_ns: int | None = None
    ended: Ended = Ended.PENDING
    status: int | None = None
    """The HTTP status, if an answer came."""
    sent: bool = False
    """Whether any byte of the request may have reached the server."""
    answer: Any = None
    """The decoded body, kept when it is small JSON."""
    error: str = ""

    @property
    def indeterminate(self) -> bool:
        """Whether it may or may not have had its effect."""
        return self.ended in {Ended.INFO, Ended.PENDING}


class Mark(Struct, frozen=True, kw_only=True):
    """A fault, or its end, on the lane that it happened to."""

    at_ns: int
    lane: str
    kind: str
    """`start`, `ready`, `kill`, `exit`, `pause`, `resume`, `terminate`, `cut`, ..."""
    detail: str = ""
    trial: int = 1


class Lane(Struct, frozen=True):
    """A row of the drawing: a server process, a proxy, a client."""

    name: str
    kind: str
    """`server`, `proxy`, `client`, `lab`."""


class History:
    """The operations and marks of one run of one check, in order of invocation."""

    def __init__(self, observer: Callable[[Operation | Mark], None] | None = None) -> None:
        """`observer` is called with every mark and every operation that has ended."""
        self._began = time.perf_counter_ns()
        self._observer = observer
        self._changed = asyncio.Event()
        self.operations: list[Operation] = []
        self.marks: list[Mark] = []
        self.lanes: list[Lane] = []
        self.trial = 1

    @property
    def now_ns(self) -> int:
        """Nanoseconds since the history began."""
        return time.perf_counter_ns() - self._began

    def __iter__(self) -> Iterator[Operation]:
        return iter(self.operations)

    def lane(self, name: str, kind: str) -> str:
        """Add a lane, once, and return its name."""
        if all(lane.name != name for lane in self.lanes):
            self.lanes.append(Lane(name, kind))
        return name

    def invoke(self, *, lane: str, server: str, name: str, about: Any = None) -> Operation:
        """Note that an operation begins."""
        operation = Operation(
            id=len(self.operations) + 1,
            lane=lane,
            server=server,
            name=name,
            about=about,
            trial=self.trial,
            invoked_ns=self.now_ns,
        )
        self.operations.append(operation)
        return operation

    def end(
        self,
        operation: Operation,
        ended: Ended,
        *,
        status: int | None = None,
        answer: Any = None,
        error: str = "",
    ) -> None:
        """Note how it ended, and wake whoever waits for that."""
        operation.ended_ns = self.now_ns
        operation.ended = ended
        operation.status = status
        operation.answer = answer
        operation.error = error
        self._tell(operation)

    def mark(self, lane: str, kind: str, detail: str = "") -> Mark:
        """Note a fault, or its end, at this moment."""
        mark = Mark(at_ns=self.now_ns, lane=lane, kind=kind, detail=detail, trial=self.trial)
        self.marks.append(mark)
        self._tell(mark)
        return mark

    def _tell(self, what: Operation | Mark) -> None:
        self._changed.set()
        if self._observer is not None:
            self._observer(what)

    def acknowledged(self, name: str | None = None) -> list[Operation]:
        """Operations that were answered with success."""
        return [op for op in self.operations if op.ended is Ended.OK and name in {None, op.name}]

    def indeterminate(self, name: str | None = None) -> list[Operation]:
        """Operations that may or may not have had their effect."""
        return [op for op in self.operations if op.indeterminate and name in {None, op.name}]

    def refused(self, name: str | None = None) -> list[Operation]:
        """Operations that certainly had no effect: never sent, or answered with 4xx."""
        return [op for op in self.operations if op.ended is Ended.FAIL and name in {None, op.name}]

    async def until(self, what: str, condition: Callable[[], bool], deadline: float = 30.0) -> None:
        """Wait until the condition is true; it is asked again whenever something ends or is marked.

        Raises:
            LabError: `what` did not come to pass within `deadline` seconds.
        """
        try:
            async with asyncio.timeout(deadline):
                while not condition():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise LabError(f"waited {deadline:g} s in vain for {what}") from None
