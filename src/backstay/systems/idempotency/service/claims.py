"""Claiming keys, keeping their answers, and giving claims back.

A claim is a commit of its own, before anything is executed; the answer is kept in the commit of the
effect. So a process that dies leaves either a claim without an effect, whose lease ends, or the effect
and its answer together. Whoever takes a claim over changes its `claim_id`, and the commit of the one
before fails on it (a fencing token: Kleppmann, *How to do distributed locking*, 2016).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from msgspec import Struct, structs

from backstay.kernel.actor import ANONYMOUS, Actor, ActorKind
from backstay.kernel.clock import ManualClock, SystemClock
from backstay.kernel.database import Database, UnitOfWork
from backstay.kernel.http import Answer
from backstay.kernel.ids import uuid7
from backstay.kernel.signing import Keys, Mac
from backstay.systems.idempotency import queries
from backstay.systems.idempotency.contracts import KeyState, ReplayableRoute
from backstay.systems.idempotency.errors import AnswerNotKept, KeyInFlight, KeyReused
from backstay.systems.idempotency.service.answers import Envelope
from backstay.systems.idempotency.settings import IdempotencySettings

_SECOND: Final = 1_000_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_NO_CREDENTIAL: Final = UUID(int=0)


class Asked(Struct, frozen=True, kw_only=True):
    """A request that came with a key."""

    actor: Actor
    key: str
    fingerprint: bytes
    route: str
    request_id: str
    secret: bool = False
    """Whether its answer shows something once."""


class Claim(Struct, frozen=True):
    """The right to execute the request of a key, until somebody else takes it over."""

    actor: Actor
    id: UUID
    """Of the row."""
    claim_id: UUID


class Kept(Struct, frozen=True):
    """What the request of a key was answered, to be answered again."""

    answer: Answer
    request_id: str
    """Of the request that was executed."""


class Claims:
    """The keys of one database."""

    def __init__(self, database: Database, keys: Keys, settings: IdempotencySettings) -> None:
        """`keys`: the deployment's; answers are sealed, and requests told apart, with keys of their own."""
        self._database = database
        self.settings = settings
        self.mac = Mac(keys.derive("idempotency.fingerprints"))
        self.envelope = Envelope(keys.derive("idempotency.answers"), settings.answer_limit)
        self.routes: dict[str, ReplayableRoute] = {}
        """The routes that take keys, noted when the application is built."""

    def nobody(self, secret: bytes) -> Actor:
        """Who a caller that is not signed in is to the keys: whoever holds this secret.

        Only its MAC is kept, as the credential, so that the table tells no secrets.
        """
        return structs.replace(ANONYMOUS, session_id=UUID(bytes=self.mac.of(b"proof:" + secret)[:16]))

    async def claim(self, asked: Asked) -> Claim | Kept:
        """Claim the key, or find what was answered to it. A commit of its own.

        Raises:
            KeyReused: it belongs to another request.
            KeyInFlight: its request is being executed.
            AnswerNotKept: its request was executed, and the answer is not there any more.
        """
        given = self._claiming(asked)
        (row,) = await self._database.once(asked.actor, queries.CLAIM, **given)
        return self._outcome(asked, given["claim_id"], row)

    async def claim_in(self, uow: UnitOfWork, asked: Asked) -> Claim | Kept:
        """As `claim`, within a unit: for sample data."""
        given = self._claiming(asked)
        return self._outcome(asked, given["claim_id"], await uow.one(queries.CLAIM, **given))

    async def conclude(self, uow: UnitOfWork, claim: Claim, answer: Answer) -> None:
        """Keep the answer with the unit's commit.

        Raises:
            KeyInFlight: the claim was taken over; the unit must not commit.
        """
        if not await uow.all(queries.CONCLUDE, **self._concluding(claim, answer)):
            raise KeyInFlight("This took so long that another request with the key went ahead.")

    async def keep(self, claim: Claim, answer: Answer) -> None:
        """Keep the answer of a request whose unit was rolled back.

        Raises:
            KeyInFlight: the claim was taken over.
        """
        if not await self._database.once(claim.actor, queries.CONCLUDE, **self._concluding(claim, answer)):
            raise KeyInFlight("This took so long that another request with the key went ahead.")

    async def release(self, claim: Claim) -> None:
        """Give the claim back: nothing was done, and the next request begins anew."""
        await self._database.once(claim.actor, queries.RELEASE, id=claim.id, claim_id=claim.claim_id)

    async def renew(self, claim: Claim) -> bool:
        """Begin the lease anew; False when the claim is somebody else's."""
        kept = await self._database.once(
            claim.actor,
            queries.RENEW,
            id=claim.id,
            claim_id=claim.claim_id,
            at=self.present(),
            lease=round(self.settings.lease * _SECOND),
        )
        return bool(kept)

    def present(self) -> int | None:
        """The store's present in microseconds, by which leases end and keys are pruned.

        None lets PostgreSQL tell; SQLite's store is this machine. So clocks of servers that disagree
        end no lease early. Only a test's manual clock takes the store's place.
        """
        clock = self._database.clock
        if isinstance(clock, ManualClock):
            return (clock.now() - _EPOCH) // _MICROSECOND
        if self._database.dialect == "postgresql":
            return None
        return (SystemClock().now() - _EPOCH) // _MICROSECOND

    def _claiming(self, asked: Asked) -> dict[str, object]:
        settings = self.settings
        return {
            "id": uuid7(),
            "credential_id": credential_of(asked.actor),
            "key": asked.key,
            "fingerprint": asked.fingerprint,
            "route": asked.route,
            "claim_id": uuid7(),
            "request_id": asked.request_id,
            "at": self.present(),
            "lease": round(settings.lease * _SECOND),
            "retention": round(settings.retention * _SECOND),
            "answer_for": round(settings.secret_retention * _SECOND) if asked.secret else None,
        }

    def _outcome(self, asked: Asked, mine: object, row: queries.ClaimRow) -> Claim | Kept:
        if row.claim_id == mine:
            return Claim(asked.actor, row.id, row.claim_id)
        if row.fingerprint != asked.fingerprint:
            raise KeyReused
        if row.state is KeyState.IN_FLIGHT:
            raise KeyInFlight
        answer = None if row.answer is None else self.envelope.open(row.id, row.answer)
        if answer is None:
            raise AnswerNotKept(answered=row.status)
        return Kept(answer, row.request_id)

    def _concluding(self, claim: Claim, answer: Answer) -> dict[str, object]:
        return {
            "id": claim.id,
            "claim_id": claim.claim_id,
            "status": answer.status,
            "answer": self.envelope.seal(claim.id, answer),
        }


def credential_of(actor: Actor) -> UUID:
    """What the actor came in with, as far as a key of theirs must not reach beyond it.

    A person's sessions are alike, for whoever signs in anew and tries again is the same person. A program's
    key is its own, and may do less than its maker's session; so may whoever acts in somebody's place. Whoever
    is not signed in is told apart by a secret.
    """
    if actor.impersonator_id is not None:
        return actor.impersonator_id
    if actor.kind in {ActorKind.SERVICE, ActorKind.ANONYMOUS} and actor.session_id is not None:
        return actor.session_id
    return _NO_CREDENTIAL
