"""What a browser keeps of a shop: a guest's cart, a currency, the proof of an order."""

from __future__ import annotations

import re
from typing import Final, NamedTuple
from uuid import UUID

from backstay.kernel.backend import Backend
from backstay.kernel.http import Request
from backstay.products.commerce.carts import Proof

CART: Final = "shop_cart"
CURRENCY: Final = "shop_currency"
ORDER: Final = "shop_order"
DAY: Final = 86_400
_CART_DAYS: Final = 30
_CURRENCY_DAYS: Final = 365
_ORDER_DAYS: Final = 180
_HELD: Final = re.compile(r"([0-9a-f]{32})\.([A-Za-z0-9_-]{20,100})")


class Held(NamedTuple):
    """A cart, and what proves it: a token that the browser holds, or an account."""

    cart_id: UUID
    proof: Proof


def path_of(slug: str) -> str:
    """Where the pages of a shop begin."""
    return f"/store/{slug}"


def held_by(request: Request) -> Held | None:
    """The guest's cart that the browser holds in this shop, whatever has become of it."""
    found = _HELD.fullmatch(cookie(request, CART))
    return None if found is None else Held(UUID(found[1]), Proof(customer_id=None, token=found[2]))


def cookie(request: Request, name: str) -> str:
    """What the browser was given under this name; empty when it has nothing."""
    wanted = _prefix(request) + name
    pairs = (pair.strip().partition("=") for pair in request.headers.get("cookie", "").split(";"))
    return next((value for found, _, value in pairs if found == wanted), "")


def keep_cart(backend: Backend, request: Request, slug: str, held: Held) -> None:
    """Let the browser hold a guest's cart, in this shop alone; an account's needs no cookie of its own."""
    if held.proof.token is not None:
        value = f"{held.cart_id.hex}.{held.proof.token}"
        _set(request, CART, value, path_of(slug), _CART_DAYS, secure=_is_public_tls(backend))


def forget_cart(request: Request, slug: str) -> None:
    """Let the browser hold no guest's cart any more."""
    _set(request, CART, "", path_of(slug), 0, secure=False)


def keep_currency(backend: Backend, request: Request, slug: str, currency: str) -> None:
    """Keep in which currency a browser wants prices."""
    _set(request, CURRENCY, currency, path_of(slug), _CURRENCY_DAYS, secure=_is_public_tls(backend))


def keep_order(backend: Backend, request: Request, slug: str, order_id: UUID, token: str) -> None:
    """Let the browser prove an order; the cookie is sent to that order's pages alone."""
    path = f"{path_of(slug)}/orders/{order_id}"
    _set(request, ORDER, token, path, _ORDER_DAYS, secure=_is_public_tls(backend))


def _set(request: Request, name: str, value: str, path: str, days: int, *, secure: bool) -> None:
    attributes = f"Path={path}; Max-Age={days * DAY}; HttpOnly; SameSite=Lax"
    if secure or _is_secure(request):
        attributes += "; Secure"
    line = f"{_prefix(request)}{name}={value}; {attributes}"
    request.reply_headers.append((b"set-cookie", line.encode("ascii")))


def origin_of(backend: Backend, request: Request) -> str:
    """Where this server is reached: as it is told in the settings, or as the browser says."""
    return _public(backend) or f"{request.scheme}://{request.headers.get('host', '')}"


def _public(backend: Backend) -> str:
    return (backend.settings.http.public_url or "").rstrip("/")


def _is_public_tls(backend: Backend) -> bool:
    return _public(backend).startswith("https://")


def _is_secure(request: Request) -> bool:
    return request.scheme == "https"


def _prefix(request: Request) -> str:
    # Not `__Host-`, which wants the path `/`: each shop has cookies of its own (RFC 6265bis, 4.1.3).
    return "__Secure-" if _is_secure(request) else ""
