"""What a shop is, what it takes for delivery, and what the state takes."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Annotated, Final
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from backstay.kernel.money import Amount, CurrencyCode
from backstay.kernel.patterns import NOT_BLANK
from backstay.products.commerce.pricing import Prices, RoundedPer, TaxRate

DAY: Final = 86_400
LONGEST_EXPIRY: Final = 90 * DAY
RATES: Final = 2_000
"""Tax rates of a shop, at most: every country with several classes."""
METHODS: Final = 200
"""Ways of shipping of a shop, at most."""

Slug = Annotated[
    str,
    Meta(
        min_length=3,
        max_length=60,
        pattern="^[a-z0-9]+(-[a-z0-9]+)*$",
        description="The shop's name in addresses: small letters, digits and single hyphens.",
        examples=["north-star-books"],
    ),
]
Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=NOT_BLANK, examples=["North Star Books"])]
CountryCode = Annotated[
    str, Meta(pattern="^[A-Z]{2}$", description="An ISO 3166-1 alpha-2 code.", examples=["DE"])
]
Countries = Annotated[tuple[CountryCode, ...], Meta(min_length=1, max_length=300)]
TaxClass = Annotated[str, Meta(min_length=1, max_length=60, pattern=NOT_BLANK, examples=["standard"])]
Currencies = Annotated[tuple[CurrencyCode, ...], Meta(min_length=1, max_length=30)]
Expiry = Annotated[
    int,
    Meta(
        ge=60,
        le=LONGEST_EXPIRY,
        description="Seconds until an order that nobody paid is given up, with the stock that it holds.",
    ),
]
CartHold = Annotated[
    int,
    Meta(ge=60, le=DAY, description="Seconds for which a cart holds its goods, from its lines' last change."),
]
TimeZone = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=60,
        description="An IANA name: whose midnight parts the shop's days.",
        examples=["Europe/Berlin"],
    ),
]


class Merge(Enum):
    """What becomes of a guest's cart when the guest signs in and has another there."""

    ADD = "add"
    """Quantities of both add up."""
    LARGER = "larger"
    """Lines of both; of the same goods, the larger quantity."""
    GUEST = "guest"
    """The guest's cart; the other is kept for later."""
    ACCOUNT = "account"
    """The account's cart; the guest's is kept for later."""


class NewShop(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A shop to be opened."""

    slug: Slug
    name: Name
    currency: CurrencyCode
    """In which prices are meant where nobody says otherwise."""
    country: CountryCode
    """Where it sells from, and where a shopper is taken to be until they say."""
    currencies: Currencies = ()
    """In which it sells; its own where none is named."""
    prices: Prices = Prices.INCLUDED
    rounded_per: RoundedPer = RoundedPer.LINE
    order_expiry: Expiry = 4 * DAY
    cart_hold: CartHold | None = None
    """None: goods are held from the order on, and a cart holds none."""
    merge: Merge = Merge.ADD
    time_zone: TimeZone = "UTC"
    exact_stock: bool = False
    """Whether shoppers are told how many there are, and not just that there are few."""


class ShopChanges(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change in a shop; what is left out stays. Past orders keep what they were made under."""

    name: Name | UnsetType = UNSET
    currency: CurrencyCode | UnsetType = UNSET
    country: CountryCode | UnsetType = UNSET
    currencies: Currencies | UnsetType = UNSET
    prices: Prices | UnsetType = UNSET
    rounded_per: RoundedPer | UnsetType = UNSET
    order_expiry: Expiry | UnsetType = UNSET
    cart_hold: CartHold | UnsetType | None = UNSET
    merge: Merge | UnsetType = UNSET
    time_zone: TimeZone | UnsetType = UNSET
    exact_stock: bool | UnsetType = UNSET
    closed: bool | UnsetType = UNSET
    """A closed shop is not there for shoppers; its merchants see all of it."""


class Shop(Struct, frozen=True):
    """A shop, whole."""

    id: UUID
    organization_id: UUID
    slug: str
    name: str
    currency: str
    currencies: tuple[str, ...]
    country: str
    prices: Prices
    rounded_per: RoundedPer
    order_expiry: int
    cart_hold: int | None
    merge: Merge
    time_zone: str
    exact_stock: bool
    closed: bool
    created_at: datetime
    updated_at: datetime
    version: int
    """Grows with every change; send it back as `If-Match`."""


class ShopWindow(Struct, frozen=True, kw_only=True):
    """What a shopper is told of a shop."""

    slug: str
    name: str
    currency: str
    currencies: tuple[str, ...]
    country: str
    prices: Prices


class Rate(Struct, frozen=True, forbid_unknown_fields=True):
    """A tax on goods of one class that go to one country."""

    country: CountryCode
    name: Annotated[str, Meta(min_length=1, max_length=100, pattern=NOT_BLANK, examples=["VAT"])]
    ppm: Annotated[int, Meta(ge=0, le=10_000_000, description="Millionths: 19 % is 190000.")]
    tax_class: TaxClass = "standard"


class Charges(Struct, frozen=True):
    """What a shop charges beside its goods."""

    country: str
    """Where they go to."""
    taxes: dict[str, tuple[TaxRate, ...]]
    """What is levied on goods, by class; a class that is not in it is not taxed."""
    methods: tuple[ShippingOption, ...]
    """All ways of shipping of the shop, in the order in which they are offered."""


class Rates(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All taxes of a shop. Where a country has none, nothing is taxed."""

    rates: Annotated[tuple[Rate, ...], Meta(max_length=RATES)]


class NewMethod(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A way of shipping."""

    name: Name
    amount: Amount
    currency: CurrencyCode
    countries: Countries | None = None
    """Where it goes; everywhere when None."""
    free_from: Amount | None = None
    """The subtotal from which it costs nothing."""
    max_weight: Annotated[int, Meta(ge=1, le=10**9, description="Grams.")] | None = None
    position: Annotated[int, Meta(ge=0, le=10_000)] = 0
    """Smaller ones are offered first."""


class ShippingOption(Struct, frozen=True):
    """A way of shipping, as a merchant keeps it."""

    id: UUID
    name: str
    amount: int
    currency: str
    countries: tuple[str, ...] | None
    free_from: int | None
    max_weight: int | None
    position: int
