"""Looking at records, checking the chain, and handing it all over with its proof."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from backstay.kernel.database import ListRequest, Page, Reader
from backstay.systems.audit import queries
from backstay.systems.audit.contracts import AuditKey, AuditRecord, Verification
from backstay.systems.audit.errors import NoSuchRecord
from backstay.systems.audit.queries import ChainRow, CheckpointRow, RecordRow
from backstay.systems.audit.service import verifier
from backstay.systems.audit.service.checkpoints import key_id, plain
from backstay.systems.audit.service.recording import Auditor

_BATCH: Final = 500
_EVERYTHING: Final = 2**53
_COLUMNS: Final = ("type", "seq", "at", "action", "actor", "subject_type", "subject", "proof")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


async def list_records(reader: Reader, request: ListRequest) -> Page[AuditRecord]:
    """What happened, newest first; what was sealed is opened where the person's key is still there."""
    page = await reader.page(queries.LIST, request)
    items = [await _opened(reader, row) for row in page.items]
    return Page(items, page.next_cursor, page.previous_cursor)


async def get_record(reader: Reader, seq: int) -> AuditRecord:
    """One record.

    Raises:
        NoSuchRecord: there is none of this number.
    """
    row = await reader.first(queries.RECORD, seq=seq)
    if row is None:
        raise NoSuchRecord
    return await _opened(reader, row)


def signing_key(reader: Reader) -> AuditKey:
    """What checkpoints are signed with now."""
    public = reader.part(Auditor).public_key
    return AuditKey(key_id(public), public.hex())


async def verify(reader: Reader) -> Verification:
    """Go through the whole chain: every hash, every number, every signature, and the columns beside them."""
    # Before the chain: it may go on meanwhile, and a checkpoint must not be ahead of what is read.
    marks = await reader.all(queries.CHECKPOINTS)
    chain = await reader.first(queries.CHAIN)
    if chain is None:
        stray = await reader.first(queries.AFTER, seq=0, until=_EVERYTHING, batch=1)
        problem = None if stray is None else "records are there without a chain"
        return Verification(problem is None, problem, None, 0, None, None, 0)
    walk = _walk(reader, chain.pruned_seq, marks)
    try:
        async for row in _rows(reader, chain.pruned_seq, chain.seq):
            record = json.loads(row.record)
            walk.step(record, row.hash.hex())
            _compare(row, record)
        _meet(walk, chain)
        for mark in marks:
            walk.check(plain(reader.organization_id, mark))
    except (verifier.Broken, ValueError) as failure:
        seq = failure.seq if isinstance(failure, verifier.Broken) else walk.seq + 1
        return _verification(walk, chain.pruned_seq, str(failure), seq)
    return _verification(walk, chain.pruned_seq, None, None)


async def export(reader: Reader, form: Literal["jsonl", "csv"]) -> AsyncIterator[bytes]:
    """Everything, with its proof: a header, the records, the checkpoints."""
    marks = await reader.all(queries.CHECKPOINTS)
    chain = await reader.first(queries.CHAIN)
    start, end = (0, 0) if chain is None else (chain.pruned_seq, chain.seq)
    header = {
        "type": "header",
        "format": 1,
        "organization": str(reader.organization_id),
        "pruned_seq": start,
        "pruned_hash": _walk(reader, start, marks).head.hex(),
    }
    if form == "csv":
        yield _csv(_COLUMNS)
    yield _line(form, header, None)
    async for row in _rows(reader, start, end):
        line = {"type": "record", "record": json.loads(row.record), "hash": row.hash.hex()}
        yield _line(form, line, row)
    for mark in marks:
        yield _line(form, plain(reader.organization_id, mark), None)


def _meet(walk: verifier.Walk, chain: ChainRow) -> None:
    """The last record must be the one that the chain knows as its last."""
    if walk.seq != chain.seq or (walk.records and walk.head != chain.hash):
        raise verifier.Broken(f"the chain says {chain.seq}, and {walk.seq} is the last", walk.seq + 1)


def _walk(reader: Reader, pruned: int, marks: list[CheckpointRow]) -> verifier.Walk:
    before = next((mark.hash for mark in marks if mark.seq == pruned), verifier.GENESIS)
    return verifier.Walk(
        organization=str(reader.organization_id),
        start=pruned,
        head=before,
        wanted=frozenset(mark.seq for mark in marks),
    )


def _verification(walk: verifier.Walk, pruned: int, problem: str | None, seq: int | None) -> Verification:
    some = walk.records > 0
    first, last = (pruned + 1, walk.seq) if some else (None, None)
    return Verification(problem is None, problem, seq, walk.records, first, last, walk.checkpoints)


async def _rows(reader: Reader, after: int, until: int) -> AsyncIterator[RecordRow]:
    while rows := await reader.all(queries.AFTER, seq=after, until=until, batch=_BATCH):
        for row in rows:
            yield row
        after = rows[-1].seq


def _compare(row: RecordRow, record: dict[str, Any]) -> None:
    """The columns that records are found by must say what the record says."""
    person = None if row.person_id is None else str(row.person_id)
    beside = (row.action, str(row.actor_id), row.subject_id, person, row.at)
    within = (
        record["action"],
        record["actor"]["id"],
        record["subject"]["id"],
        record["person"],
        datetime.fromisoformat(record["at"]),
    )
    if beside != within:
        raise verifier.Broken(f"the columns of record {row.seq} are not what was recorded", row.seq)


async def _opened(reader: Reader, row: RecordRow) -> AuditRecord:
    record = json.loads(row.record)
    data, erased = record, False
    if "sealed" in record and row.person_id is not None:
        auditor = reader.part(Auditor)
        key = await auditor.person_keys.to_open(reader, row.person_id)
        opened = key and auditor.sealer.open(key, reader.organization_id, row.person_id, record["sealed"])
        data, erased = opened or {"before": None, "after": None}, not opened
    actor = record["actor"]
    return AuditRecord(
        seq=row.seq,
        at=row.at,
        action=row.action,
        actor_id=row.actor_id,
        actor_kind=actor["kind"],
        session_id=None if actor["session"] is None else UUID(actor["session"]),
        impersonator_id=None if actor["impersonator"] is None else UUID(actor["impersonator"]),
        subject_type=record["subject"]["type"],
        subject_id=row.subject_id,
        person_id=row.person_id,
        request_id=record["request"],
        before=data["before"],
        after=data["after"],
        erased=erased,
        hash=row.hash.hex(),
    )


def _line(form: str, line: dict[str, Any], row: RecordRow | None) -> bytes:
    proof = json.dumps(line, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    if form == "jsonl":
        return proof.encode("utf-8") + b"\n"
    if row is None:
        return _csv((line["type"], str(line.get("seq", "")), line.get("at", ""), "", "", "", "", proof))
    kind = line["record"]["subject"]["type"]
    at = line["record"]["at"]
    return _csv(("record", str(row.seq), at, row.action, str(row.actor_id), kind, row.subject_id, proof))


def _csv(cells: tuple[str, ...]) -> bytes:
    """One line (RFC 4180). A cell that a spreadsheet would take for a formula gets a quote in front."""
    text = io.StringIO()
    safe = [f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells]
    csv.writer(text).writerow(safe)
    return text.getvalue().encode("utf-8")
