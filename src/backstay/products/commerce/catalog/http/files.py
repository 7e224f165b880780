"""Imports, exports, and edits of many prices, for merchants."""

from __future__ import annotations

from typing import ClassVar, Final
from uuid import UUID

from backstay.kernel.database import Page, Reader, UnitOfWork
from backstay.kernel.http import (
    Controller,
    FromPath,
    JSONBody,
    ListQuery,
    Response,
    get,
    post,
)
from backstay.products.commerce.catalog.contracts.imports import (
    ExportDraft,
    Exported,
    Fault,
    FileFormat,
    Import,
    ImportDraft,
)
from backstay.products.commerce.catalog.contracts.prices import PriceEdit, PriceEditDraft, PriceUndo
from backstay.products.commerce.catalog.errors import NoSuchEdit, NoSuchFile, NotReady, NotUndoable
from backstay.products.commerce.catalog.http.permissions import READ, WRITE
from backstay.products.commerce.catalog.queries import files as queries
from backstay.products.commerce.catalog.queries import price_edits as price_queries
from backstay.products.commerce.catalog.queries.price_edits import EditRow
from backstay.products.commerce.catalog.service import edits, exporting, importing, undoing
from backstay.products.commerce.shops import NoSuchShop, Slug, own
from backstay.systems.idempotency import Replayable

_BODY: Final = 40_000_000
"""Bytes of a body with a file: each of its characters may be escaped."""
_TYPES: Final = {FileFormat.CSV: "text/csv; charset=utf-8", FileFormat.JSON: "application/json"}


class ImportsController(Controller):
    """Files of products that come in."""

    path: ClassVar[str] = "/shops/{shop:str}/imports"
    name: ClassVar[str] = "imports"

    @get(permission=READ, listing=queries.IMPORTS, problems=[NoSuchShop])
    async def list(self, reader: Reader, shop: FromPath[Slug], query: ListQuery) -> Page[Import]:
        """List a shop's imports, the newest first."""
        return await importing.list_imports(reader, await own(reader, shop), query)

    @post(permission=WRITE, status=202, body_limit=_BODY, problems=[NoSuchShop], declares=[Replayable()])
    async def ask(self, uow: UnitOfWork, shop: FromPath[Slug], data: JSONBody[ImportDraft]) -> Import:
        """Import a file of products: CSV with a line a variant, or JSON. It begins by and by.

        A product is known by its slug (the column `product`), a variant by its SKU. What the file does
        not have stays as it is. A product with a fault in any of its rows is left alone, whole.
        """
        return await importing.ask(uow, await own(uow, shop), data)

    @get("/{import_id:uuid}", permission=READ, problems=[NoSuchShop, NoSuchFile])
    async def read(self, reader: Reader, shop: FromPath[Slug], import_id: FromPath[UUID]) -> Import:
        """Read how far an import is, and what came of it."""
        return await importing.get_import(reader, await own(reader, shop), import_id)

    @get(
        "/{import_id:uuid}/faults",
        permission=READ,
        listing=queries.FAULTS,
        problems=[NoSuchShop, NoSuchFile],
    )
    async def list_faults(
        self, reader: Reader, shop: FromPath[Slug], import_id: FromPath[UUID], query: ListQuery
    ) -> Page[Fault]:
        """List why rows were not taken: row, field and reason."""
        return await importing.list_faults(reader, await own(reader, shop), import_id, query)

    @post(
        "/{import_id:uuid}/undo",
        permission=WRITE,
        status=202,
        problems=[NoSuchShop, NoSuchFile, NotUndoable],
    )
    async def undo(self, uow: UnitOfWork, shop: FromPath[Slug], import_id: FromPath[UUID]) -> Import:
        """Put back what an import changed. A product that was changed after it stays as it is."""
        return await undoing.ask_undo(uow, await own(uow, shop), import_id)


class ExportsController(Controller):
    """Files of products that go out."""

    path: ClassVar[str] = "/shops/{shop:str}/exports"
    name: ClassVar[str] = "exports"

    @post(permission=WRITE, status=202, problems=[NoSuchShop], declares=[Replayable()])
    async def ask(self, uow: UnitOfWork, shop: FromPath[Slug], data: JSONBody[ExportDraft]) -> Exported:
        """Have all products of a shop written to a file, which an import takes back unchanged."""
        return await exporting.ask(uow, await own(uow, shop), data)

    @get("/{export_id:uuid}", permission=READ, problems=[NoSuchShop, NoSuchFile])
    async def read(self, reader: Reader, shop: FromPath[Slug], export_id: FromPath[UUID]) -> Exported:
        """Read whether an export is ready."""
        return await exporting.get(reader, await own(reader, shop), export_id)

    @get(
        "/{export_id:uuid}/content",
        permission=READ,
        hidden=True,  # a file, of the type that was asked for: makers of clients know no word for that
        problems=[NoSuchShop, NoSuchFile, NotReady],
    )
    async def content(self, reader: Reader, shop: FromPath[Slug], export_id: FromPath[UUID]) -> Response[str]:
        """Download an export."""
        format_, text = await exporting.content(reader, await own(reader, shop), export_id)
        named = f'attachment; filename="{shop}.{format_}"'
        return Response(text, media_type=_TYPES[format_], headers={"content-disposition": named})


class PriceEditsController(Controller):
    """Changes of many prices at once."""

    path: ClassVar[str] = "/shops/{shop:str}/price-edits"
    name: ClassVar[str] = "price_edits"

    @get(permission=READ, listing=price_queries.EDITS, problems=[NoSuchShop])
    async def list(self, reader: Reader, shop: FromPath[Slug], query: ListQuery) -> Page[EditRow]:
        """List the edits of a shop's prices, the newest first."""
        return await edits.list_edits(reader, await own(reader, shop), query)

    @post(permission=WRITE, problems=[NoSuchShop], declares=[Replayable()])
    async def edit(self, uow: UnitOfWork, shop: FromPath[Slug], data: JSONBody[PriceEditDraft]) -> PriceEdit:
        """Change many prices at once, or, with `dry_run`, see what would change."""
        return await edits.edit(uow, await own(uow, shop), data)

    @get("/{edit_id:uuid}", permission=READ, problems=[NoSuchShop, NoSuchEdit])
    async def read(self, reader: Reader, shop: FromPath[Slug], edit_id: FromPath[UUID]) -> PriceEdit:
        """Read an edit, with the first twenty prices that it changed."""
        return await edits.get(reader, await own(reader, shop), edit_id)

    @post(
        "/{edit_id:uuid}/undo",
        permission=WRITE,
        status=200,
        problems=[NoSuchShop, NoSuchEdit, NotUndoable],
    )
    async def undo(self, uow: UnitOfWork, shop: FromPath[Slug], edit_id: FromPath[UUID]) -> PriceUndo:
        """Put back what an edit changed. Prices that somebody changed after it stay, and are named."""
        return await edits.undo(uow, await own(uow, shop), edit_id)
