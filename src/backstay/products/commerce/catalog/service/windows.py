"""The shops' windows that this process holds, each brought up to the database before it answers."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from backstay.kernel.database import Database, Reader, UnitOfWork
from backstay.kernel.module import Module
from backstay.kernel.settings import Settings, deployment_keys
from backstay.kernel.signing import Signer
from backstay.products.commerce.catalog.queries import listings, products, terms
from backstay.products.commerce.catalog.service.index import Index
from backstay.products.commerce.catalog.settings import CatalogSettings

_ROWS: Final = 500
_NOBODY: Final = UUID(int=0)


class Windows:
    """One a database. The shops asked for least lately make room when there are too many products."""

    def __init__(self, most: int, cursors: Signer) -> None:
        """`most`: products of all shops together; one shop is held however large."""
        self.cursors = cursors
        self._most = most
        self._held: OrderedDict[UUID, Index] = OrderedDict()
        self._loading: dict[UUID, asyncio.Lock] = {}

    async def of(self, reader: Reader, shop_id: UUID) -> Index:
        """The shop's window with everything that was committed before this call.

        Do not await between this and the last look at it: another request may take it further.

        Raises:
            TypeError: it is asked for within a unit of work, whose writes are nobody else's yet.
        """
        if isinstance(reader, UnitOfWork):
            raise TypeError("a shop's window shows what is committed: ask for it with a reader")
        moved = await reader.first(products.REVISION, shop_id=shop_id)
        revision, terms_revision = (moved.revision, moved.terms_revision) if moved else (0, 0)
        index = self._held.get(shop_id)
        if index is None or index.revision < revision or index.terms_revision < terms_revision:
            async with self._loading.setdefault(shop_id, asyncio.Lock()):
                index = await self._fresh(reader, shop_id, revision, terms_revision)
        self._held[shop_id] = index
        self._held.move_to_end(shop_id)
        self._make_room()
        index.at(reader.now())
        return index

    async def _fresh(self, reader: Reader, shop_id: UUID, revision: int, terms_revision: int) -> Index:
        held = self._held.get(shop_id)
        index = held or Index()
        if index.terms_revision < terms_revision or held is None:
            named = await reader.all(terms.ALL, shop_id=shop_id)
        else:
            named = None
        if index.revision < revision:
            await self._read(reader, shop_id, index, whole=held is None)
        if named is not None:
            index.name(named, terms_revision)
        index.revision = max(index.revision, revision)
        if held is None:
            index.ready()
        return index

    async def _read(self, reader: Reader, shop_id: UUID, index: Index, *, whole: bool) -> None:
        """Take what changed since the index was made; all of it in one go, if anybody looks meanwhile."""
        since, after = max(index.revision, 0), _NOBODY if whole else UUID(int=2**128 - 1)
        gathered: list[listings.ListingRow] = []
        while True:
            rows = await reader.all(listings.SINCE, shop_id=shop_id, revision=since, after=after, limit=_ROWS)
            if whole:
                index.apply(rows, reader.now())
            else:
                gathered += rows
            if len(rows) < _ROWS:
                break
            since, after = rows[-1].revision, rows[-1].product_id
        index.apply(gathered, reader.now())

    def _make_room(self) -> None:
        held = sum(map(len, self._held.values()))
        while held > self._most and len(self._held) > 1:
            shop_id, index = self._held.popitem(last=False)
            self._loading.pop(shop_id, None)
            held -= len(index)


def prepare(database: Database, modules: Sequence[Module], settings: Settings) -> None:
    """Hold the windows among the database's parts."""
    del modules
    signer = deployment_keys(settings).signer("catalog.cursors")
    most = settings.module(CatalogSettings).products_in_memory
    database.parts.hold(Windows(most, signer))
