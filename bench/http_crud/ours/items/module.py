"""The manifest."""

from __future__ import annotations

from backstay import Module
from bench.http_crud.ours.items import tables
from bench.http_crud.ours.items.http import READ, WRITE, ItemsController

module = Module(
    name="items",
    summary="Items: made, read and listed.",
    package=__package__,
    tables=tables.metadata,
    controllers=[ItemsController],
    permissions=[READ, WRITE],
)
