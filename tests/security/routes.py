"""What the tests of this folder need to know of each route; the routes themselves come from the router."""

from __future__ import annotations

import re

from backstay.kernel.http.endpoint import Endpoint
from tests.house import House

PUBLIC = {
    "GET /livez",
    "GET /readyz",
    "GET /startupz",
    "GET /metrics",  # asks for a permission by itself in production: tests/systems/health/test_metrics.py
    "GET /console",
    "GET /docs/events",  # what may happen, not what did
    "GET /docs/events.json",
    "GET /console/{file:path}",
    "POST /v1/session",
    "GET /v1/session",
    "DELETE /v1/session",
    "GET /v1/session/doors",
    "GET /v1/shared-notes/{token:str}",
    "GET /v1/mail/unsubscribe/{token:str}",
    "POST /v1/mail/unsubscribe/{token:str}",
    "POST /v1/auth/sign-up",
    "POST /v1/auth/setup",  # by a token that is only printed, or in the settings
    "GET /setup/{token:str}",
    "POST /setup/{token:str}",
    "POST /v1/auth/verify",
    "POST /v1/auth/sign-in",
    "POST /v1/auth/passkey/options",
    "POST /v1/auth/passkey",
    "GET /v1/auth/providers",
    "POST /v1/auth/providers/{provider:str}/begin",
    "GET /v1/auth/providers/{provider:str}/callback",  # for the browser that began, by its cookie
    "POST /v1/auth/refresh",
    "POST /v1/auth/sign-out",
    "POST /v1/auth/forgot",
    "POST /v1/auth/reset",
    "POST /v1/auth/change-mail",
    "GET /account/{purpose:str}/{token:str}",
    "POST /account/{purpose:str}/{token:str}",
    "GET /.well-known/jwks.json",
    "POST /v1/invitations/look",
    "POST /v1/invitations/accept",  # asks for an actor by itself: tests/systems/tenancy
    "GET /v1/account/receipts/{token:str}",
    "POST /v1/payments/webhooks/{provider:str}",  # believes only what the provider has signed
    "GET /v1/payments/return/{token:str}",
    "GET /v1/payments/mock/{reference:str}",
    "POST /v1/payments/mock/{reference:str}/{choice:str}",
    "GET /v1/store/{shop:str}",
    "GET /v1/store/{shop:str}/home",
    "GET /storefront/{name:str}",
    "GET /store/{shop:str}",  # pages, by cookies: tests/products/commerce/storefront
    "GET /store/{shop:str}/products",
    "GET /store/{shop:str}/products/{slug:str}",
    "GET /store/{shop:str}/cart",
    "POST /store/{shop:str}/cart/add",
    "POST /store/{shop:str}/cart/lines",
    "POST /store/{shop:str}/cart/codes",
    "POST /store/{shop:str}/cart/gift-cards",
    "POST /store/{shop:str}/cart/seen",
    "POST /store/{shop:str}/currency",
    "GET /store/{shop:str}/checkout",
    "POST /store/{shop:str}/checkout",
    "GET /store/{shop:str}/checkout/review",
    "POST /store/{shop:str}/checkout/delivery",
    "POST /store/{shop:str}/checkout/order",
    "GET /store/{shop:str}/paid",
    "GET /store/{shop:str}/orders/{order_id:uuid}",
    "GET /store/{shop:str}/orders/{order_id:uuid}/open",  # by the token of a mail
    "GET /store/{shop:str}/orders/{order_id:uuid}/pay",
    "GET /store/{shop:str}/orders/{order_id:uuid}/paid",
    "POST /store/{shop:str}/orders/{order_id:uuid}/cancel",
    "GET /store/{shop:str}/sign-in",  # identity's steps behind forms
    "POST /store/{shop:str}/sign-in",
    "GET /store/{shop:str}/sign-up",
    "POST /store/{shop:str}/sign-up",
    "GET /store/{shop:str}/forgot",
    "POST /store/{shop:str}/forgot",
    "GET /store/{shop:str}/second-factor",
    "POST /store/{shop:str}/second-factor",
    "POST /store/{shop:str}/sign-out",
    "GET /store/{shop:str}/account",  # one's own account's, as all that follow
    "GET /store/{shop:str}/account/orders",
    "POST /store/{shop:str}/wishes",
    "GET /store/{shop:str}/wishlists",
    "POST /store/{shop:str}/wishlists",
    "GET /store/{shop:str}/wishlists/{list_id:uuid}",
    "POST /store/{shop:str}/wishlists/{list_id:uuid}",
    "POST /store/{shop:str}/wishlists/{list_id:uuid}/items",
    "GET /store/{shop:str}/orders/{order_id:uuid}/lines/{line_id:str}/review",  # by account or cookie
    "POST /store/{shop:str}/orders/{order_id:uuid}/lines/{line_id:str}/review",
    "GET /v1/store/{shop:str}/products",
    "GET /v1/store/{shop:str}/products/{slug:str}",
    "GET /v1/store/{shop:str}/categories",
    "GET /v1/store/{shop:str}/brands",
    "GET /v1/store/{shop:str}/collections",
    "GET /v1/store/{shop:str}/availability",
    "POST /v1/store/{shop:str}/carts",
    "GET /v1/store/{shop:str}/carts/mine",
    "GET /v1/store/{shop:str}/carts/{cart_id:uuid}",  # by its token or its account: tests/products/commerce/carts
    "PATCH /v1/store/{shop:str}/carts/{cart_id:uuid}",
    "POST /v1/store/{shop:str}/carts/{cart_id:uuid}/lines",
    "PUT /v1/store/{shop:str}/carts/{cart_id:uuid}/lines",
    "POST /v1/store/{shop:str}/carts/{cart_id:uuid}/seen",
    "POST /v1/store/{shop:str}/carts/{cart_id:uuid}/codes",
    "DELETE /v1/store/{shop:str}/carts/{cart_id:uuid}/codes/{code:str}",
    "POST /v1/store/{shop:str}/carts/{cart_id:uuid}/gift-cards",
    "DELETE /v1/store/{shop:str}/carts/{cart_id:uuid}/gift-cards/{card_id:uuid}",
    "POST /v1/store/{shop:str}/carts/{cart_id:uuid}/merge",
    "POST /v1/store/{shop:str}/carts/{cart_id:uuid}/checkout",  # by the same; tests/products/commerce/orders
    "GET /v1/store/{shop:str}/orders",  # one's own account's
    "GET /v1/store/{shop:str}/orders/{order_id:uuid}",  # by its token or its account
    "POST /v1/store/{shop:str}/orders/{order_id:uuid}/settle",
    "POST /v1/store/{shop:str}/orders/{order_id:uuid}/cancel",
    "GET /v1/store/{shop:str}/reviews",
    "GET /v1/store/{shop:str}/reviews/own",  # one's own account's: tests/products/commerce/reviews
    "GET /v1/store/{shop:str}/reviews/ratings/{product_id:uuid}",
    "PUT /v1/store/{shop:str}/reviews/{review_id:uuid}/helpful",  # asks for an account by itself
    "DELETE /v1/store/{shop:str}/reviews/{review_id:uuid}/helpful",
    "POST /v1/store/{shop:str}/reviews/{review_id:uuid}/reports",
    "GET /v1/store/{shop:str}/orders/{order_id:uuid}/reviews",  # by the order's token or its account
    "POST /v1/store/{shop:str}/orders/{order_id:uuid}/reviews",
    "PATCH /v1/store/{shop:str}/orders/{order_id:uuid}/reviews/{review_id:uuid}",
    "DELETE /v1/store/{shop:str}/orders/{order_id:uuid}/reviews/{review_id:uuid}",
    "GET /v1/store/{shop:str}/drops/{drop_id:uuid}",
    "POST /v1/store/{shop:str}/drops/{drop_id:uuid}/places",
    "GET /v1/store/{shop:str}/drops/{drop_id:uuid}/place",  # by its token: tests/products/commerce/drops
    "DELETE /v1/store/{shop:str}/drops/{drop_id:uuid}/place",
    "GET /v1/store/{shop:str}/wishlists",  # one's own account's: tests/products/commerce/wishlists
    "POST /v1/store/{shop:str}/wishlists",
    "PUT /v1/store/{shop:str}/wishlists/default/items/{variant_id:uuid}",
    "GET /v1/store/{shop:str}/wishlists/{list_id:uuid}",
    "PATCH /v1/store/{shop:str}/wishlists/{list_id:uuid}",
    "DELETE /v1/store/{shop:str}/wishlists/{list_id:uuid}",
    "PUT /v1/store/{shop:str}/wishlists/{list_id:uuid}/items/{variant_id:uuid}",
    "DELETE /v1/store/{shop:str}/wishlists/{list_id:uuid}/items/{variant_id:uuid}",
    "POST /v1/store/{shop:str}/wishlists/{list_id:uuid}/items/{variant_id:uuid}/move",
    "POST /v1/store/{shop:str}/wishlists/{list_id:uuid}/share",
    "DELETE /v1/store/{shop:str}/wishlists/{list_id:uuid}/share",
    "GET /v1/store/{shop:str}/shared-wishlists/{token:str}",
}
"""Routes that anyone may call; whoever adds one says so here too."""

_PLACEHOLDERS = {
    "uuid": "01938a5e-0000-7000-8000-000000000001",
    "str": "some-name",
    "path": "a/file",
    "int": "1",
}


def label(endpoint: Endpoint) -> str:
    return f"{endpoint.route.method} {endpoint.template}"


def of_modules(house: House) -> list[Endpoint]:
    """Every route but those of the API's description."""
    return [endpoint for endpoint in house.app.router.endpoints if endpoint.module]


def guarded(house: House) -> list[Endpoint]:
    return [endpoint for endpoint in of_modules(house) if endpoint.permission is not None]


def some_path(endpoint: Endpoint) -> str:
    """A path of the route that leads to nothing."""
    return re.sub(r"\{\w+:(\w+)\}", lambda match: _PLACEHOLDERS[match[1]], endpoint.template)


def harmless_method(endpoint: Endpoint) -> str:
    """HEAD for GET: a stream then ends at once."""
    return "HEAD" if endpoint.route.method == "GET" else endpoint.route.method
