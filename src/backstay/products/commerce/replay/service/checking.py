"""Comparing the shop with the file: read once more, added up by invoice and by month, without the planner."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from backstay.kernel.database import Reader
from backstay.products.commerce import orders
from backstay.products.commerce.replay import queries
from backstay.products.commerce.replay.contracts import Checked, Difference, Invoice, ReadFile
from backstay.products.commerce.replay.errors import NotBegun
from backstay.products.commerce.replay.service.running import find
from backstay.products.commerce.shops import Shop

_PENNY: Final = Decimal("0.01")


async def check(reader: Reader, shop: Shop, read: ReadFile, *, invariants: bool = True) -> Checked:
    """Compare every invoice that was replayed, and every month, with what the shop's books say now.

    An invoice of the file is the sum of its lines, each rounded to the penny. In the shop a sale is its
    order's total, and a cancellation what it gave back out of orders and as a credit note.

    Raises:
        NotBegun: nothing of the file was replayed into the shop.
    """
    run = await find(reader, shop.id, read.digest)
    if run is None:
        raise NotBegun
    replayed = read.invoices[: run.done]
    file = {one.number: _pence(one) for one in replayed}
    file_months: Counter[str] = Counter()
    for one in replayed:
        file_months[f"{one.at:%Y-%m}"] += file[one.number]
    shops: Counter[str] = Counter(dict.fromkeys(file, 0))
    months: Counter[str] = Counter(dict.fromkeys(file_months, 0))
    # Those behind where it is, too: they must not be there.
    numbers = {one.number for one in read.invoices}
    async for order in orders.walk(reader, shop.id):
        if order.number not in numbers:
            continue
        shops[order.number] += order.total
        months[f"{order.placed_at:%Y-%m}"] += order.total
        for refund in (one for one in order.refunds if one.reason in numbers):
            shops[refund.reason] -= refund.amount
            months[f"{refund.at:%Y-%m}"] -= refund.amount
    for credit in await reader.all(queries.CREDITS, shop_id=shop.id, run_id=run.id):
        shops[credit.invoice] -= credit.amount
        months[f"{credit.at:%Y-%m}"] -= credit.amount
    differences = [*_compared(file, shops), *_compared(file_months, months)]
    broken: list[str] = []
    if invariants:
        found = await orders.invariants(reader, shop.id)
        broken = [f"{one.rule}: {one.subject} is {one.is_now}, not {one.should_be}" for one in found.broken]
    return Checked(
        invoices=len(replayed),
        months={month: (file_months[month], months[month]) for month in sorted(file_months)},
        differences=differences,
        broken=broken,
    )


def _compared(file: dict[str, int], shop: dict[str, int]) -> Sequence[Difference]:
    return [
        Difference(what, file.get(what, 0), shop.get(what, 0))
        for what in sorted(file.keys() | shop.keys())
        if file.get(what, 0) != shop.get(what, 0)
    ]


def _pence(invoice: Invoice) -> int:
    total = sum(
        ((line.price * line.quantity).quantize(_PENNY, ROUND_HALF_UP) for line in invoice.lines), Decimal()
    )
    return int(total * 100)
