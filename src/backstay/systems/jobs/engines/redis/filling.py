"""Jobs straight into Redis, in pieces: while it keeps one, the next is made ready."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from backstay.kernel.tasks import end
from backstay.systems.jobs.contracts import Durability, Receipt
from backstay.systems.jobs.engines.redis import format as formats
from backstay.systems.jobs.engines.redis.scripts import Scripts
from backstay.systems.jobs.engines.store import NewJob

PIECE: Final = 250
"""Jobs that are kept all or not at all: Redis serves nobody else meanwhile, a few milliseconds."""
_ROUNDS: Final = 2
"""Of the event loop, in which a question gets to the socket: its task's step, and the loop's writing."""


async def fill(scripts: Scripts, jobs: Sequence[NewJob], durability: Durability) -> list[Receipt]:
    """Keep jobs in their order; no piece begins before the one before it is kept.

    Raises:
        StoreUnavailable: Redis does not answer; give the same jobs again, none is kept twice.
    """
    receipts: list[Receipt] = []
    piece: Sequence[NewJob] = ()
    keeping: asyncio.Task[Any] | None = None
    try:
        for first in range(0, len(jobs), PIECE):
            following = jobs[first : first + PIECE]
            arguments = formats.arguments_of(following)
            if keeping is not None:
                receipts += _receipts(piece, await keeping, durability)
            piece, keeping = following, asyncio.create_task(scripts.call("enqueue", arguments))
            for _ in range(_ROUNDS):
                await asyncio.sleep(0)
        if keeping is not None:
            receipts += _receipts(piece, await keeping, durability)
    finally:
        if keeping is not None:
            await end(keeping)
    return receipts


def _receipts(jobs: Sequence[NewJob], answers: Sequence[bytes], durability: Durability) -> list[Receipt]:
    """Each job's, or that of the job whose unique key it has."""
    return [
        Receipt(UUID(answer.decode()), False, durability) if answer else Receipt(job.id, True, durability)
        for job, answer in zip(jobs, answers, strict=True)
    ]
