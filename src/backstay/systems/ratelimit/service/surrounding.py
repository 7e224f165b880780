"""Around every route: load is shed before anything else, quotas are taken once it is known who asks.

All policies of a request are taken from in one step, where its caller is known, so that a refusal by one
costs nothing of another. Who is not let in never comes to that moment, and is counted afterwards.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from typing_extensions import override

from backstay.kernel.errors import Forbidden, Unauthenticated
from backstay.kernel.http import Answer, Endpoint, Proceed, Request, Streaming, Surround
from backstay.kernel.module import CompositionError
from backstay.systems.ratelimit.contracts import Per, Policy, key_of
from backstay.systems.ratelimit.errors import Overloaded, QuotaExceeded
from backstay.systems.ratelimit.service.book import ANONYMOUS, BROWSER, DEFAULT
from backstay.systems.ratelimit.service.clients import actor_name, address_name, is_browser
from backstay.systems.ratelimit.service.declaring import Concurrent, Critical, Limit, Unlimited, route_name
from backstay.systems.ratelimit.service.fields import WRITINGS, concurrent_fields, retry_after
from backstay.systems.ratelimit.service.limiter import Asking, Limiter, refusal
from backstay.systems.ratelimit.service.places import Places
from backstay.systems.ratelimit.service.shedding import Shedder
from backstay.systems.ratelimit.settings import RateLimitSettings

if TYPE_CHECKING:
    from backstay.kernel.backend import Backend


def is_enforced(settings: RateLimitSettings, environment: str) -> bool:
    """Whether routes are limited in this deployment."""
    return environment != "test" if settings.enforce is None else settings.enforce


def surround(backend: Backend, endpoint: Endpoint) -> Surround | None:
    """What stands around a route; None where nothing is limited.

    Raises:
        CompositionError: the route's limits cannot be kept.
    """
    limits, concurrent = endpoint.declared(Limit), endpoint.declared(Concurrent)
    limiter = backend.part(Limiter)
    for limit in limits:
        limiter.book.add(limit, endpoint.module)
    names = [limit.name for limit in limits] + [one.name for one in concurrent]
    if len(set(names)) != len(names):
        raise CompositionError(f"{endpoint.template}: declares one limit twice; say it once, with its cost")
    settings = backend.settings.module(RateLimitSettings)
    if not is_enforced(settings, backend.settings.app.environment):
        return None
    return Limiting(backend, endpoint, limits, concurrent)


class Limiting(Surround):
    """The limits of one route."""

    problems = (QuotaExceeded, Overloaded)

    def __init__(
        self, backend: Backend, endpoint: Endpoint, limits: Sequence[Limit], concurrent: Sequence[Concurrent]
    ) -> None:
        settings = backend.settings.module(RateLimitSettings)
        self._limiter = backend.part(Limiter)
        self._shedder = backend.part(Shedder)
        self._places = backend.part(Places)
        self._writings = [WRITINGS[name] for name in settings.fields]
        self._limits = [(limit.name, limit.cost) for limit in limits]
        self._concurrent = concurrent
        self._route = route_name(endpoint.route.method, endpoint.template)
        self._of_the_house = endpoint.version is not None and not endpoint.declared(Unlimited)
        critical = endpoint.template.startswith(settings.critical) if settings.critical else False
        self._critical = critical or bool(endpoint.declared(Critical))
        self._admitted: set[int] = set()
        """Requests under way that came to `admit`, by identity."""

    @override
    async def arrive(self, request: Request, proceed: Proceed) -> Answer | Streaming:
        try:
            self._shedder.enter(critical=self._critical)
        except Overloaded as overloaded:
            self._limiter.meters.count_refused(overloaded.policy)
            raise
        try:
            return await proceed()
        except (Unauthenticated, Forbidden):
            if id(request) not in self._admitted:
                # Before the answer that nobody was let in: whoever is over the quota is told that instead.
                await self._take(request)
            raise
        finally:
            self._admitted.discard(id(request))
            self._shedder.leave()

    @override
    async def admit(self, request: Request, proceed: Proceed) -> Answer | Streaming:
        self._admitted.add(id(request))
        for one in self._concurrent:
            await self._enter(request, one)
        await self._take(request)
        return await proceed()

    async def _take(self, request: Request) -> None:
        asked = self._asked(request)
        if not asked:
            return
        started = time.perf_counter_ns()
        verdict = await self._limiter.ask(asked)
        policies = [one.policy for one in asked]
        wait = None if verdict.admitted else retry_after(policies, verdict.decisions)
        for write in self._writings:
            request.reply_headers += write(policies, verdict.decisions, wait)
        for policy, decision in zip(policies, verdict.decisions, strict=True):
            if not decision.admitted:
                outcome = "would be denied" if policy.shadow else "denied"
                request.record.note("guard", f"limit {policy.name}", started, outcome)
        if not verdict.admitted:
            raise refusal(policies, verdict)

    async def _enter(self, request: Request, one: Concurrent) -> None:
        subject = self._subject(one.per, request)
        # The policy lends the key its form alone: places and quotas are kept apart by every store.
        key = key_of(Policy(name=one.name, quota=1, window=1), *subject)
        started = time.perf_counter_ns()
        lease = await self._places.enter(request.record, key, one.most, one.longest)
        held = one.most if lease is None else lease.held
        request.reply_headers += concurrent_fields(one.name, one.most, held)
        if lease is None:
            self._limiter.meters.count_refused(one.name)
            request.record.note("guard", f"limit {one.name}", started, "denied")
            raise QuotaExceeded([one.name], 1)

    def _asked(self, request: Request) -> list[Asking]:
        in_force = self._limiter.book.in_force
        asked = []
        if self._of_the_house:
            name = ANONYMOUS
            if request.actor is not None:
                name = BROWSER if is_browser(request) else DEFAULT
            policy = in_force.get(name)
            if policy is not None:
                asked.append(Asking(policy, self._subject(policy.per, request)))
        for name, cost in self._limits:
            policy = in_force.get(name)
            if policy is not None:
                asked.append(Asking(policy, self._subject(policy.per, request), cost))
        return asked

    def _subject(self, per: Sequence[Per], request: Request) -> tuple[str, ...]:
        return tuple(self._name(one, request) for one in per)

    def _name(self, per: Per, request: Request) -> str:
        actor = request.actor
        if per is Per.ROUTE:
            return self._route
        if per is Per.ADDRESS or actor is None:
            return address_name(request.client)
        if per is Per.ORGANIZATION:
            return f"organization:{actor.organization_id}"
        return actor_name(actor)
