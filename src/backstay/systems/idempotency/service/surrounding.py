"""What happens around the routes that are `Replayable`."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from contextvars import ContextVar
from typing import Final

from typing_extensions import override

from backstay.kernel.backend import Backend
from backstay.kernel.database import CommitUnknown, LostRace, UnitOfWork
from backstay.kernel.errors import BackstayError, FieldError, Unauthenticated
from backstay.kernel.http import (
    Answer,
    Endpoint,
    HeaderTaken,
    Proceed,
    Request,
    Streaming,
    Surround,
    problem_answer,
)
from backstay.kernel.module import CompositionError
from backstay.kernel.tasks import end
from backstay.systems.idempotency.contracts import KEY_LENGTH, Replayable, ReplayableRoute
from backstay.systems.idempotency.errors import AnswerNotKept, KeyInFlight, KeyRequired, KeyReused
from backstay.systems.idempotency.service.claims import Asked, Claim, Claims, Kept
from backstay.systems.idempotency.service.form import PATTERN, fingerprint, sent_key

_log: Final = logging.getLogger("backstay.idempotency")
_METHODS: Final = frozenset({"POST", "PATCH"})
_OF_THE_MOMENT: Final = frozenset({401, 403, 429, 503})
"""Errors that speak of who asks or of this moment, not of the request: the same one may go well later."""
_REPLAYED: Final = (b"idempotent-replayed", b"true")

_claim: Final[ContextVar[Claim | None]] = ContextVar("backstay_idempotency_claim", default=None)


class Replaying(Surround):
    """Executes the request of a key once, and answers every other one as it was answered."""

    def __init__(self, claims: Claims, terms: Replayable, route: str) -> None:
        self._claims = claims
        self._terms = terms
        self._route = route
        self._headers: Sequence[bytes] = ()
        """Those that the handler reads: a request that differs in them is another one."""
        errors = (KeyInFlight, KeyReused, AnswerNotKept)
        self.problems = (KeyRequired, *errors) if terms.required else errors
        self.takes = (
            HeaderTaken(
                name="Idempotency-Key",
                description="Any unique text, a UUID perhaps. The same request sent again with it is "
                "executed once and answered alike, with `Idempotent-Replayed: true`.",
                required=terms.required,
                max_length=KEY_LENGTH,
                pattern=PATTERN,
            ),
        )

    @override
    def complete(self, endpoint: Endpoint) -> None:
        signature = endpoint.signature
        returns = signature.returns
        for wrong, why in (
            (
                "uow" not in signature.given.values(),
                "takes no `uow: UnitOfWork`: the answer must be kept in the commit of the effect",
            ),
            (isinstance(returns, type) and issubclass(returns, Streaming), "answers with a stream"),
        ):
            if wrong:
                raise CompositionError(f"{self._route}: cannot be Replayable: it {why}")
        headers = [one.wire_name.lower().encode() for one in signature.parameters if one.place == "header"]
        if signature.if_match is not None:
            headers.append(b"if-match")
        self._headers = headers

    @override
    def read(self, request: Request, errors: list[FieldError]) -> None:
        key = sent_key(request, errors)
        if key is None and self._terms.required and not errors:
            raise KeyRequired("Make up an `Idempotency-Key`, and send it again when you try again.")
        if key is not None and request.actor is None and self._secret(request) is None:
            raise Unauthenticated(f"Sign in, or send `{self._terms.proof}`.")

    @override
    async def execute(self, request: Request, proceed: Proceed) -> Answer | Streaming:
        key, actor = sent_key(request, []), request.actor
        if key is None:
            return await proceed()
        if actor is None:
            actor = self._claims.nobody(self._secret(request) or b"")
        began = time.perf_counter_ns()
        asked = Asked(
            actor=actor,
            key=key,
            fingerprint=fingerprint(self._claims.mac, await self._parts(request)),
            route=self._route,
            request_id=request.id,
            secret=self._terms.secret,
        )
        found = await self._claims.claim(asked)
        if isinstance(found, Kept):
            request.record.note("note", "idempotent replay", began, {"of": found.request_id})
            answer = found.answer
            return Answer(answer.status, answer.body, answer.content_type, [*answer.headers, _REPLAYED])
        return await self._execute(request, proceed, found)

    @override
    async def conclude(self, request: Request, uow: UnitOfWork, answer: Answer) -> None:
        claim = _claim.get()
        if claim is not None:
            # Last, for then it travels with what else waits for the commit.
            uow.before_commit(lambda: self._claims.conclude(uow, claim, answer), last=True)

    async def _execute(self, request: Request, proceed: Proceed, claim: Claim) -> Answer:
        token = _claim.set(claim)
        pulse = _Pulse(self._claims, claim)
        try:
            answer = self._whole(await proceed())
        except Exception as failure:  # noqa: BLE001 - whatever went wrong is the answer, and is kept as one
            answer = await self._failed(request, claim, failure)
        finally:
            _claim.reset(token)
            await pulse.stop()
        return answer

    def _whole(self, answer: Answer | Streaming) -> Answer:
        # What a handler says that it returns is judged at the start; here it did not say so.
        if isinstance(answer, Streaming):
            raise TypeError(f"{self._route} is Replayable, and a stream cannot be answered twice")
        return answer

    async def _failed(self, request: Request, claim: Claim, failure: Exception) -> Answer:
        """The answer to a request whose unit was rolled back."""
        answer = problem_answer(failure, request.record)
        try:
            if isinstance(failure, CommitUnknown):
                # It may be stored, with its answer. If it is not, the lease ends.
                return answer
            if isinstance(failure, LostRace | KeyInFlight) or answer.status in _OF_THE_MOMENT:
                await self._claims.release(claim)
            else:
                await self._claims.keep(claim, answer)
        except KeyInFlight as taken:
            return problem_answer(taken, request.record)
        except BackstayError as trouble:
            _log.warning("could not settle the claim of a failed request: %s", trouble.code)
        return answer

    def _secret(self, request: Request) -> bytes | None:
        """What proves a caller who is not signed in; nothing where the route is guarded."""
        return request.raw_headers.get(self._terms.proof.lower().encode()) if self._terms.proof else None

    async def _parts(self, request: Request) -> list[bytes]:
        """What makes this request the one that it is."""
        return [
            self._route.encode(),
            request.path.encode(),
            request.scope["query_string"],
            *(request.raw_headers.get(name, b"") for name in self._headers),
            await request.body(),
        ]


class _Pulse:
    """Renews a claim while its request is being executed; most end before the first time."""

    def __init__(self, claims: Claims, claim: Claim) -> None:
        self._claims = claims
        self._held = claim
        self._every = claims.settings.lease / 2
        self._task: asyncio.Task[None] | None = None
        # A timer costs a microsecond, a task twenty.
        self._timer = asyncio.get_running_loop().call_later(self._every, self._begin)

    async def stop(self) -> None:
        """Renew it no more."""
        self._timer.cancel()
        if self._task is not None:
            await end(self._task)

    def _begin(self) -> None:
        self._task = asyncio.create_task(self._go_on())

    async def _go_on(self) -> None:
        try:
            while await self._claims.renew(self._held):  # noqa: ASYNC110 - a pulse, until `stop`
                await asyncio.sleep(self._every)
        except BackstayError as failure:
            # The lease may end now; then the unit's own commit fails on it.
            _log.warning("could not renew the claim of a key: %s", failure.code)


def surround(backend: Backend, endpoint: Endpoint) -> Replaying | None:
    """What stands around a route, if it is `Replayable`.

    Raises:
        CompositionError: it cannot be.
    """
    declared = endpoint.declared(Replayable)
    if not declared:
        return None
    route = f"{endpoint.route.method} {endpoint.template}"
    terms = declared[0]
    for wrong, why in (
        (len(declared) > 1, "says twice how it is"),
        (endpoint.route.method not in _METHODS, "is idempotent by its method; only POST and PATCH are not"),
        (
            endpoint.permission is None and terms.proof is None,
            "is public and names no `proof`: one's key would be everybody's, and so one's answer",
        ),
        (
            endpoint.permission is not None and terms.proof is not None,
            "names a `proof`, but it is guarded: its callers are known",
        ),
    ):
        if wrong:
            raise CompositionError(f"{route}: cannot be Replayable: it {why}")
    claims = backend.part(Claims)
    claims.routes[route] = ReplayableRoute(route, endpoint.module, terms.required, terms.secret)
    return Replaying(claims, terms, route)
