"""A store that always answers in time: when it does not, each policy says what happens meanwhile."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Coroutine, Sequence
from typing import Any, Final, TypeVar

from backstay.kernel.tasks import end
from backstay.systems.ratelimit.contracts import (
    Decision,
    Lease,
    Policy,
    Store,
    StoreUnavailable,
    Take,
    Verdict,
    WhenDown,
)
from backstay.systems.ratelimit.engines.asking import refuse_unfit
from backstay.systems.ratelimit.engines.deadline import Deadline
from backstay.systems.ratelimit.engines.memory import MemoryStore

T = TypeVar("T")

DEADLINE: Final = 0.05
"""Seconds a store has to answer."""
PATIENCE: Final = 3
"""Late answers in a row after which the store is left alone. An error that it tells is enough at once."""
RETRY: Final = 0.25
"""Seconds between the questions whether it is back; what a refusal tells to wait is a second."""
_PING: Final = 1.0
_WAIT: Final = 1.0

_log: Final = logging.getLogger("backstay.ratelimit")


class GuardedStore:
    """A store with a deadline. While it is away nobody waits for it, and one task asks whether it is back."""

    def __init__(self, store: Store, deadline: float = DEADLINE) -> None:
        """`deadline`: seconds."""
        self.name = store.name
        self.shared = store.shared
        self._store = store
        self._deadline = Deadline(deadline)
        self._local = MemoryStore()
        self._late = 0
        self._away = False
        self._watching: asyncio.Task[None] | None = None
        self.estimated = 0
        """Requests that were decided without the store."""
        self.outages = 0
        """How often it went away."""

    @property
    def available(self) -> bool:
        """Whether the store is asked at all."""
        return not self._away

    async def open(self) -> None:
        """Connect before the first request comes, for that may take longer than a request may wait."""
        if not await _answers(self._store.ping()):
            self._lose("it does not answer at the start")

    async def take(self, takes: Sequence[Take]) -> Verdict:
        """The store's verdict, or what the policies say for when there is none."""
        refuse_unfit(takes)
        try:
            return await self._ask(self._store.take(takes))
        except StoreUnavailable:
            self.estimated += 1
            return await self._estimate(takes, keep=True)

    async def peek(self, takes: Sequence[Take]) -> Verdict:
        """What `take` would say."""
        refuse_unfit(takes)
        try:
            return await self._ask(self._store.peek(takes))
        except StoreUnavailable:
            return await self._estimate(takes, keep=False)

    async def forget(self, keys: Sequence[bytes]) -> None:
        """Let these begin anew, in this process's own estimate too."""
        await self._local.forget(keys)
        await self._ask(self._store.forget(keys))

    async def enter(self, key: bytes, holder: bytes, limit: int, seconds: float) -> Lease | None:
        """Hold a place, if one is free."""
        return await self._ask(self._store.enter(key, holder, limit, seconds))

    async def leave(self, key: bytes, holder: bytes) -> None:
        """Give a place back."""
        await self._ask(self._store.leave(key, holder))

    async def ping(self) -> None:
        """Ask for an answer."""
        await self._ask(self._store.ping())

    async def prune(self, limit: int) -> int:
        """Remove what has ended; takes as long as it takes."""
        await self._local.prune(limit)
        if self._away:
            raise StoreUnavailable(f"{self.name}: away")
        return await self._store.prune(limit)

    async def close(self) -> None:
        """Stop asking, and give back what the store holds."""
        if self._watching is not None:
            await end(self._watching)
        await self._store.close()

    async def _ask(self, question: Coroutine[Any, Any, T]) -> T:
        if self._away:
            question.close()
            raise StoreUnavailable(f"{self.name}: away")
        try:
            answer = await self._deadline.keep(question)
        except TimeoutError:
            self._late += 1
            if self._late >= PATIENCE:
                self._lose("it answers too late")
            raise StoreUnavailable(f"{self.name}: no answer within {self._deadline.seconds:g} s") from None
        except Exception as failure:  # whatever it is, it is the store's, and no reason to refuse a request
            self._lose(str(failure) or type(failure).__name__)
            if isinstance(failure, StoreUnavailable):
                raise
            raise StoreUnavailable(f"{self.name}: {type(failure).__name__}") from failure
        self._late = 0
        return answer

    def _lose(self, why: str) -> None:
        if self._away:
            return
        self._away = True
        self.outages += 1
        _log.warning("the store of the limits is away (%s): %s; policies decide without it", self.name, why)
        self._watching = asyncio.get_running_loop().create_task(self._watch(), name="ratelimit-watch")

    async def _watch(self) -> None:
        began = time.monotonic()
        while self._away:
            await asyncio.sleep(RETRY)
            self._away = not await _answers(self._store.ping())
        self._late = 0
        seconds = time.monotonic() - began
        _log.warning("the store of the limits is back (%s) after %.1f s", self.name, seconds)

    async def _estimate(self, takes: Sequence[Take], *, keep: bool) -> Verdict:
        closed = any(take.policy.when_down is WhenDown.CLOSED and not take.policy.shadow for take in takes)
        local = [take for take in takes if take.policy.when_down is WhenDown.LOCAL]
        counted = await (self._local.take if keep and not closed else self._local.peek)(local)
        told = dict(zip((take.key for take in local), counted.decisions, strict=True))
        decisions = tuple(told.get(take.key) or _decision(take.policy) for take in takes)
        return Verdict(counted.admitted and not closed, decisions, estimated=True)


def _decision(policy: Policy) -> Decision:
    """What is told of a policy that counts nothing meanwhile."""
    if policy.when_down is WhenDown.CLOSED:
        return Decision(policy.name, admitted=False, remaining=0, reset_after=_WAIT, retry_after=_WAIT)
    return Decision(policy.name, admitted=True, remaining=policy.capacity, reset_after=0.0)


async def _answers(ping: Awaitable[None]) -> bool:
    asked = asyncio.ensure_future(ping)
    try:
        await asyncio.wait({asked}, timeout=_PING)
    finally:
        if not asked.done():
            _give_up(asked)
    return asked.done() and not asked.cancelled() and asked.exception() is None


def _give_up(asked: asyncio.Future[Any]) -> None:
    """Stop waiting for an answer, and hear of no failure that comes later."""
    asked.add_done_callback(lambda done: done.cancelled() or done.exception())
    asked.cancel()
