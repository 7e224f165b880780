"""Files of products, read: every line of one is in a product, or has a fault."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

import msgspec
from msgspec import Struct

from backstay.kernel.money import UnknownCurrency, exponent
from backstay.products.commerce.catalog.contracts.imports import Fault, FileFormat
from backstay.products.commerce.catalog.contracts.products import ProductDraft, VariantDraft
from backstay.products.commerce.catalog.service.words import fold

_OWN: Final = ("title", "description", "brand", "tax_class", "published_from", "published_until")
_PLACES: Final = ("categories", "collections")
_OF_VARIANT: Final = ("sku", "barcode", "weight", "variant_image")
_OPTION: Final = re.compile(r"option([1-5])_(name|value)")
_MONEY: Final = re.compile(r"(price|compare_at) ([A-Z]{3})")
_NOT_SLUG: Final = re.compile(r"[^a-z0-9]+")
_FORMULA: Final = "=+-@\t\r"
"""What spreadsheets take for the beginning of a formula (OWASP, CSV Injection)."""
_NAMES: Final = {"product", "discountable", "image", *_OWN, *_PLACES, *_OF_VARIANT}
_YES_NO: Final = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


class Parsed(Struct):
    """A product of a file: what the file says of it, and nothing else."""

    slug: str
    rows: list[int]
    fields: dict[str, Any]
    """As in a `ProductDraft`, those that the file has."""
    variants: list[dict[str, Any]]
    """As in a `VariantDraft`, those fields that the file has; `prices` by currency."""
    variant_rows: list[int]
    names: dict[str, str]
    """Of terms, by slug."""
    faults: list[Fault]

    def fault(self, row: int, field: str, code: str, message: str) -> None:
        """Say why it cannot be taken."""
        texts = (one.replace("\0", "") for one in (field, code, message, self.slug))
        self.faults.append(Fault(row, *texts))


class Read(Struct, frozen=True):
    """A file, read."""

    rows: int
    products: list[Parsed]
    faults: list[Fault]
    """Of the file as a whole; there are no products then."""


def read_file(format_: FileFormat, content: str) -> Read:
    """The products of a file; a file that cannot be read at all has a fault in row 0."""
    if "\0" in content:
        return _unreadable("holds a NUL character")
    read = _read_csv(content) if format_ is FileFormat.CSV else _read_json(content)
    by_sku: dict[str, Parsed] = {}
    for product in read.products:
        for place, variant in enumerate(product.variants):
            other = by_sku.setdefault(variant.get("sku", ""), product)
            if other is not product and variant.get("sku"):
                message = f"the SKU stands with the product {other.slug!r} too"
                product.fault(product.variant_rows[place], "sku", "unique", message)
    return read


def _unreadable(message: str) -> Read:
    return Read(0, [], [Fault(0, "", "format", message, "")])


def sluggish(text: str) -> str:
    """A slug made of any text; empty where it has no letter for one."""
    return _NOT_SLUG.sub("-", fold(text)).strip("-")[:120].strip("-")


def _read_json(content: str) -> Read:
    try:
        items = msgspec.json.decode(content)
    except msgspec.DecodeError as failure:
        return _unreadable(f"is no JSON: {failure}")
    if not isinstance(items, list):
        return _unreadable("must be a list of products")
    products: dict[str, Parsed] = {}
    for row, item in enumerate(items, 1):
        given = dict(item) if isinstance(item, Mapping) else {}
        title = given.get("title")
        slug = given.pop("slug", None) or (sluggish(title) if isinstance(title, str) else "")
        slug = slug if isinstance(slug, str) else ""
        parsed = Parsed(slug, [row], {}, [], [], {}, [])
        variants = given.pop("variants", [])
        if not isinstance(item, Mapping):
            parsed.fault(row, "", "type", "must be an object")
        elif _has_nul(item):
            parsed.fault(row, "", "format", "holds a NUL character")
        elif not slug:
            parsed.fault(row, "slug", "required", "is missing, and cannot be made of the title")
        elif slug in products:
            parsed.fault(row, "slug", "unique", f"row {products[slug].rows[0]} has the same slug")
        for name in sorted(given.keys() - set(ProductDraft.__struct_fields__)):
            parsed.fault(row, name, "unknown", "is no field of a product")
        parsed.fields = {
            name: value for name, value in given.items() if name in ProductDraft.__struct_fields__
        }
        for place, variant in enumerate(variants if isinstance(variants, list) else [None]):
            if not isinstance(variant, Mapping) or not isinstance(variant.get("sku"), str):
                parsed.fault(row, f"/variants/{place}", "type", "must be an object with a sku")
                continue
            unknown = sorted(variant.keys() - set(VariantDraft.__struct_fields__))
            for name in unknown:
                parsed.fault(row, f"/variants/{place}/{name}", "unknown", "is no field of a variant")
            parsed.variants.append({name: value for name, value in variant.items() if name not in unknown})
            parsed.variant_rows.append(row)
        products[f"{slug}" if slug and slug not in products else f"{slug}\n{row}"] = parsed
    return Read(len(items), list(products.values()), [])


def _read_csv(content: str) -> Read:
    reader = csv.reader(io.StringIO(content.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        lines = list(reader)
    except csv.Error as failure:
        return _unreadable(f"line {reader.line_num} is no CSV: {failure}")
    header = [name.strip() for name in lines[0]] if lines else []
    unknown = [
        name
        for name in header
        if name not in _NAMES and not _OPTION.fullmatch(name) and not _money_column(name)
    ]
    if unknown:
        return _unreadable(f"unknown columns: {', '.join(map(repr, unknown))}")
    if len(set(header)) < len(header):
        return _unreadable("a column is named twice")
    if "sku" not in header or not {"product", "title"} & set(header):
        return _unreadable("needs a column sku, and one of product and title")
    products: dict[str, Parsed] = {}
    rows = [line for line in lines[1:] if line]
    for row, line in enumerate(rows, 1):
        cells = dict(zip(header, map(_unescaped, line), strict=False))
        slug = sluggish(cells.get("product") or cells.get("title", ""))
        parsed = products.get(slug) if slug else None
        if parsed is None:
            parsed = products[slug or f"\n{row}"] = Parsed(slug, [], {}, [], [], {}, [])
        parsed.rows.append(row)
        if not slug:
            parsed.fault(row, "product", "required", "is missing, and cannot be made of the title")
        if len(line) != len(header):
            parsed.fault(row, "", "length", f"has {len(line)} cells, and the header {len(header)}")
            continue
        _take_row(parsed, row, cells)
    return Read(len(rows), list(products.values()), [])


def _has_nul(value: Any) -> bool:
    """Which no text in PostgreSQL may."""
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(map(_has_nul, (*value.keys(), *value.values())))
    return isinstance(value, list) and any(map(_has_nul, value))


def _money_column(name: str) -> bool:
    found = _MONEY.fullmatch(name)
    try:
        return found is not None and exponent(found[2]) >= 0
    except UnknownCurrency:
        return False


def escaped(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    begins = text[:1] in _FORMULA or (text[:1] == "'" and text[1:2] in f"{_FORMULA}'")
    return f"'{text}" if text and begins else text


def _unescaped(text: str) -> str:
    return text[1:] if text[:1] == "'" and text[1:2] and text[1:2] in f"{_FORMULA}'" else text


def _take_row(parsed: Parsed, row: int, cells: Mapping[str, str]) -> None:
    fields: dict[str, Any] = {}
    for name in _OWN:
        if name in cells:
            fields[name] = cells[name]
    for name in {"brand", "published_from", "published_until"} & fields.keys():
        fields[name] = fields[name] or None
    if fields.get("brand"):
        fields["brand"] = _term(parsed, fields["brand"])
    for name in _PLACES:
        if name in cells:
            texts = [one.strip() for one in cells[name].split("|")]
            fields[name] = [_term(parsed, one) for one in texts if one]
    if "image" in cells:
        fields["media"] = [{"url": one} for one in cells["image"].split("|") if one]
    if "discountable" in cells:
        answer = _YES_NO.get(cells["discountable"].strip().lower())
        if answer is None:
            parsed.fault(row, "discountable", "choice", "must be yes or no")
        else:
            fields["discountable"] = answer
    axes = [cells[f"option{n}_name"] for n in range(1, 6) if cells.get(f"option{n}_name")]
    if any(name.startswith("option") for name in cells):
        fields["options"] = axes
    first = not parsed.variants
    for name, value in fields.items():
        if first:
            parsed.fields[name] = value
        elif value and value != parsed.fields.get(name):
            # Further lines of a product may leave what is the product's empty.
            parsed.fault(row, name, "conflict", f"differs from row {parsed.rows[0]} of the same product")
    parsed.variants.append(_variant(parsed, row, cells, len(axes or parsed.fields.get("options", ()))))
    parsed.variant_rows.append(row)


def _term(parsed: Parsed, text: str) -> str:
    slug = sluggish(text) or text
    parsed.names.setdefault(slug, text)
    return slug


def _variant(parsed: Parsed, row: int, cells: Mapping[str, str], axes: int) -> dict[str, Any]:
    variant: dict[str, Any] = {"sku": cells["sku"]}
    if "barcode" in cells:
        variant["barcode"] = cells["barcode"]
    if "variant_image" in cells:
        variant["image"] = cells["variant_image"] or None
    if "weight" in cells:
        if re.fullmatch("[0-9]{0,9}", cells["weight"]):
            variant["weight"] = int(cells["weight"] or 0)
        else:
            parsed.fault(row, "weight", "type", "must be a whole number of grams")
    if "options" in parsed.fields:
        variant["options"] = [cells.get(f"option{n}_value", "") for n in range(1, axes + 1)]
    prices = dict(_prices(parsed, row, cells))
    if prices:
        variant["prices"] = list(prices.values())
    return variant


def _prices(parsed: Parsed, row: int, cells: Mapping[str, str]) -> Iterable[tuple[str, dict[str, Any]]]:
    for name, text in cells.items():
        column = _MONEY.fullmatch(name)
        if column is None or column[1] != "price" or not text:
            continue
        price: dict[str, Any] = {"currency": column[2]}
        for field, cell in (("amount", name), ("compare_at", f"compare_at {column[2]}")):
            if cells.get(cell):
                amount = _minor(cells[cell], exponent(column[2]))
                if amount is None:
                    message = f"must be an amount with at most {exponent(column[2])} places: 12.50"
                    parsed.fault(row, cell, "format", message)
                else:
                    price[field] = amount
        if "amount" in price:
            yield column[2], price


def _minor(text: str, places: int) -> int | None:
    if not re.fullmatch(r"[0-9]{1,15}(\.[0-9]{1,4})?", text.strip()):
        return None
    minor = Decimal(text.strip()).scaleb(places)
    return int(minor) if minor == minor.to_integral_value() else None
