"""Who looks at a page: the shop, the currency they want prices in, and their cart; all of it by cookies."""

from __future__ import annotations

import re
from typing import Final, NamedTuple
from uuid import UUID

from backstay.kernel.backend import Backend
from backstay.kernel.database import Reader
from backstay.kernel.http import Request
from backstay.products.commerce import carts
from backstay.products.commerce.carts import Cart, CartState, Proof
from backstay.products.commerce.shops import Shop, enter
from backstay.products.commerce.storefront import service
from backstay.products.commerce.storefront.contracts import Home

CART: Final = "shop_cart"
CURRENCY: Final = "shop_currency"
ORDER: Final = "shop_order"
DAY: Final = 86_400
_CART_DAYS: Final = 30
_CURRENCY_DAYS: Final = 365
_ORDER_DAYS: Final = 180
_HELD: Final = re.compile(r"([0-9a-f]{32})\.([A-Za-z0-9_-]{20,100})")


class Held(NamedTuple):
    """A cart that a browser holds, and what proves it."""

    cart_id: UUID
    token: str

    @property
    def proof(self) -> Proof:
        """As a shopper without an account shows it: whoever is signed in elsewhere is a guest here."""
        return Proof(customer_id=None, token=self.token)


class Visit(NamedTuple):
    """Somebody at a page."""

    reader: Reader
    """In the shop's organization."""
    shop: Shop
    currency: str
    held: Held | None
    cart: Cart | None
    """The open one."""
    home: Home

    @property
    def path(self) -> str:
        """Where the shop's pages begin."""
        return path_of(self.shop.slug)

    @property
    def units(self) -> int:
        """To be bought."""
        return sum(line.quantity for line in self.cart.lines if not line.saved) if self.cart else 0


async def visit(request: Request, reader: Reader, slug: str) -> Visit:
    """Let a shopper in.

    Raises:
        NoSuchShop: there is none of this name, or it is closed.
    """
    inside, shop = await enter(reader, slug)
    held = held_by(request)
    cart = None
    if held is not None:
        try:
            found = await carts.get(inside, shop, held.cart_id, held.proof)
        except carts.NoSuchCart:
            held = None
        else:
            cart = found if found.state is CartState.OPEN else None
    wanted = cart.currency if cart else cookie(request, CURRENCY)
    currency = wanted if wanted in shop.currencies else shop.currency
    return Visit(inside, shop, currency, held, cart, await service.home(inside, shop, currency))


def path_of(slug: str) -> str:
    """Where the pages of a shop begin."""
    return f"/store/{slug}"


def held_by(request: Request) -> Held | None:
    """The cart that the browser holds in this shop, whatever has become of it."""
    found = _HELD.fullmatch(cookie(request, CART))
    return None if found is None else Held(UUID(found[1]), found[2])


def cookie(request: Request, name: str) -> str:
    """What the browser was given under this name; empty when it has nothing."""
    wanted = _prefix(request) + name
    pairs = (pair.strip().partition("=") for pair in request.headers.get("cookie", "").split(";"))
    return next((value for found, _, value in pairs if found == wanted), "")


def cart_cookie(backend: Backend, request: Request, slug: str, held: Held) -> str:
    """The `Set-Cookie` that lets a browser hold a cart, in this shop alone."""
    value = f"{held.cart_id.hex}.{held.token}"
    return _cookie(request, CART, value, path_of(slug), _CART_DAYS, backend)


def currency_cookie(backend: Backend, request: Request, slug: str, currency: str) -> str:
    """The `Set-Cookie` that keeps in which currency a browser wants prices."""
    return _cookie(request, CURRENCY, currency, path_of(slug), _CURRENCY_DAYS, backend)


def order_cookie(backend: Backend, request: Request, slug: str, order_id: UUID, token: str) -> str:
    """The `Set-Cookie` that proves an order; it is sent to that order's pages alone."""
    return _cookie(request, ORDER, token, f"{path_of(slug)}/orders/{order_id}", _ORDER_DAYS, backend)


def _cookie(request: Request, name: str, value: str, path: str, days: int, backend: Backend) -> str:
    secure = "; Secure" if _is_secure(request) or _public(backend).startswith("https://") else ""
    attributes = f"Path={path}; Max-Age={days * DAY}; HttpOnly; SameSite=Lax{secure}"
    return f"{_prefix(request)}{name}={value}; {attributes}"


def origin_of(backend: Backend, request: Request) -> str:
    """Where this server is reached: as it is told in the settings, or as the browser says."""
    return _public(backend) or f"{request.scheme}://{request.headers.get('host', '')}"


def _public(backend: Backend) -> str:
    return (backend.settings.http.public_url or "").rstrip("/")


def _is_secure(request: Request) -> bool:
    return request.scheme == "https"


def _prefix(request: Request) -> str:
    # Not `__Host-`, which wants the path `/`: each shop has cookies of its own (RFC 6265bis, 4.1.3).
    return "__Secure-" if _is_secure(request) else ""
