"""Where an order goes, as it is typed into a form."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import NODEFAULT

from backstay.kernel.actor import People
from backstay.kernel.database import ListRequest, Reader
from backstay.products.commerce import orders
from backstay.products.commerce.carts import Address, Cart, contracts
from backstay.products.commerce.shops import Shop, methods
from backstay.products.commerce.storefront.http.visits import Visit

COUNTRIES: Final = {
    "AT": "Austria",
    "AU": "Australia",
    "BE": "Belgium",
    "BG": "Bulgaria",
    "BR": "Brazil",
    "CA": "Canada",
    "CH": "Switzerland",
    "CY": "Cyprus",
    "CZ": "Czechia",
    "DE": "Germany",
    "DK": "Denmark",
    "EE": "Estonia",
    "ES": "Spain",
    "FI": "Finland",
    "FR": "France",
    "GB": "United Kingdom",
    "GR": "Greece",
    "HR": "Croatia",
    "HU": "Hungary",
    "IE": "Ireland",
    "IN": "India",
    "IS": "Iceland",
    "IT": "Italy",
    "JP": "Japan",
    "KR": "South Korea",
    "LT": "Lithuania",
    "LU": "Luxembourg",
    "LV": "Latvia",
    "MT": "Malta",
    "MX": "Mexico",
    "NL": "Netherlands",
    "NO": "Norway",
    "NZ": "New Zealand",
    "PL": "Poland",
    "PT": "Portugal",
    "RO": "Romania",
    "SE": "Sweden",
    "SG": "Singapore",
    "SI": "Slovenia",
    "SK": "Slovakia",
    "US": "United States",
    "ZA": "South Africa",
}  # fmt: skip - a line each would be a page of countries
"""What a list offers where a shop delivers everywhere; a country without a name here bears its code."""
_FIELDS: Final = {one.name: one for one in msgspec.structs.fields(Address)}
_WRONG: Final = {
    "email": "This is no mail address.",
    "country": "Choose a country.",
    "phone": "Digits, spaces and + ( ) . / - only.",
    "postal_code": "At most 20 letters and digits.",
}
_TOO_LONG: Final = "At most 200 letters."
_MISSING: Final = "Please fill this in."


class Typed(NamedTuple):
    """A form as it came: what can be used of it, and what is wrong with each field."""

    email: str
    address: Address | None
    """None where anything is wrong."""
    fields: Mapping[str, str]
    wrong: Mapping[str, str]


class Known(NamedTuple):
    """What a form begins with for somebody with an account."""

    email: str
    address: orders.Address | None


async def countries_of(reader: Reader, shop: Shop) -> dict[str, str]:
    """Where the shop delivers to, by code, in the order of the alphabet; its own country at least."""
    offered = await methods(reader, shop)
    if not offered or any(one.countries is None for one in offered):
        codes = {*COUNTRIES, shop.country}
    else:
        codes = {country for one in offered for country in one.countries or ()}
    named = {code: COUNTRIES.get(code, code) for code in codes}
    return dict(sorted(named.items(), key=lambda pair: pair[1]))


def typed_in(fields: Mapping[str, str], countries: Collection[str]) -> Typed:
    """Read the form, and find everything that is wrong with it."""
    wrong = {}
    values: dict[str, Any] = {}
    for name, kind in {"email": contracts.Email, **{one.name: one.type for one in _FIELDS.values()}}.items():
        text = fields.get(name, "")
        if not text:
            if name == "email" or _FIELDS[name].default is NODEFAULT:
                wrong[name] = _MISSING
            continue
        try:
            values[name] = msgspec.convert(text, kind)
        except msgspec.ValidationError:
            wrong[name] = _WRONG.get(name, _TOO_LONG)
    if values.get("country", "") not in countries:
        wrong["country"] = _WRONG["country"]
    email = values.pop("email", "")
    return Typed(email, None if wrong else Address(**values), fields, wrong)


def typed_before(cart: Cart, known: Known) -> Typed:
    """The form as it was filled in before, else as the account is known, or empty but for the country."""
    address = cart.shipping_address or known.address
    email = cart.email or known.email
    fields = dict.fromkeys(("email", *_FIELDS), "")
    if address is not None:
        fields |= {name: getattr(address, name) or "" for name in _FIELDS}
    else:
        fields["country"] = cart.country
    return Typed(email, cart.shipping_address, {**fields, "email": email}, {})


async def known_of(here: Visit) -> Known:
    """What is known of whoever is signed in: the mail address that is proven theirs, and where they live."""
    if here.person is None:
        return Known("", None)
    email = min(await here.reader.part(People).verified_addresses(here.person.id), default="")  # type: ignore[type-abstract]  # a protocol is the key it is held by
    last = await orders.list_own(here.reader, here.shop.id, ListRequest(limit=1))
    if not last.items:
        return Known(email, None)
    return Known(email, (await orders.get(here.reader, here.shop.id, last.items[0].id)).shipping_address)
