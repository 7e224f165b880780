"""Imports: asked for, run a few products a commit, and undone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

from msgspec import structs

from backstay.kernel.database import ListRequest, OutOfRange, Page, Reader, UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.kernel.trail import record
from backstay.products.commerce.catalog.contracts.imports import (
    Fault,
    FileFormat,
    Import,
    ImportDraft,
    ImportState,
    RunImport,
)
from backstay.products.commerce.catalog.contracts.products import ProductState
from backstay.products.commerce.catalog.errors import NoSuchFile, SkuTaken, SlugTaken
from backstay.products.commerce.catalog.queries import files as queries
from backstay.products.commerce.catalog.service import states
from backstay.products.commerce.catalog.service.listing import relist
from backstay.products.commerce.catalog.service.merging import merge
from backstay.products.commerce.catalog.service.reading import Parsed, Read, read_file
from backstay.products.commerce.catalog.service.writing import move, write
from backstay.products.commerce.shops import Shop
from backstay.products.commerce.shops import get as get_shop
from backstay.systems.jobs import JobContext, StaleLease

BATCH: Final = 50
"""Products of one commit."""


async def ask(uow: UnitOfWork, shop: Shop, draft: ImportDraft) -> Import:
    """Keep a file, and have it imported by a job of the same commit."""
    id_ = uuid7()
    counts = dict.fromkeys(("done", "created", "changed", "unchanged", "refused", "faults", "kept"), 0)
    await uow.execute(
        queries.INSERT,
        id=id_,
        shop_id=shop.id,
        format=draft.format,
        content=draft.content,
        dry_run=draft.dry_run,
        make_terms=draft.make_terms,
        state=ImportState.WAITING,
        rows=None,
        products=None,
        finished_at=None,
        **counts,
    )
    await RunImport(import_id=id_).enqueue(uow)
    told = {"format": draft.format, "dry_run": draft.dry_run, "characters": len(draft.content)}
    record(uow, "catalog.import_asked", subject=("import", id_), after=told)
    return await get_import(uow, shop, id_)


async def import_csv(uow: UnitOfWork, shop: Shop, content: str) -> UUID:
    """Have a file of products imported, brands and categories with them, by a job; the import's id."""
    draft = ImportDraft(format=FileFormat.CSV, content=content, make_terms=True)
    return (await ask(uow, shop, draft)).id


async def get_import(reader: Reader, shop: Shop, id_: UUID) -> Import:
    """An import of the shop.

    Raises:
        NoSuchFile: there is none with this id.
    """
    found = await reader.first(queries.GET, shop_id=shop.id, id=id_)
    if found is None:
        raise NoSuchFile
    return found


async def list_imports(reader: Reader, shop: Shop, request: ListRequest) -> Page[Import]:
    """The shop's imports."""
    return await reader.page(queries.IMPORTS, request, shop_id=shop.id)


async def list_faults(reader: Reader, shop: Shop, id_: UUID, request: ListRequest) -> Page[Fault]:
    """Why rows of an import were not taken.

    Raises:
        NoSuchFile: there is no such import.
    """
    await get_import(reader, shop, id_)
    return await reader.page(queries.FAULTS, request, id=id_)


async def run(context: JobContext, import_id: UUID) -> None:
    """Import what is left of a file. A process that takes over goes on after the last commit."""
    async with context.transaction() as uow:
        task = await uow.first(queries.TASK, id=import_id)
    if task is None or task.state not in (ImportState.WAITING, ImportState.RUNNING):
        return
    read = await asyncio.to_thread(read_file, task.format, task.content)
    if task.state is ImportState.WAITING:
        async with context.transaction() as uow:
            await _begin(uow, task, read)
    numbered = task.faults + len(read.faults)
    for start in range(task.done, len(read.products), BATCH):
        some = read.products[start : start + BATCH]
        outcome = await step(context, task, start, some)
        if task.dry_run:
            async with context.transaction() as uow:
                await count(uow, task, start, len(some), outcome, numbered)
        numbered += len(outcome.faults)
        await context.progress((start + len(some)) / len(read.products))
    async with context.transaction() as uow:
        state = ImportState.FAILED if read.faults else ImportState.DONE
        await uow.execute(queries.FINISH, id=task.id, state=state, kept=0)


class Outcome(NamedTuple):
    """What came of some products."""

    created: int
    changed: int
    unchanged: int
    refused: int
    faults: list[Fault]


async def _begin(uow: UnitOfWork, task: queries.Task, read: Read) -> None:
    await uow.execute(
        queries.READ,
        id=task.id,
        rows=read.rows,
        products=len(read.products),
        refused=0,
        faults=len(read.faults),
        state=ImportState.RUNNING,
    )
    await _keep_faults(uow, task.id, 0, read.faults)


async def _keep_faults(uow: UnitOfWork, id_: UUID, first: int, faults: Sequence[Fault]) -> None:
    rows = [
        {"import_id": id_, "number": first + place, **structs.asdict(one)} for place, one in enumerate(faults)
    ]
    await uow.execute_many(queries.ADD_FAULT, rows)


class _Rehearsed(Exception):
    """Carries the outcome out of a unit that is not to be committed."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


async def step(context: JobContext, task: queries.Task, start: int, some: Sequence[Parsed]) -> Outcome:
    """Import some products; in one commit with how far it is, or, of a dry run, in none."""
    try:
        async with context.transaction() as uow:
            outcome = await take(uow, task, start, some)
            _roll_back_a_rehearsal(task, outcome)
            counted = await uow.first(queries.TASK, id=task.id)
            assert counted is not None
            await count(uow, task, start, len(some), outcome, counted.faults)
    except _Rehearsed as rehearsed:
        return rehearsed.outcome
    return outcome


def _roll_back_a_rehearsal(task: queries.Task, outcome: Outcome) -> None:
    if task.dry_run:
        raise _Rehearsed(outcome)


async def count(
    uow: UnitOfWork, task: queries.Task, was: int, done: int, outcome: Outcome, numbered: int
) -> None:
    """Note what came of a step, and how far the import is; the faults are numbered from `numbered` on."""
    touched = await uow.execute(
        queries.STEP,
        id=task.id,
        was=was,
        done=done,
        created=outcome.created,
        changed=outcome.changed,
        unchanged=outcome.unchanged,
        refused=outcome.refused,
        faults=len(outcome.faults),
    )
    if not touched:
        raise StaleLease
    await _keep_faults(uow, task.id, numbered, outcome.faults)


async def take(uow: UnitOfWork, task: queries.Task, start: int, some: Sequence[Parsed]) -> Outcome:
    """Make some products of a file what it says, and keep what they were."""
    revision = await move(uow, task.shop_id)
    shop = await get_shop(uow, task.shop_id)
    merged = await merge(uow, shop, some, make_terms=task.make_terms)
    before: dict[UUID, tuple[int, ProductState | None]] = {}
    unchanged = 0
    for place, (parsed, old, new) in enumerate(merged):
        if new is None or parsed.faults:
            continue
        try:
            if not await write(uow, shop.id, old, new):
                unchanged += 1
                continue
        except OutOfRange as failure:
            parsed.fault(parsed.rows[0], "", "range", str(failure))
        except SlugTaken:
            parsed.fault(parsed.rows[0], "product", "unique", "another product bears this slug")
        except SkuTaken as taken:
            named = ", ".join(taken.extensions["skus"])
            parsed.fault(parsed.rows[0], "sku", "unique", f"other products have {named}")
        else:
            before[new.id] = start + place, old
    await relist(uow, shop.id, revision, before)
    now = await states.read(uow, shop.id, before)
    await uow.execute_many(
        queries.TOUCH,
        [
            {
                "import_id": task.id,
                "product_id": id_,
                "number": number,
                "before": old,
                "version": now[id_].row.version,
            }
            for id_, (number, old) in before.items()
        ],
    )
    created = sum(old is None for _, old in before.values())
    refused = [parsed for parsed, _, _ in merged if parsed.faults]
    faults = [one for parsed in refused for one in _explained(parsed)]
    return Outcome(created, len(before) - created, unchanged, len(refused), faults)


def _explained(parsed: Parsed) -> list[Fault]:
    """The faults of a product, and of each of its rows without one, whose it was held back for."""
    told = {one.row for one in parsed.faults}
    first = min(told)
    held = [
        Fault(row, "", "held_back", f"row {first} of the same product has a fault", parsed.slug)
        for row in parsed.rows
        if row not in told
    ]
    return sorted([*parsed.faults, *held], key=lambda one: (one.row, one.field))
