"""Refreshing.

The refresh tokens of a session are one counter in its row. Of all who present the present
number at once, one conditional UPDATE moves it on; the others find themselves one behind and
get what the winner got, as does a client whose answer was lost. Whoever is further behind,
or one behind when the successor is surely in use and the grace is over, holds a token that
was replaced: the session ends, in a commit of its own.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct

from backstay.kernel.database import UnitOfWork
from backstay.systems.identity.contracts import SessionKind, SignedIn
from backstay.systems.identity.queries import sessions as queries
from backstay.systems.identity.queries.sessions import Standing
from backstay.systems.identity.service.part import Identity
from backstay.systems.identity.service.sessions import end_quietly, is_over, must_enrol, with_tokens
from backstay.systems.identity.service.tokens import Access, RefreshToken


class Reused(Struct, frozen=True):
    """A replaced refresh token came back, and its session was ended."""

    session_id: UUID


async def refresh(uow: UnitOfWork, token: RefreshToken) -> SignedIn | Reused | None:
    """The next tokens of a session.

    Returns:
        `Reused` when the session was ended because of this token: commit, then refuse. None
        when the session is over.
    """
    identity = uow.part(Identity)
    while True:
        found = await uow.first(queries.STANDING, id=token.session_id)
        if found is None or is_over(identity, found, uow.now()) or found.kind is not SessionKind.TOKENS:
            return None
        if token.counter == found.counter:
            if await uow.execute(queries.ADVANCE, id=found.id, counter=found.counter):
                return _next(identity, found, found.counter + 1, uow.now())
            continue  # somebody else was first; see what they made of it
        if token.counter == found.counter - 1 and _is_retry(identity, found, uow.now()):
            return _next(identity, found, found.counter, uow.now())
        await end_quietly(uow, found.user_id, found.id, "reuse")
        return Reused(found.id)


def _is_retry(identity: Identity, found: Standing, now: datetime) -> bool:
    """Whether the predecessor is presented by a client that refreshed twice at once or got no answer."""
    in_grace = now - found.rotated_at <= timedelta(seconds=identity.settings.refresh_grace)
    return in_grace or found.confirmed < found.counter


def _next(identity: Identity, found: Standing, counter: int, now: datetime) -> SignedIn:
    waiting = found.second_factor and found.assurance < 2
    made = SignedIn(
        session_id=found.id,
        assurance=found.assurance,
        expires_at=found.expires_at,
        second_factor=waiting,
        enrolment=must_enrol(
            identity, second_factor=found.second_factor, impersonator_id=found.impersonator_id
        ),
    )
    access = Access(
        found.id,
        found.user_id,
        counter,
        found.epoch,
        found.expires_at.timestamp(),
        found.impersonator_id,
    )
    return with_tokens(identity, made, access, now)
