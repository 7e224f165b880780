"""The undo of an import: what it changed is put back, the last first."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from msgspec import structs

from backstay.kernel.database import UnitOfWork
from backstay.kernel.trail import record
from backstay.products.commerce.catalog.contracts.imports import Import, ImportState, Touched, UndoImport
from backstay.products.commerce.catalog.contracts.products import ProductState
from backstay.products.commerce.catalog.errors import NotUndoable, SkuTaken, SlugTaken
from backstay.products.commerce.catalog.queries import files as queries
from backstay.products.commerce.catalog.queries import terms as term_queries
from backstay.products.commerce.catalog.service import states
from backstay.products.commerce.catalog.service.importing import BATCH, get_import
from backstay.products.commerce.catalog.service.listing import relist
from backstay.products.commerce.catalog.service.writing import move, write
from backstay.products.commerce.shops import Shop
from backstay.systems.jobs import JobContext


async def ask_undo(uow: UnitOfWork, shop: Shop, id_: UUID) -> Import:
    """Have an import undone by a job.

    Raises:
        NoSuchFile: there is no such import.
        NotUndoable: it was a dry run, is not done, or is undone.
    """
    found = await get_import(uow, shop, id_)
    undoing = {"id": id_, "was": ImportState.DONE, "state": ImportState.UNDOING}
    if found.dry_run or not await uow.execute(queries.STATE, **undoing):
        raise NotUndoable
    await UndoImport(import_id=id_).enqueue(uow)
    record(uow, "catalog.import_undo_asked", subject=("import", id_))
    return await get_import(uow, shop, id_)


async def undo(context: JobContext, import_id: UUID) -> None:
    """Put back what an import changed, the last first; what was changed after it stays, and is counted."""
    undone = 0
    async with context.transaction() as uow:
        task = await uow.first(queries.TASK, id=import_id)
        if task is None or task.state is not ImportState.UNDOING:
            return
        whole = await uow.one(queries.TOUCHES, id=import_id)
    while True:
        async with context.transaction() as uow:
            some = await uow.all(queries.TOUCHED, id=import_id, limit=BATCH)
            if not some:
                await uow.execute(queries.FINISH, id=import_id, state=ImportState.UNDONE, kept=0)
                break
            kept = await _put_back(uow, task, some)
            await uow.execute(queries.KEPT, id=import_id, kept=kept)
        undone += len(some)
        await context.progress(undone / whole)


async def _put_back(uow: UnitOfWork, task: queries.Task, some: Sequence[Touched]) -> int:
    revision = await move(uow, task.shop_id)
    now = await states.read(uow, task.shop_id, [one.product_id for one in some])
    there = {one.id for one in await uow.all(term_queries.ALL, shop_id=task.shop_id)}
    restored = []
    for one in some:
        row, present = now[one.product_id]
        before = structs.replace(present, deleted=True) if one.before is None else _known(one.before, there)
        await uow.execute(queries.UNTOUCH, id=task.id, product_id=one.product_id)
        if row.version != one.version:
            continue
        try:
            await write(uow, task.shop_id, present, before)
        except (SlugTaken, SkuTaken):
            # Somebody took what it had before; it stays as the import left it.
            continue
        restored.append(one.product_id)
    await relist(uow, task.shop_id, revision, restored)
    return len(some) - len(restored)


def _known(state: ProductState, terms: set[UUID]) -> ProductState:
    """Without categories, collections and a brand that are gone since."""
    return structs.replace(
        state,
        brand_id=state.brand_id if state.brand_id in terms else None,
        category_ids=tuple(one for one in state.category_ids if one in terms),
        collection_ids=tuple(one for one in state.collection_ids if one in terms),
    )
