"""Receiving for as long as a context lasts: one session after another, whatever happens to connections."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from backstay.systems.events.engines.broker import BrokerUnavailable, Tuning
from backstay.systems.events.engines.intake import Intake, Run, Session

_log: Final = logging.getLogger("backstay.events")


@asynccontextmanager
async def receiving(session: Session, intake: Intake, tuning: Tuning) -> AsyncIterator[None]:
    """Run sessions, one after the other, until the context ends.

    Raises:
        BrokerUnavailable: the first of them could not be set up.
    """
    run = Run()
    keeper = asyncio.create_task(_keep(session, run, tuning))
    standing = asyncio.create_task(run.standing.wait())
    try:
        await asyncio.wait({keeper, standing}, return_when=asyncio.FIRST_COMPLETED)
        if keeper.done():
            await keeper
        yield
    finally:
        run.stopping.set()
        standing.cancel()
        with suppress(BrokerUnavailable):
            await keeper
        await intake.finish()


async def _keep(session: Session, run: Run, tuning: Tuning) -> None:
    failures = 0
    while not run.stopping.is_set():
        run.stood = False
        try:
            await session(run)
        except BrokerUnavailable as failure:
            if not run.standing.is_set():
                raise
            if run.stood or failures == 0:
                _log.warning("the broker is gone, events come when it is back: %s", failure.detail)
        except Exception:
            if not run.standing.is_set():
                raise
            _log.exception("receiving events failed and begins again")
        failures = 1 if run.stood else failures + 1
        with suppress(TimeoutError):
            async with asyncio.timeout(tuning.delay(failures)):
                await run.stopping.wait()
