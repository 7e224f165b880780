"""Statements of the audit system."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    LargeBinary,
    Text,
    TextClause,
    cast,
    delete,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect as SqlDialect
from sqlalchemy.schema import CreateTable

from backstay.kernel.database import (
    NOW,
    Timestamp,
    Uuid,
    at_least,
    below,
    equals,
    listing,
    param,
    statement,
    upsert,
)
from backstay.systems.audit.tables import chains, checkpoints, person_keys, records, vault_keys


class ChainRow(Struct, frozen=True):
    """How far a chain has come."""

    seq: int
    hash: bytes
    pruned_seq: int
    checked_seq: int


class RecordRow(Struct, frozen=True):
    """A record as it is stored."""

    seq: int
    at: datetime
    action: str
    actor_id: UUID
    subject_id: str
    person_id: UUID | None
    record: str
    hash: bytes


class CheckpointRow(Struct, frozen=True):
    """A checkpoint as it is stored."""

    seq: int
    hash: bytes
    at: datetime
    public_key: bytes
    signature: bytes


class PersonIn(Struct, frozen=True):
    """A person in an organization."""

    organization_id: UUID
    person_id: UUID


class PersonKey(Struct, frozen=True):
    """A person's key, encrypted; empty where a vault has it."""

    person_id: UUID
    key: bytes


_CHAIN: Final = [chains.c.seq, chains.c.hash, chains.c.pruned_seq, chains.c.checked_seq]
_RECORD: Final = [
    records.c.seq,
    records.c.at,
    records.c.action,
    records.c.actor_id,
    records.c.subject_id,
    records.c.person_id,
    records.c.record,
    records.c.hash,
]
_CHECKPOINT: Final = [
    checkpoints.c.seq,
    checkpoints.c.hash,
    checkpoints.c.at,
    checkpoints.c.public_key,
    checkpoints.c.signature,
]

ADVANCE: Final = statement(
    upsert(chains, key=("organization_id",))
    .insert(seq=param("count"), hash=param("genesis"), pruned_seq=0, checked_seq=0)
    .update(seq=chains.c.seq + param("count", BigInteger))
    .returning(*_CHAIN),
    ChainRow,
)
"""Take the next numbers; holds the chain until the commit. The hash is still that of the last record."""
SET_HEAD: Final = statement(update(chains).values(hash=param("hash", LargeBinary)))
CHAIN: Final = statement(select(*_CHAIN), ChainRow)
APPEND: Final = statement(
    insert(records).values(
        {
            column.name: param(column.name, column.type)
            for column in records.columns
            if column.name != "organization_id"
        }
    )
)


def _text(seq: ColumnElement[int]) -> ColumnElement[str]:
    """The record with its number, which stands between what the caller knows."""
    return param("head", Text).concat(cast(seq, Text)).concat(param("tail", Text))


def _linked(before: ColumnElement[bytes], seq: ColumnElement[int]) -> ColumnElement[bytes]:
    """As `verifier.link`, in PostgreSQL's words."""
    return func.sha256(before.op("||")(func.convert_to(_text(seq), "UTF8")), type_=LargeBinary())


_NEXT: Final[Any] = (
    upsert(chains, key=("organization_id",))
    .insert(
        seq=1,
        hash=_linked(param("genesis", LargeBinary), cast(1, BigInteger)),
        pruned_seq=0,
        checked_seq=0,
    )
    .update(seq=chains.c.seq + 1, hash=_linked(chains.c.hash, chains.c.seq + 1))
    .returning(chains.c.organization_id, chains.c.seq, chains.c.hash)
    .build("postgresql")
)
_END: Final = _NEXT.cte("chain")
APPEND_ONE: Final = statement(
    {
        "postgresql": postgresql.insert(records).from_select(
            [column.name for column in records.columns],
            select(
                *(
                    _text(_END.c.seq)
                    if column.name == "record"
                    else _END.c.get(column.name, param(column.name, column.type))
                    for column in records.columns
                )
            ),
        )
    }
)
"""`ADVANCE`, `APPEND` and `SET_HEAD` of one record in one trip: the chain is held from here to the commit, so
all other changes of the organization wait for each trip. SQLite has neither the
trips nor a hash of its own."""
RECORD: Final = statement(select(*_RECORD).where(records.c.seq == param("seq")), RecordRow)
AFTER: Final = statement(
    select(*_RECORD)
    .where(records.c.seq > param("seq"), records.c.seq <= param("until", BigInteger))
    .order_by(records.c.seq)
    .limit(param("batch")),
    RecordRow,
)
CHECKPOINTS: Final = statement(select(*_CHECKPOINT).order_by(checkpoints.c.seq), CheckpointRow)
ADD_CHECKPOINT: Final = statement(
    upsert(checkpoints, key=("organization_id", "seq")).insert(
        hash=param("hash"), at=NOW, public_key=param("public_key"), signature=param("signature")
    )
)
CHECKED: Final = statement(update(chains).values(checked_seq=param("seq", BigInteger)))
UNSIGNED: Final = statement(
    select(chains.c.organization_id)
    .where(chains.c.seq > chains.c.checked_seq)
    .order_by(chains.c.organization_id)
    .limit(param("batch")),
    UUID,
    unscoped=True,
)
"""Organizations with records that no checkpoint covers."""
ORGANIZATIONS: Final = statement(
    select(chains.c.organization_id).order_by(chains.c.organization_id), UUID, unscoped=True
)
LAST_CHECKPOINT_BEFORE: Final = statement(
    select(*_CHECKPOINT)
    .where(checkpoints.c.at < param("before", Timestamp))
    .order_by(checkpoints.c.seq.desc())
    .limit(1),
    CheckpointRow,
)
PRUNE_TO: Final = statement(
    update(chains)
    .where(chains.c.pruned_seq < param("seq", BigInteger))
    .values(pruned_seq=param("seq", BigInteger))
)
PRUNE: Final = statement({"sqlite": delete(records).where(records.c.seq <= param("seq"))})
"""On SQLite; on PostgreSQL the application may not, and asks for it."""
ASK_TO_PRUNE: Final = statement(
    {"postgresql": select(func.audit_prune(chains.c.organization_id, type_=BigInteger).label("gone"))}, int
)
"""Remove the records and checkpoints up to where the chain is called pruned, and return how many records."""
PRUNE_CHECKPOINTS: Final = statement(delete(checkpoints).where(checkpoints.c.seq < param("seq")))

KEY_OF: Final = statement(
    select(person_keys.c.person_id, person_keys.c.key).where(person_keys.c.person_id == param("person_id")),
    PersonKey,
)
ADD_KEY: Final = statement(upsert(person_keys, key=("organization_id", "person_id")).insert(key=param("key")))
"""One that is there stays; so read it again after this."""
ERASE: Final = statement(delete(person_keys).where(person_keys.c.person_id == param("person_id")))
EMPTY_KEY: Final = statement(
    update(person_keys).where(person_keys.c.person_id == param("person_id")).values(key=b"")
)
BESIDE: Final = statement(
    select(person_keys.c.organization_id, person_keys.c.person_id)
    .where(func.length(person_keys.c.key) > 0)
    .limit(param("batch")),
    PersonIn,
    unscoped=True,
)
"""People whose keys are in their rows."""
ORGANIZATIONS_OF: Final = statement(
    select(person_keys.c.organization_id).where(person_keys.c.person_id == param("person_id", Uuid)),
    UUID,
    unscoped=True,
)


def _vault_made_in(dialect: SqlDialect) -> TextClause:
    return text(str(CreateTable(vault_keys, if_not_exists=True).compile(dialect=dialect)))


VAULT_MAKE: Final = statement(
    {
        "sqlite": _vault_made_in(sqlite.dialect()),
        "postgresql": _vault_made_in(postgresql.dialect()),  # type: ignore[no-untyped-call]  # SQLAlchemy's
    }
)
_KEY_IN_VAULT: Final = (vault_keys.c.whose == param("whose"), vault_keys.c.person == param("person"))
VAULT_PUT: Final = statement(
    upsert(vault_keys, key=("whose", "person")).insert(
        whose=param("whose"), person=param("person"), key=param("key")
    )
)
"""One that is there stays."""
VAULT_FIND: Final = statement(select(vault_keys.c.key).where(*_KEY_IN_VAULT), bytes)
VAULT_DESTROY: Final = statement(delete(vault_keys).where(*_KEY_IN_VAULT))

LIST: Final = listing(
    select(*_RECORD),
    RecordRow,
    name="audit.records",
    key=records.c.seq,
    sorts={"seq": records.c.seq},
    default=("-seq",),
    filters={
        "action": equals(records.c.action, str, "Records of this action."),
        "actor_id": equals(records.c.actor_id, UUID, "What this actor did: somebody's activity."),
        "subject_id": equals(records.c.subject_id, str, "What happened to this."),
        "since": at_least(records.c.at, datetime, "Records from this moment on."),
        "before": below(records.c.at, datetime, "Records before this moment."),
    },
)
