"""Imports and exports of the catalogue."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Final
from uuid import UUID

from msgspec import Meta, Struct

from backstay.products.commerce.catalog.contracts.products import ProductState
from backstay.systems.jobs import Job, JobOptions

LARGEST: Final = 20_000_000
"""Characters of a file, at most."""


class FileFormat(StrEnum):
    """How a file of products is written."""

    CSV = "csv"
    """RFC 4180 with a header; a line a variant."""
    JSON = "json"
    """A list of products, as `POST /products` takes them."""


class ImportState(StrEnum):
    """Where an import stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    """The file could not be read at all; nothing was changed."""
    UNDOING = "undoing"
    UNDONE = "undone"


class ImportDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file to be imported. A product whose slug is there is changed, others are made."""

    format: FileFormat
    content: Annotated[str, Meta(min_length=1, max_length=LARGEST)]
    dry_run: bool = False
    """Find every fault, say what would happen, and change nothing."""
    make_terms: bool = True
    """Make brands, categories and collections that are not there; a fault of the row otherwise."""


class Import(Struct, frozen=True):
    """An import."""

    id: UUID
    format: FileFormat
    dry_run: bool
    state: ImportState
    rows: int | None
    """Of the file: lines of a CSV without its header, products of JSON; None before it was read."""
    products: int | None
    """In the file."""
    done: int
    """Products dealt with so far."""
    created: int
    changed: int
    unchanged: int
    refused: int
    """Products with a fault in any of their rows; they are left as they were, whole."""
    faults: int
    kept: int
    """Products that the undo left alone, because somebody changed them after the import."""
    created_at: datetime
    created_by: UUID
    finished_at: datetime | None


class Fault(Struct, frozen=True):
    """Why a row was not taken."""

    row: int
    """1 for the first; 0 for the whole file."""
    field: str
    """The column, or a JSON pointer into the product; empty where it is none's alone."""
    code: str
    message: str
    product: str
    """The slug, as far as it is known."""


class Exported(Struct, frozen=True):
    """An export."""

    id: UUID
    format: FileFormat
    products: int | None
    """How many are in the file; None before it is ready."""
    created_at: datetime
    finished_at: datetime | None


class ExportDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file to be written of all products of the shop that are not deleted."""

    format: FileFormat


class RunImport(Job, frozen=True):
    """Import a file that is stored; resumed where it was when its process dies."""

    kind: ClassVar[str] = "catalog.run_import"
    options: ClassVar[JobOptions] = JobOptions(queue="catalog", timeout=3600, max_attempts=20)
    import_id: UUID

    def order_key(self) -> str:
        """One after another of the same import: its undo after its run."""
        return str(self.import_id)


class UndoImport(Job, frozen=True):
    """Put back what an import changed."""

    kind: ClassVar[str] = "catalog.undo_import"
    options: ClassVar[JobOptions] = JobOptions(queue="catalog", timeout=3600, max_attempts=20)
    import_id: UUID

    def order_key(self) -> str:
        """As that of the import."""
        return str(self.import_id)


class RunExport(Job, frozen=True):
    """Write a file of the shop's products."""

    kind: ClassVar[str] = "catalog.run_export"
    options: ClassVar[JobOptions] = JobOptions(queue="catalog", timeout=3600)
    export_id: UUID


class Touched(Struct, frozen=True):
    """What an import did to one product."""

    product_id: UUID
    number: int
    """In the order of the file."""
    before: ProductState | None
    """None: it was made."""
    version: int
    """After it."""
