"""What would a policy have done to the requests that came? The request log, counted again by the same code.

The store's own arithmetic runs on the times of the log instead of a clock. Only what the log holds can be
replayed: it skips the paths that its settings name, and under load it keeps a sample. Limits do not scale: of
a half of the requests not half as many are refused, perhaps none. But who sends more is never refused less
often, so what is refused of a sample is the least that would have been, and the report says so.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from msgspec import UNSET, Struct, structs

from backstay.kernel.actor import ActorKind
from backstay.kernel.database import Reader
from backstay.kernel.errors import FieldError, Invalid
from backstay.systems.ratelimit.contracts import Per, Policy, Take, key_of
from backstay.systems.ratelimit.engines.memory import MemoryStore
from backstay.systems.ratelimit.errors import NoSuchPolicy
from backstay.systems.ratelimit.service.book import ANONYMOUS, BROWSER, DEFAULT, Book
from backstay.systems.ratelimit.service.limiter import Limiter
from backstay.systems.ratelimit.service.meters import SEPARATOR
from backstay.systems.ratelimit.service.views import (
    PolicyReplay,
    ReplayCaller,
    ReplayProgress,
    ReplayReport,
    ReplaySpan,
)
from backstay.systems.traffic import Call, calls, count_calls

_DAY: Final = timedelta(days=1)
_MOST_CALLERS: Final = 50_000
"""Callers counted one by one; the keys that the policy counts are bounded as in any process."""
_WORST: Final = 20
_SPANS: Final = 96
_HOUSE: Final = frozenset({DEFAULT, BROWSER, ANONYMOUS})
_REFUSED: Final = 429


class _Caller(Struct):
    admitted: int = 0
    refused: int = 0


class Replay:
    """One run: a policy, a span of time, and what has been counted so far."""

    def __init__(
        self, book: Book, policy: Policy, since: datetime, until: datetime, *, left_out: int = 0
    ) -> None:
        """`left_out`: how many requests of this time nobody can feed it."""
        self._book = book
        self._policy = policy
        self._since, self._until = since, until
        self._left_out = left_out
        self._now = 0
        self._store = MemoryStore(clock=lambda: self._now)
        self._callers: dict[tuple[str, ...], _Caller] = {}
        self._partial = False
        self._requests = self._admitted = self._refused = self._refused_then = 0
        self._spans = [_Caller() for _ in range(_SPANS)]

    async def feed(self, found: Sequence[Call]) -> None:
        """Count requests, in the order of their arrival."""
        for call in found:
            self._requests += 1
            cost = self._cost(call)
            if cost is None:
                continue
            subject = tuple(_name(per, call) for per in self._policy.per)
            self._now = _micros(call.at)
            verdict = await self._store.take([Take(self._policy, key_of(self._policy, *subject), cost)])
            admitted = verdict.decisions[0].admitted
            self._refused_then += call.status == _REFUSED
            self._note(subject, call.at, admitted=admitted)

    def report(self) -> ReplayReport:
        """What has been counted."""
        refused = [(subject, one) for subject, one in self._callers.items() if one.refused]
        refused.sort(key=lambda pair: (-pair[1].refused, pair[0]))
        policy = self._policy
        return ReplayReport(
            policy=policy.name,
            quota=policy.quota,
            window=policy.window,
            algorithm=policy.algorithm,
            burst=policy.burst,
            since=self._since,
            until=self._until,
            requests=self._requests,
            left_out=self._left_out,
            concerned=self._admitted + self._refused,
            admitted=self._admitted,
            refused=self._refused,
            refused_then=self._refused_then,
            callers=len(self._callers),
            callers_refused=len(refused),
            worst=[
                ReplayCaller(SEPARATOR.join(subject), one.admitted, one.refused)
                for subject, one in refused[:_WORST]
            ],
            spans=[
                ReplaySpan(self._since + number * self._span, one.admitted, one.refused)
                for number, one in enumerate(self._spans)
            ],
            partial=self._partial or self._store.evicted > 0,
        )

    @property
    def _span(self) -> timedelta:
        return (self._until - self._since) / _SPANS

    def _cost(self, call: Call) -> int | None:
        """What a request takes; None when the policy is none of its."""
        if call.route is None:
            return None
        route, name = _route(call), self._policy.name
        if name not in _HOUSE:
            return self._book.costs.get(name, {}).get(route)
        if not _is_versioned(call.route) or route in self._book.unlimited:
            return None
        whose = ANONYMOUS if call.actor_id is None else BROWSER if call.by_cookie else DEFAULT
        return 1 if whose == name else None

    def _note(self, subject: tuple[str, ...], at: datetime, *, admitted: bool) -> None:
        caller = self._callers.get(subject)
        if caller is None:
            if len(self._callers) >= _MOST_CALLERS:
                self._partial = True
                caller = _Caller()
            else:
                caller = self._callers[subject] = _Caller()
        span = self._spans[min(_SPANS - 1, (at - self._since) // self._span)]
        if admitted:
            self._admitted += 1
            caller.admitted += 1
            span.admitted += 1
        else:
            self._refused += 1
            caller.refused += 1
            span.refused += 1


async def replay(reader: Reader, asked: PolicyReplay) -> AsyncIterator[ReplayProgress | ReplayReport]:
    """Try a policy on the log: how far it has come, again and again, and at the end the report.

    Raises:
        NoSuchPolicy: nobody declares it.
        Invalid: no store could count that exactly, or the time ends before it begins.
    """
    book = reader.part(Limiter).book
    policy = _asked_for(book, asked)
    until = reader.now() if asked.until is None else asked.until
    since = until - _DAY if asked.since is None else asked.since
    if since >= until:
        raise Invalid(FieldError(pointer="/since", code="range", message="the time ends before it begins"))
    count, done = await count_calls(reader, since, until), 0
    run = Replay(book, policy, since, until, left_out=count.left_out)
    async for found in calls(reader, since, until):
        await run.feed(found)
        done += len(found)
        yield ReplayProgress(done, max(done, count.kept))
    yield run.report()


async def replay_at_once(reader: Reader, asked: PolicyReplay) -> ReplayReport:
    """The same, without a word before the end.

    Raises:
        NoSuchPolicy, Invalid: as `replay`.
    """
    async for told in replay(reader, asked):
        if isinstance(told, ReplayReport):
            return told
    raise AssertionError("a replay ends with its report")


def _asked_for(book: Book, asked: PolicyReplay) -> Policy:
    entry = book.entry(asked.policy)
    if entry is None:
        raise NoSuchPolicy
    policy = book.in_force.get(asked.policy) or entry.declared
    given: dict[str, Any] = {
        name: getattr(asked, name)
        for name in ("quota", "window", "algorithm", "burst")
        if getattr(asked, name) is not UNSET
    }
    try:
        # What only shadows refuses nothing, and that is what is asked about.
        return structs.replace(policy, **given, shadow=False)
    except ValueError as problem:
        field, _, words = str(problem).partition(": ")
        raise Invalid(FieldError(pointer=f"/{field}", code="range", message=words)) from None


def _name(per: Per, call: Call) -> str:
    if per is Per.ROUTE:
        return _route(call)
    if per is Per.ADDRESS or call.actor_id is None:
        return f"address:{call.client or 'unknown'}"
    if per is Per.ORGANIZATION:
        return f"organization:{call.organization_id}"
    if call.impersonator_id is not None:
        return f"{ActorKind.USER}:{call.impersonator_id}"
    if call.actor_kind == ActorKind.SERVICE and call.session_id is not None:
        return f"key:{call.session_id}"
    return f"{call.actor_kind or ActorKind.USER}:{call.actor_id}"


def _route(call: Call) -> str:
    # HEAD is answered by the route of GET.
    return f"{'GET' if call.method == 'HEAD' else call.method} {call.route}"


def _is_versioned(route: str) -> bool:
    return route.startswith("/v") and route[2:].partition("/")[0].isdigit()


def _micros(at: datetime) -> int:
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
