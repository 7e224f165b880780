"""What audit promises: a record for every change, and no touch that goes unseen."""

from __future__ import annotations

import asyncio
import copy
import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from contextvars import Context, ContextVar
from itertools import pairwise
from typing import Any, Final, TypeVar
from uuid import UUID

import rfc8785

from backstay.kernel.actor import Actor
from backstay.kernel.database import Database, UnitOfWork
from backstay.kernel.guarantees import (
    Client,
    Finding,
    Lab,
    Patch,
    Verdict,
    guarantee,
    judge,
    nothing_invented,
    nothing_lost,
)
from backstay.systems.audit.service import recording, verifier
from backstay.systems.audit.service.recording import Auditor

T = TypeVar("T")
Line = dict[str, Any]

_NOTES: Final = "/v1/audit/notes"
_WROTE: Final = f"POST {_NOTES}"
_PERSON: Final = UUID("01938a5e-0000-7000-8000-0000000000ee")


async def _note(client: Client) -> None:
    text = client.unique("note")
    await client.post(_NOTES, json={"text": text}, about=text)


@guarantee(
    "audit-trail-is-whole",
    promise="Every acknowledged change has its record, exactly once and in an unbroken chain, however often "
    "the server is killed.",
    safety="break",
    faults=["kill"],
    trials=2,
    core=False,  # the core set has a minute for all systems
)
async def audit_trail_is_whole(lab: Lab) -> Verdict:
    """Let clients of two servers make changes while these are killed; then read the trail and check it."""
    app = await lab.server(processes=2)
    for _ in lab.trials():
        async with lab.clients(6).running(_note):
            await lab.acknowledged(lab.random.randint(30, 60))
            await app.kill()
        await app.restart()
    records = [record async for record in app.walk("/v1/audit/records?limit=100&sort=seq")]
    numbers = [record["seq"] for record in records]
    texts = [record["after"]["text"] for record in records]
    gap = None if numbers == list(range(1, len(numbers) + 1)) else Finding("the numbers have a gap")
    found: list[Any] = []

    async def check(client: Client) -> None:
        found.append(await client.post("/v1/audit/verification", json={}))

    await lab.clients(1).each(1, check)
    broken = None if found[0]["valid"] else Finding(f"the chain does not hold: {found[0]['problem']}")
    writes = [op for op in lab.history if op.name == _WROTE]
    return judge(
        nothing_lost(writes, texts), nothing_invented(writes, texts), gap, broken, records=len(records)
    )


@audit_trail_is_whole.sabotage("write the record in a unit of work of its own, after the change's")
def afterwards(patch: Patch) -> None:
    """Between the two there is a moment, and in every moment a server can be killed."""
    run, add = Database.run, Auditor.add
    here: ContextVar[Database] = ContextVar("here")
    under_way: set[asyncio.Task[None]] = set()

    async def remember(database: Database, actor: Actor, work: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        here.set(database)
        return await run(database, actor, work)

    async def write(database: Database, actor: Actor, auditor: Auditor, draft: Any) -> None:
        await asyncio.sleep(0.02)

        async def work(uow: UnitOfWork) -> None:
            add(auditor, uow, draft)

        await run(database, actor, work)

    def later(auditor: Auditor, uow: UnitOfWork, draft: Any) -> None:
        # A context of its own, for a unit of work must not be opened inside another.
        task = asyncio.get_running_loop().create_task(
            write(here.get(), uow.actor, auditor, draft), context=Context()
        )
        under_way.add(task)
        task.add_done_callback(under_way.discard)

    patch(Database, "run", remember)
    patch(Auditor, "add", later)


@guarantee(
    "audit-shows-every-touch",
    promise="Whoever edits, deletes, reorders or cuts off records is found out by anybody who has an export, "
    "the public key and one earlier checkpoint; and erasing a person breaks nothing.",
    safety="probe",
)
async def audit_shows_every_touch(lab: Lab) -> Verdict:
    """Export a trail, check it, tamper with copies of it in every way, and check those."""
    app = await lab.server()
    await lab.clients(3).each(8, _note)
    replies: list[bytes] = []

    async def take(client: Client) -> None:
        await client.post(_NOTES, json={"text": "personal", "person_id": str(_PERSON)})
        await client.post("/v1/audit/checkpoints", json={})
        replies.append((await client.get("/v1/audit/export")).body)
        await client.delete(f"/v1/audit/people/{_PERSON}")
        replies.append((await client.get("/v1/audit/export")).body)

    await lab.clients(1).each(1, take)
    key = (await app.get("/v1/audit/key"))["public_key"]
    trail, erased = ([json.loads(line) for line in reply.splitlines()] for reply in replies)
    kept = [line for line in trail if line["type"] == "checkpoint"]
    findings = [
        _holds("the trail", trail, key, kept),
        _holds("the trail after an erasure", erased, key, kept),
        *(_shows(words, tamper(copy.deepcopy(trail)), key, kept) for words, tamper in _TAMPERING.items()),
    ]
    return judge(*findings, records=len(trail), ways=len(_TAMPERING))


def _records(trail: list[Line]) -> list[Line]:
    return [line for line in trail if line["type"] == "record"]


def _edited(trail: list[Line]) -> list[Line]:
    _records(trail)[4]["record"]["action"] = "audit.note_forged"
    return trail


def _edited_and_hashed(trail: list[Line]) -> list[Line]:
    before, line = _records(trail)[3:5]
    line["record"]["action"] = "audit.note_forged"
    line["hash"] = verifier.link(bytes.fromhex(before["hash"]), line["record"]).hex()
    return trail


def _hashed_to_the_end(trail: list[Line]) -> list[Line]:
    records = _records(trail)
    records[4]["record"]["action"] = "audit.note_forged"
    for before, line in pairwise(records[3:]):
        line["hash"] = verifier.link(bytes.fromhex(before["hash"]), line["record"]).hex()
    return trail


def _without(trail: list[Line], gone: list[Line]) -> list[Line]:
    return [line for line in trail if line not in gone]


def _reordered(trail: list[Line]) -> list[Line]:
    first = trail.index(_records(trail)[4])
    trail[first], trail[first + 1] = trail[first + 1], trail[first]
    return trail


def _cut(trail: list[Line]) -> list[Line]:
    return _without(trail, [*_records(trail)[-3:], *(line for line in trail if line["type"] == "checkpoint")])


_TAMPERING: Final[Mapping[str, Callable[[list[Line]], list[Line]]]] = {
    "an edited record": _edited,
    "an edited record with a fresh hash": _edited_and_hashed,
    "an edited record with fresh hashes to the end": _hashed_to_the_end,
    "a deleted record": lambda trail: _without(trail, _records(trail)[4:5]),
    "two records in the other order": _reordered,
    "an end that was cut off, with its checkpoint": _cut,
    "a beginning that was cut off": lambda trail: _without(trail, _records(trail)[:3]),
}


def _holds(words: str, trail: list[Line], key: str, kept: list[Line]) -> Finding | None:
    try:
        verifier.verify_lines(trail, keys=[key], kept=kept)
    except verifier.Broken as failure:
        return Finding(f"{words} does not hold: {failure}")
    return None


def _shows(words: str, trail: list[Line], key: str, kept: list[Line]) -> Finding | None:
    if _holds(words, trail, key, kept) is None:
        return Finding(f"{words} went unseen")
    return None


@audit_shows_every_touch.sabotage("hash each record alone, without the one before it")
def alone(patch: Patch) -> None:
    """A row with a checksum is no chain."""

    def link(_before: bytes, record: Mapping[str, Any]) -> bytes:
        return hashlib.sha256(rfc8785.dumps(dict(record))).digest()

    async def append_one(uow: UnitOfWork, draft: Any, data: dict[str, Any]) -> None:
        await recording.append(uow, [draft], [data])

    patch(verifier, "link", link)
    patch(recording, "append_one", append_one)  # PostgreSQL would hash by itself, and rightly


@audit_shows_every_touch.sabotage("sign the number that was reached, and not the hash")
def number_only(patch: Patch) -> None:
    """The end can then be written anew."""

    def signed_part(checkpoint: Mapping[str, Any]) -> bytes:
        return rfc8785.dumps({"seq": checkpoint["seq"]})

    patch(verifier, "signed_part", signed_part)
