"""What each invoice becomes: arithmetic alone, the same for the same file whenever it is asked.

So a replay that was stopped reads the file from its beginning, and knows what it would know had it never
been stopped: which units of which sale are still to be cancelled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from hashlib import sha256
from typing import Final
from uuid import UUID

from backstay.products.commerce.orders import Address, PastLine, PastOrder, PastReturn, RefundedLine
from backstay.products.commerce.replay.contracts import (
    Credit,
    CreditLine,
    FileLine,
    Goods,
    Invoice,
    Move,
    Oddity,
    Planned,
)
from backstay.products.commerce.replay.service.countries import CODES

_POSTAGE: Final = frozenset({"POST", "DOT", "C2"})
"""Postage, the same for dotcom orders, and carriage."""
_SHIPPING: Final = ""
"""The line id of what is shipping, and no line."""
_PENNY: Final = Decimal(1)


def is_goods(sku: str) -> bool:
    """Whether it lies in a warehouse: the shop's codes of goods begin with a digit, or with DCGS or PADS."""
    return sku[:1].isdigit() or sku.startswith(("DCGS", "PADS"))


def is_sold(sku: str) -> bool:
    """Whether it is a line of orders; what is not is their shipping."""
    return sku not in _POSTAGE


def pence(line: FileLine) -> int:
    """What a line comes to, in whole pence: halves away from nothing, whichever way the money goes."""
    return int((line.price * abs(line.quantity) * 100).quantize(_PENNY, ROUND_HALF_UP))


def email_of(customer: str) -> str:
    """An address at which nobody is (RFC 6761): who they are is known, and how to write to them is not."""
    return f"{customer}@customers.invalid" if customer else ""


class _Lot:
    """Units of a sale that can still be cancelled."""

    __slots__ = ("left", "line_id", "order_id")

    def __init__(self, order_id: UUID, line_id: str, left: int) -> None:
        self.order_id = order_id
        self.line_id = line_id
        self.left = left


_Sold = tuple[str, str, int]
"""Customer, stock code, and the price of one in pence."""


class Planner:
    """Goes through a file's invoices, in their order."""

    def __init__(self, shop_id: UUID, currency: str, goods: Mapping[str, Goods]) -> None:
        """`goods`: every stock code of the file that is a line of orders, as it is in the shop."""
        self.oddities: dict[Oddity, list[int]] = {}
        self._shop_id = shop_id
        self._currency = currency
        self._goods = goods
        self._lots: dict[_Sold, list[_Lot]] = {}

    def plan(self, invoices: Iterable[Invoice]) -> Iterator[Planned]:
        """What each becomes."""
        for invoice in invoices:
            yield self._cancellation(invoice) if invoice.cancels else self._sale(invoice)

    def _note(self, oddity: Oddity, line: FileLine) -> None:
        self.oddities.setdefault(oddity, []).append(line.row)

    def _id(self, at: datetime, name: str) -> UUID:
        """A UUIDv7 of the moment whose other bits say what it is of: asked again, it is the same."""
        bits = int.from_bytes(sha256(self._shop_id.bytes + name.encode()).digest()[:10], "big")
        head = int(at.timestamp() * 1000) << 80 | 0x7 << 76 | (bits >> 62 & 0xFFF) << 64
        return UUID(int=head | 0b10 << 62 | bits & (1 << 62) - 1)

    def _sale(self, invoice: Invoice) -> Planned:
        given = [line for line in invoice.lines if line.quantity > 0]
        nobodys = not invoice.customer and not any(line.price for line in invoice.lines)
        sold = [] if nobodys else given
        moves = []
        for line in invoice.lines:
            if nobodys or line.quantity < 0:
                self._note(Oddity.CORRECTION, line)
                if is_goods(line.sku):
                    moves.append(
                        Move(line.sku, line.quantity, None, f"{line.words or '?'} ({invoice.number})")
                    )
        if not sold:
            return Planned(invoice, None, [], None, moves)
        order = self._order(invoice, sold)
        units: Counter[str] = Counter()
        for line in sold:
            if is_goods(line.sku):
                units[line.sku] += line.quantity
        shipped = [Move(sku, -count, order.id, invoice.number) for sku, count in units.items()]
        return Planned(invoice, order, [], None, [*moves, *shipped])

    def _order(self, invoice: Invoice, sold: list[FileLine]) -> PastOrder:
        order_id = self._id(invoice.at, invoice.number)
        lines: list[PastLine] = []
        shipping = 0
        for line in sold:
            self._note_kind(line)
            if not is_sold(line.sku):
                shipping += pence(line)
                self._keep(invoice, line, _Lot(order_id, _SHIPPING, line.quantity))
                continue
            for quantity, price in _units(line):
                lines.append(self._line(str(len(lines) + 1), line, quantity, price))
                self._keep(invoice, line, _Lot(order_id, lines[-1].id, quantity))
        country = CODES.get(invoice.country)
        if country is None:
            self._note(Oddity.NO_COUNTRY, sold[0])
        who = f"Customer {invoice.customer}" if invoice.customer else "Customer unknown"
        return PastOrder(
            id=order_id,
            number=invoice.number,
            at=invoice.at,
            currency=self._currency,
            email=email_of(invoice.customer),
            note=f"Invoice {invoice.number}: {who}, {invoice.country or 'country unknown'}",
            address=None if country is None else Address(name=who, line1="", city="", country=country),
            lines=tuple(lines),
            shipping=shipping,
        )

    def _note_kind(self, line: FileLine) -> None:
        if not line.price:
            self._note(Oddity.FREE, line)
        if (line.price * line.quantity * 100) % 1:
            self._note(Oddity.FRACTION, line)
        if not is_sold(line.sku):
            self._note(Oddity.POSTAGE, line)
        elif not is_goods(line.sku):
            self._note(Oddity.SERVICE, line)

    def _line(self, line_id: str, line: FileLine, quantity: int, price: int) -> PastLine:
        goods = self._goods[line.sku]
        return PastLine(
            id=line_id,
            variant_id=goods.variant_id,
            product_id=goods.product_id,
            sku=line.sku,
            title=line.words or goods.title,
            quantity=quantity,
            unit_price=price,
        )

    def _keep(self, invoice: Invoice, line: FileLine, lot: _Lot) -> None:
        """Remember what can be cancelled: of known customers, at whole pence."""
        each = line.price * 100
        if invoice.customer and not each % 1:
            self._lots.setdefault((invoice.customer, line.sku, int(each)), []).append(lot)

    def _cancellation(self, invoice: Invoice) -> Planned:
        back: dict[UUID, dict[str, list[int]]] = {}
        credit: list[CreditLine] = []
        moves: list[Move] = []
        for line in invoice.lines:
            each, left = line.price * 100, -line.quantity
            for lot, units in self._matching(invoice, line):
                left -= units
                found = back.setdefault(lot.order_id, {}).setdefault(lot.line_id, [0, 0])
                found[0] += units
                found[1] += units * int(each)
                if is_goods(line.sku):
                    moves.append(Move(line.sku, units, lot.order_id, invoice.number))
            if left:
                amount = pence(line._replace(quantity=left))
                credit.append(CreditLine(line.sku, line.words, left, amount))
                if is_goods(line.sku):
                    moves.append(Move(line.sku, left, None, f"Returned by {invoice.number}, sold before"))
            self._note(Oddity.UNMATCHED if left else Oddity.MATCHED, line)
        returns = [self._return(invoice, order_id, lines) for order_id, lines in back.items()]
        note = Credit(
            invoice.number,
            invoice.at,
            email_of(invoice.customer),
            sum(line.amount for line in credit),
            tuple(credit),
        )
        return Planned(invoice, None, returns, note if credit else None, moves)

    def _matching(self, invoice: Invoice, line: FileLine) -> Iterator[tuple[_Lot, int]]:
        """Units of the same customer's latest sales of it at that price, as many as there are."""
        each, left = line.price * 100, -line.quantity
        if not invoice.customer or each % 1:
            return
        lots = self._lots.get((invoice.customer, line.sku, int(each)), [])
        while lots and left:
            lot = lots[-1]
            units = min(lot.left, left)
            lot.left -= units
            left -= units
            if not lot.left:
                lots.pop()
            yield lot, units

    def _return(self, invoice: Invoice, order_id: UUID, lines: dict[str, list[int]]) -> PastReturn:
        return PastReturn(
            id=self._id(invoice.at, f"{invoice.number}/{order_id}"),
            order_id=order_id,
            at=invoice.at,
            lines=tuple(
                RefundedLine(line_id=line_id, quantity=units, amount=amount)
                for line_id, (units, amount) in lines.items()
                if line_id != _SHIPPING
            ),
            shipping=lines[_SHIPPING][1] if _SHIPPING in lines else 0,
            reason=invoice.number,
        )


def _units(line: FileLine) -> list[tuple[int, int]]:
    """A line's units with the price of one in pence, so that they come to the line's total.

    Where the total is no multiple of the quantity, some units cost a penny more than the others.
    """
    each, dearer = divmod(pence(line), line.quantity)
    parts = [(line.quantity - dearer, each), (dearer, each + 1)]
    return [(quantity, price) for quantity, price in parts if quantity]
