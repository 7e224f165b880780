"""Statements of the idempotency system. A claim is one statement: the unique key decides who executes."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    LargeBinary,
    case,
    delete,
    func,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from backstay.kernel.database import ACTOR, NOW, Uuid, equals, listing, param, statement, upsert
from backstay.systems.idempotency.contracts import IdempotencyKey, KeyState
from backstay.systems.idempotency.tables import keys


class ClaimRow(Struct, frozen=True):
    """A key after somebody claimed it: whose it is now, and what was answered if it was."""

    id: UUID
    claim_id: UUID
    fingerprint: bytes
    state: KeyState
    request_id: str
    status: int | None
    answer: bytes | None


class _Present(ColumnElement[int]):
    """The store's present in microseconds since 1970: `at`, or where that is NULL PostgreSQL's own clock."""

    inherit_cache = False
    type = BigInteger()

    def __init__(self) -> None:
        self.at = param("at", BigInteger)

    def get_children(self, **_: Any) -> tuple[ColumnElement[Any], ...]:
        """What traversals see of it."""
        return (self.at,)

    def _copy_internals(self, clone: Any = None, **kw: Any) -> None:
        self.at = clone(self.at, **kw)


@compiles(_Present)
def _on_sqlite(element: _Present, compiler: SQLCompiler, **kw: Any) -> str:
    return str(compiler.process(element.at, **kw))


@compiles(_Present, "postgresql")
def _on_postgresql(element: _Present, compiler: SQLCompiler, **kw: Any) -> str:
    own = "CAST(extract(epoch FROM statement_timestamp()) * 1000000 AS bigint)"
    return f"coalesce({compiler.process(element.at, **kw)}, {own})"


_NOW: Final = _Present()
_LEASE_END: Final = _NOW + param("lease", BigInteger)
_PRUNE_AT: Final = _NOW + param("retention", BigInteger)
_ANSWER_END: Final = _NOW + param("answer_for", BigInteger)
"""NULL where `answer_for` is: as long as the key."""

_SAME: Final = keys.c.fingerprint == param("fingerprint", LargeBinary)
_ENDED: Final = keys.c.prune_at <= _NOW
_DIED: Final = (keys.c.state == KeyState.IN_FLIGHT.value) & (keys.c.lease_until <= _NOW) & _SAME
_FRESH: Final = or_(_ENDED, _DIED)
_AGAIN: Final = (keys.c.state == KeyState.DONE.value) & _SAME


def _anew(name: str, value: Any, *, when: ColumnElement[bool] = _ENDED) -> ColumnElement[Any]:
    """The value when the row begins anew, else what it holds."""
    return case((when, value), else_=keys.c[name])


CLAIM: Final = statement(
    upsert(keys, key=("organization_id", "actor_id", "credential_id", "key"))
    .insert(
        actor_id=ACTOR,
        id=param("id"),
        fingerprint=param("fingerprint"),
        route=param("route"),
        state=KeyState.IN_FLIGHT.value,
        claim_id=param("claim_id"),
        attempts=1,
        replays=0,
        request_id=param("request_id"),
        status=null(),
        answer=null(),
        lease_until=_LEASE_END,
        answer_until=_ANSWER_END,
        prune_at=_PRUNE_AT,
        created_at=NOW,
        completed_at=null(),
        replayed_at=null(),
    )
    .update(
        id=_anew("id", param("id", Uuid)),
        fingerprint=_anew("fingerprint", param("fingerprint", LargeBinary)),
        route=_anew("route", param("route", keys.c.route.type)),
        state=_anew("state", KeyState.IN_FLIGHT.value),
        claim_id=_anew("claim_id", param("claim_id", Uuid), when=_FRESH),
        attempts=case((_ENDED, 1), (_DIED, keys.c.attempts + 1), else_=keys.c.attempts),
        replays=case((_ENDED, 0), (_AGAIN, keys.c.replays + 1), else_=keys.c.replays),
        request_id=_anew("request_id", param("request_id", keys.c.request_id.type), when=_FRESH),
        status=_anew("status", null()),
        answer=_anew("answer", null()),
        lease_until=_anew("lease_until", _LEASE_END, when=_FRESH),
        answer_until=_anew("answer_until", _ANSWER_END, when=_FRESH),
        prune_at=_anew("prune_at", _PRUNE_AT),
        created_at=_anew("created_at", NOW),
        completed_at=_anew("completed_at", null()),
        replayed_at=case((_ENDED, null()), (_AGAIN, NOW), else_=keys.c.replayed_at),
    )
    .returning(
        keys.c.id,
        keys.c.claim_id,
        keys.c.fingerprint,
        keys.c.state,
        keys.c.request_id,
        keys.c.status,
        case((keys.c.answer_until <= _NOW, null()), else_=keys.c.answer).label("answer"),
    ),
    ClaimRow,
)
"""Claim a key, take it over from a process that died, or count a replay of what was answered.

Whoever finds its own `claim_id` in the row executes. A row whose time is over begins anew.
"""

_MINE: Final = (
    (keys.c.id == param("id"))
    & (keys.c.claim_id == param("claim_id"))
    & (keys.c.state == KeyState.IN_FLIGHT.value)
)
CONCLUDE: Final = statement(
    update(keys)
    .where(_MINE)
    .values(
        state=KeyState.DONE.value,
        status=param("status", Integer),
        answer=param("answer", LargeBinary),
        completed_at=NOW,
    )
    .returning(keys.c.id),
    UUID,
)
"""Keep the answer, if the claim is still whose it was."""
RELEASE: Final = statement(delete(keys).where(_MINE).returning(keys.c.id), UUID)
RENEW: Final = statement(update(keys).where(_MINE).values(lease_until=_LEASE_END).returning(keys.c.id), UUID)

_OVER: Final = select(keys.c.id).where(keys.c.prune_at <= _NOW).order_by(keys.c.prune_at)
PRUNE: Final = statement(
    delete(keys).where(keys.c.id.in_(_OVER.limit(param("batch", Integer)))), unscoped=True
)
_SHOWN_LONG_ENOUGH: Final = (
    select(keys.c.id)
    .where(keys.c.answer_until <= _NOW, keys.c.answer.is_not(None))
    .order_by(keys.c.answer_until)
)
FORGET_ANSWERS: Final = statement(
    update(keys)
    .where(keys.c.id.in_(_SHOWN_LONG_ENOUGH.limit(param("batch", Integer))))
    .values(answer=null()),
    unscoped=True,
)

_SHOWN: Final = (
    keys.c.id,
    keys.c.key,
    keys.c.route,
    keys.c.actor_id,
    keys.c.state,
    keys.c.status,
    keys.c.answer.is_not(None).label("answer_kept"),
    keys.c.attempts,
    keys.c.replays,
    keys.c.request_id,
    keys.c.created_at,
    keys.c.completed_at,
    keys.c.replayed_at,
)
GET: Final = statement(select(*_SHOWN).where(keys.c.id == param("id")), IdempotencyKey)
REPLAYS: Final = statement(
    select(func.coalesce(func.sum(keys.c.replays), 0).label("replays")).select_from(keys), int
)
LIST: Final = listing(
    select(*_SHOWN),
    IdempotencyKey,
    name="idempotency.keys",
    key=keys.c.id,
    sorts={"created_at": keys.c.created_at},
    default=("-created_at",),
    filters={
        "key": equals(keys.c.key, str, "This key, whoever sent it."),
        "state": equals(keys.c.state, KeyState, "Keys whose request has come so far."),
        "actor_id": equals(keys.c.actor_id, UUID, "Keys that this person or program sent."),
        "route": equals(keys.c.route, str, "Keys that were sent to this route."),
    },
)

_THEIRS: Final = keys.c.actor_id == param("user_id", Uuid)
KEYS_OF: Final = statement(select(*_SHOWN).where(_THEIRS).order_by(keys.c.id), IdempotencyKey, unscoped=True)
ERASE: Final = statement(delete(keys).where(_THEIRS), unscoped=True)
