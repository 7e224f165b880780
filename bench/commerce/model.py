"""What a shop system is to the benchmark: a server with a catalogue, and people who look and buy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from msgspec import Struct

from bench.commerce.goods import Goods
from bench.commerce.wire import Wire
from bench.harness.model import Endpoint, Request, Server
from bench.harness.postgres import Postgres

_LITTLE: Final = 1e-6
"""Minor units; what is more than that is not the rounding of a float."""


class Bought(Struct, frozen=True):
    """What came of an attempt to buy."""

    paid: bool
    reference: str = ""
    """The order's name at its shop."""
    discounted: bool = False
    total: float = 0
    """What the order says that it comes to, in minor units: whole ones, as a rule."""
    parts: float = 0
    """The sum of its lines and its shipping."""
    refused: str = ""
    """Why there is no paid order, in the server's word for it."""

    @property
    def sound(self) -> bool:
        """Whether it comes to a sum that can be paid, which is that of its parts."""
        return abs(self.total - self.parts) < _LITTLE and abs(self.total - round(self.total)) < _LITTLE


class Shopper(Protocol):
    """A person without an account, on one connection."""

    wire: Wire

    async def list_products(self, page: int) -> int:
        """Look at a page of 24, the cheapest first, with what would narrow the list; how many came."""
        ...

    async def look(self, product: int) -> int:
        """Look at a product; how many variants are shown."""
        ...

    async def leave(self) -> None:
        """Be another person from now on, with nothing in the cart."""
        ...

    async def add(self, goods: Goods) -> None:
        """Put a unit into the cart, and begin one where there is none."""
        ...

    async def prepare(self, goods: Sequence[Goods], code: str | None = None) -> None:
        """Be a new person with a cart that holds these, an address, the post, and a coupon."""
        ...

    async def buy(self) -> Bought:
        """Order the prepared cart, and pay; told apart from a fault of the server, which raises."""
        ...


class Audit(Struct, frozen=True):
    """What a shop's own tables say after all that happened."""

    charged_without_order: int
    """Payments that were taken, and belong to no order that was placed."""
    orders: int
    """Orders that were placed."""


@dataclass(frozen=True, kw_only=True)
class Shop:
    """One of the systems compared. Every callable may raise; the message is shown and nothing is timed."""

    name: str
    title: str
    prepare: Callable[[], None]
    """Install and build; nothing is measured."""
    seed: Callable[[str, int], None]
    """Fill an empty database with so many products."""
    server: Callable[[Endpoint], Server]
    """On the database of its own name."""
    probe: Callable[[], Request]
    """Answered 200 once it is of use."""
    shopper: Callable[[Endpoint], Shopper]
    scarce: Callable[[Endpoint, int], Goods]
    """Let there be only so many units of something; told of what."""
    coupon: Callable[[Endpoint, int], str]
    """Make a coupon of 10 % that can be used so often; its code."""
    audit: Callable[[], Audit]
    versions: Callable[[], Mapping[str, str]]
    notes: Sequence[str] = ()
    """What it does otherwise than the others."""


@dataclass(frozen=True, kw_only=True)
class Site:
    """What the shops stand on."""

    work: Path
    """Where they are installed and keep their files; not in the repository."""
    postgres: Postgres
    products: int
    """How many products each has, of ten variants."""
