"""Finished records for tests."""

from __future__ import annotations

import os
import time
from uuid import UUID

from backstay.kernel.actor import Actor, ActorKind
from backstay.kernel.observation import Moment, Record

ACTOR = Actor(
    id=UUID(int=7),
    kind=ActorKind.USER,
    name="ada",
    organization_id=UUID(int=8),
    permissions=frozenset(),
)


def finished(
    route: str | None = "/v1/notes/{note_id:uuid}",
    status: int | None = 200,
    *,
    method: str = "GET",
    path: str = "/v1/notes/7",
    milliseconds: float = 2.0,
    moments: tuple[Moment, ...] = (),
    error: str | None = None,
) -> Record:
    """A record that ended after this long."""
    record = Record(
        method=method,
        path=path,
        request_id="request-1",
        trace_id=os.urandom(16).hex(),
        span_id=os.urandom(8).hex(),
    )
    record.route = route
    record.status = status
    record.error = error
    record.moments.extend(moments)
    record.end()
    record.ended_ns = record.started_ns + int(milliseconds * 1e6)
    return record


def wait_until(done: object, seconds: float = 20.0) -> None:
    """Ask again and again until `done()` is true.

    Raises:
        TimeoutError: it was not true in time.
    """
    assert callable(done)
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{done} is still not true after {seconds} s")
        time.sleep(0.02)
