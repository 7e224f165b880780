"""Signatures over how far each chain has come, and the pruning of what is old enough and signed."""

from __future__ import annotations

import hashlib
import logging
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from msgspec import structs

from backstay.kernel.actor import SYSTEM, Actor
from backstay.kernel.database import Database, Reader, UnitOfWork, timestamp_text
from backstay.systems.audit import queries
from backstay.systems.audit.contracts import Checkpoint
from backstay.systems.audit.queries import CheckpointRow
from backstay.systems.audit.service import verifier
from backstay.systems.audit.service.recording import Auditor

_log: Final = logging.getLogger("backstay.audit")


def in_organization(organization: UUID) -> Actor:
    """The house itself, at work in an organization."""
    return structs.replace(SYSTEM, organization_id=organization)


def key_id(public_key: bytes) -> str:
    """A short name of a key: the beginning of its hash."""
    return hashlib.sha256(public_key).hexdigest()[:16]


def plain(organization: UUID, row: CheckpointRow) -> dict[str, Any]:
    """A checkpoint as it is exported and checked."""
    return {
        "type": "checkpoint",
        "organization": str(organization),
        "seq": row.seq,
        "hash": row.hash.hex(),
        "at": timestamp_text(row.at),
        "public_key": row.public_key.hex(),
        "signature": row.signature.hex(),
    }


def shown(row: CheckpointRow) -> Checkpoint:
    """A checkpoint as the API shows it."""
    key = row.public_key
    return Checkpoint(row.seq, row.hash.hex(), row.at, key_id(key), key.hex(), row.signature.hex())


async def sign(uow: UnitOfWork) -> None:
    """Sign how far the unit's organization has come, unless it is signed; told to the log as well.

    The log usually leaves the machine, so it remembers what a table that was tampered with does not.
    """
    chain = await uow.first(queries.CHAIN)
    if chain is None or chain.seq == chain.checked_seq:
        return
    auditor, organization = uow.part(Auditor), uow.organization_id
    row = CheckpointRow(chain.seq, chain.hash, uow.now(), auditor.public_key, b"")
    signature = auditor.signing.sign(verifier.signed_part(plain(organization, row)))
    await uow.execute(
        queries.ADD_CHECKPOINT,
        seq=chain.seq,
        hash=chain.hash,
        public_key=auditor.public_key,
        signature=signature,
    )
    await uow.execute(queries.CHECKED, seq=chain.seq)
    words = "audit: organization %s has %d records, the last hash is %s, signed %s"
    uow.after_commit(lambda: _log.info(words, organization, chain.seq, chain.hash.hex(), signature.hex()))


async def sign_all(database: Database, *, batch: int) -> int:
    """Sign every organization's new records; returns how many organizations had some."""
    waiting = await database.reader(SYSTEM).all(queries.UNSIGNED, batch=batch)
    for organization in waiting:
        await database.run(in_organization(organization), sign)
    return len(waiting)


async def list_checkpoints(reader: Reader) -> list[Checkpoint]:
    """The organization's checkpoints, oldest first."""
    return [shown(row) for row in await reader.all(queries.CHECKPOINTS)]


async def prune(uow: UnitOfWork, *, days: int) -> int:
    """Remove records up to the newest checkpoint older than so many days; it stays, to say what was before.

    Returns:
        How many records went.
    """
    before = uow.now() - timedelta(days=days)
    mark = await uow.first(queries.LAST_CHECKPOINT_BEFORE, before=before)
    if mark is None or not await uow.execute(queries.PRUNE_TO, seq=mark.seq):
        return 0
    if uow.dialect == "postgresql":
        return await uow.one(queries.ASK_TO_PRUNE)
    await uow.execute(queries.PRUNE_CHECKPOINTS, seq=mark.seq)
    return await uow.execute(queries.PRUNE, seq=mark.seq)


async def prune_all(database: Database, *, days: int) -> int:
    """Prune every organization; returns how many records went."""
    gone = 0
    for organization in await database.reader(SYSTEM).all(queries.ORGANIZATIONS):
        gone += await database.run(in_organization(organization), lambda uow: prune(uow, days=days))
    return gone
