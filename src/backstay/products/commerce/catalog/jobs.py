"""What the catalogue does by and by: imports, their undo, exports."""

from __future__ import annotations

from backstay.kernel.database import UnitOfWork
from backstay.products.commerce.catalog.contracts.imports import RunExport, RunImport, UndoImport
from backstay.products.commerce.catalog.service import exporting, importing, undoing
from backstay.systems.jobs import JobContext, handles


@handles(RunImport)
async def run_import(job: RunImport, context: JobContext) -> None:
    """Import a file; one that is undone or done already is left alone."""
    await importing.run(context, job.import_id)


@handles(UndoImport)
async def undo_import(job: UndoImport, context: JobContext) -> None:
    """Undo an import."""
    await undoing.undo(context, job.import_id)


@handles(RunExport)
async def run_export(job: RunExport, uow: UnitOfWork) -> None:
    """Write an export."""
    await exporting.run(uow, job.export_id)
