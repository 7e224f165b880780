"""Reading a file of invoice lines, dirty as it is: every line becomes part of an invoice or is told of."""

from __future__ import annotations

import csv
import gzip
import io
import lzma
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from pathlib import Path
from typing import Final

from backstay.products.commerce.replay.contracts import REFUSED, FileLine, Invoice, Oddity, ReadFile
from backstay.products.commerce.replay.errors import NotReadable

COLUMNS: Final = (
    "invoice",
    "stock_code",
    "description",
    "quantity",
    "invoiced_at",
    "unit_price",
    "customer",
    "country",
)
_LARGEST: Final = 1_000_000
"""Units of a line, and pounds of one, at most."""
_CUSTOMER: Final = re.compile(r"[A-Za-z0-9._-]{1,60}")
_NOT_IN_A_SKU: Final = re.compile(r"[^!-~]+")


def read_file(path: Path) -> ReadFile:
    """The file, whole; `.xz` and `.gz` are unpacked.

    Raises:
        NotReadable: it is no such file: its columns are others, it is not UTF-8, or it is damaged.
    """
    try:
        packed = path.read_bytes()
        unpack = {".xz": lzma.decompress, ".gz": gzip.decompress}.get(path.suffix, bytes)
        content = unpack(packed)
        return _Reading(sha256(content).hexdigest()).read(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, lzma.LZMAError, gzip.BadGzipFile, EOFError, csv.Error) as failure:
        raise NotReadable(f"{path}: {failure}") from failure


class _Reading:
    """One pass over the lines."""

    def __init__(self, digest: str) -> None:
        self._digest = digest
        self._invoices: dict[str, Invoice] = {}
        self._oddities: dict[Oddity, list[int]] = {}
        self._texts: dict[str, str] = {}
        self._prices: dict[str, Decimal] = {}
        self._times: dict[str, datetime] = {}
        self._last = ""

    def read(self, text: str) -> ReadFile:
        lines = csv.reader(io.StringIO(text, newline=""))
        header = next(lines, [])
        if tuple(header) != COLUMNS:
            raise NotReadable(f"its first line must be {','.join(COLUMNS)}, and is {','.join(header)[:200]}")
        row = 1
        for row, fields in enumerate(lines, start=2):
            if fields:
                self._take(row, fields)
        return ReadFile(self._digest, row - 1, list(self._invoices.values()), self._oddities)

    def _note(self, oddity: Oddity, row: int) -> None:
        self._oddities.setdefault(oddity, []).append(row)

    def _take(self, row: int, fields: list[str]) -> None:
        if len(fields) != len(COLUMNS):
            self._note(Oddity.COLUMNS, row)
            return
        number, code, words, quantity, time, price, customer, country = (self._same(one) for one in fields)
        if (at := self._time(time)) is None:
            self._note(Oddity.BAD_TIME, row)
            return
        line = FileLine(row, self._same(_sku(code)), words, _whole(quantity), self._price(price))
        oddities = list(_oddities(number, line))
        for oddity in oddities:
            self._note(oddity, row)
        if not REFUSED.isdisjoint(oddities):
            return
        if line.sku != code:
            self._note(Oddity.OTHER_CASE, row)
        if not (known := _CUSTOMER.fullmatch(customer)):
            self._note(Oddity.NO_CUSTOMER, row)
        invoice = self._invoices.get(number)
        if invoice is None:
            invoice = Invoice(number, at, customer if known else "", country, [])
            self._invoices[number] = invoice
        elif self._last != number:
            self._note(Oddity.SPLIT_INVOICE, row)
        if at != invoice.at:
            self._note(Oddity.TWO_TIMES, row)
        self._last = number
        invoice.lines.append(line)

    def _same(self, text: str) -> str:
        """The text, once: a file has a few thousand words in millions of places."""
        known = self._texts.get(text)
        if known is None:
            known = self._texts[text] = text.strip()
        return known

    def _price(self, text: str) -> Decimal:
        if text not in self._prices:
            self._prices[text] = _decimal(text)
        return self._prices[text]

    def _time(self, text: str) -> datetime | None:
        if text not in self._times:
            try:
                at = datetime.fromisoformat(text)
            except ValueError:
                return None
            if at.tzinfo is None:
                return None
            self._times[text] = at
        return self._times[text]


def _oddities(number: str, line: FileLine) -> Iterator[Oddity]:
    cancels = number[:1] in {"C", "c"}
    if not number or not line.sku:
        yield Oddity.NO_INVOICE
    elif not 0 < abs(line.quantity) <= _LARGEST:
        yield Oddity.BAD_QUANTITY
    elif not 0 <= line.price <= _LARGEST:
        yield Oddity.BAD_PRICE
    elif line.quantity < 0 and line.price and not cancels:
        yield Oddity.NEGATIVE_SALE
    elif line.quantity > 0 and cancels:
        yield Oddity.POSITIVE_CANCELLATION
    elif not line.words:
        yield Oddity.NO_DESCRIPTION


def _sku(code: str) -> str:
    """One code for one thing: people type `85123a` and `85123A`, and a SKU has no blanks."""
    return _NOT_IN_A_SKU.sub("-", code.upper()).strip("-")[:100]


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        return 0


def _decimal(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return Decimal(-1)
    return number if number.is_finite() else Decimal(-1)


def names_of(invoices: list[Invoice]) -> dict[str, str]:
    """What each stock code is called most often where it is sold, else where it is corrected, or itself."""
    sold: defaultdict[str, Counter[str]] = defaultdict(Counter)
    other: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for invoice in invoices:
        for line in invoice.lines:
            counted = (sold if line.price else other)[line.sku]
            if line.words:
                counted[line.words] += 1
    return {
        sku: max(words, key=lambda one: (words[one], one)) if words else sku
        for sku, words in {**other, **{sku: words for sku, words in sold.items() if words}}.items()
    }


def prices_of(invoices: list[Invoice]) -> dict[str, int]:
    """The price in pence at which each stock code is sold most often; the lower of two."""
    seen: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for invoice in invoices:
        for line in invoice.lines:
            if line.price:
                seen[line.sku][int(line.price * 100)] += 1
    return {sku: min(prices, key=lambda one: (-prices[one], one)) for sku, prices in seen.items()}
