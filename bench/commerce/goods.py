"""The catalogue that all shops have: products of ten variants each, in two options, brands and categories.

The peers' `seed.sql` reckon the same in SQL.
"""

from __future__ import annotations

import random
from typing import Final

from msgspec import Struct

VARIANTS: Final = 10
BRANDS: Final = 20
CATEGORIES: Final = 30
COLOURS: Final = 5
STOCK: Final = 1_000_000
"""Units of each variant: nothing but the races runs out."""
SHIPPING: Final = 490
TAX: Final = 19
"""Per cent, and in the prices."""
CURRENCY: Final = "EUR"


class Goods(Struct, frozen=True):
    """One variant."""

    product: int
    """From 1 on."""
    number: int
    """Within its product, from 1 on."""

    @property
    def place(self) -> int:
        """Among all variants, from 1 on."""
        return VARIANTS * (self.product - 1) + self.number

    @property
    def sku(self) -> str:
        """What it is ordered by."""
        return f"P{self.product:05}-{self.number:02}"

    @property
    def title(self) -> str:
        """Of its product."""
        return f"Product {self.product:05}"

    @property
    def slug(self) -> str:
        """Of its product."""
        return f"product-{self.product:05}"

    @property
    def price(self) -> int:
        """Minor units, tax included."""
        return 500 + self.product * 7919 % 20_000 + 50 * self.number

    @property
    def brand(self) -> str:
        """Of its product."""
        return f"brand-{1 + self.product % BRANDS}"

    @property
    def category(self) -> str:
        """Of its product."""
        return f"category-{1 + self.product % CATEGORIES}"

    @property
    def options(self) -> tuple[str, str]:
        """Its colour and its size."""
        return f"colour-{1 + (self.number - 1) % COLOURS}", f"size-{1 + (self.number - 1) // COLOURS}"


def variants_of(product: int) -> list[Goods]:
    """All variants of a product."""
    return [Goods(product, number) for number in range(1, VARIANTS + 1)]


def drawn(dice: random.Random, products: int) -> Goods:
    """Any of them."""
    return Goods(dice.randint(1, products), dice.randint(1, VARIANTS))
