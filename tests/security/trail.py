"""Which routes leave no record in the audit trail, and what watches the others."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

import httpx

from backstay.kernel.http.endpoint import Endpoint
from tests.security.routes import label, of_modules
from tests.systems.identity.conftest import Site
from tests.systems.identity.test_accounts import rows_of

EXEMPT = {
    "POST /v1/session": "signs a browser in; the session is kept by identity or is a principal's token",
    "DELETE /v1/session": "takes a cookie away",
    "POST /v1/console/proofs": "a run of the lab, in development only; runs are kept themselves",
    "DELETE /v1/console/proofs/{proof_id:str}": "likewise",
    "POST /v1/jobs/probes": "a probe: nobody's data",
    "POST /v1/events/probes": "a probe: nobody's data",
    "PUT /v1/cache/probes/{name:str}": "a probe: nobody's data",
    "POST /v1/mail/templates/{name:str}/preview": "keeps nothing",
    "POST /v1/mail/unsubscribe/{token:str}": "nobody is signed in; the suppression says when and why",
    "POST /v1/audit/verification": "reads",
    "POST /v1/ratelimit/replays": "reads",
    "POST /v1/pricing/totals": "keeps nothing",
    "POST /v1/audit/checkpoints": "signs the trail; a record of it would have to be signed again",
    "POST /v1/auth/sign-up": "an account that nobody has used; the same work for known addresses",
    "POST /v1/auth/verify": "a sign-in: the session is its record",
    "POST /v1/auth/sign-in": "likewise",
    "POST /v1/auth/passkey": "likewise",
    "POST /v1/auth/passkey/options": "makes a challenge for whoever asks, which is over in minutes",
    "POST /v1/account/passkeys/options": "likewise",
    "POST /v1/account/second-factor/passkey/options": "likewise",
    "POST /v1/auth/providers/{provider:str}/begin": "sends a browser away; the visit is over in minutes",
    "POST /v1/account/providers/{provider:str}/begin": "likewise; what it is for is recorded when it is done",
    "POST /v1/auth/refresh": "goes on with a session, every few minutes",
    "POST /v1/auth/forgot": "the same work for unknown addresses; the mail is its record",
    "POST /account/{purpose:str}/{token:str}": "the pages of reset and change, which are tried as routes here",
    "POST /setup/{token:str}": "the page of the route for programs, which is tried here",
    "POST /v1/invitations/look": "reads",
    "POST /v1/event-projections/{name:str}/rebuild": "is recorded where there is such a projection: tests/systems/events",
    "POST /v1/shops/{shop:str}/coupons/try": "keeps nothing",
    "POST /v1/shops/{shop:str}/orders/simulations": "keeps nothing",
    **dict.fromkeys(
        (
            f"POST /store/{{shop:str}}/{door}"
            for door in ("sign-in", "sign-up", "sign-out", "forgot", "second-factor")
        ),
        "a form before identity's own steps, which are tried as routes",
    ),
    **dict.fromkeys(
        (
            "POST /v1/store/{shop:str}/carts",
            "PATCH /v1/store/{shop:str}/carts/{cart_id:uuid}",
            "POST /v1/store/{shop:str}/carts/{cart_id:uuid}/lines",
            "PUT /v1/store/{shop:str}/carts/{cart_id:uuid}/lines",
            "POST /v1/store/{shop:str}/carts/{cart_id:uuid}/seen",
            "POST /v1/store/{shop:str}/carts/{cart_id:uuid}/codes",
            "DELETE /v1/store/{shop:str}/carts/{cart_id:uuid}/codes/{code:str}",
            "POST /v1/store/{shop:str}/carts/{cart_id:uuid}/gift-cards",
            "DELETE /v1/store/{shop:str}/carts/{cart_id:uuid}/gift-cards/{card_id:uuid}",
            "POST /v1/store/{shop:str}/carts/{cart_id:uuid}/merge",
            "POST /store/{shop:str}/cart/add",
            "POST /store/{shop:str}/cart/lines",
            "POST /store/{shop:str}/cart/codes",
            "POST /store/{shop:str}/cart/gift-cards",
            "POST /store/{shop:str}/cart/seen",
            "POST /store/{shop:str}/currency",
            "POST /store/{shop:str}/checkout",
            "POST /store/{shop:str}/checkout/delivery",
        ),
        "a shopper's own cart, not a merchant's; what is bought of it is an order's record",
    ),
    **dict.fromkeys(
        (
            "POST /v1/store/{shop:str}/carts/{cart_id:uuid}/checkout",
            "POST /v1/store/{shop:str}/orders/{order_id:uuid}/settle",
            "POST /v1/store/{shop:str}/orders/{order_id:uuid}/cancel",
            "POST /store/{shop:str}/checkout/order",
            "POST /store/{shop:str}/orders/{order_id:uuid}/cancel",
        ),
        "a shopper's own order, not a merchant's; its events are its record",
    ),
    **dict.fromkeys(
        (
            "PUT /v1/store/{shop:str}/reviews/{review_id:uuid}/helpful",
            "DELETE /v1/store/{shop:str}/reviews/{review_id:uuid}/helpful",
            "POST /v1/store/{shop:str}/reviews/{review_id:uuid}/reports",
            "POST /v1/store/{shop:str}/orders/{order_id:uuid}/reviews",
            "PATCH /v1/store/{shop:str}/orders/{order_id:uuid}/reviews/{review_id:uuid}",
            "DELETE /v1/store/{shop:str}/orders/{order_id:uuid}/reviews/{review_id:uuid}",
            "POST /store/{shop:str}/orders/{order_id:uuid}/lines/{line_id:str}/review",
        ),
        "what shoppers say, not merchants; what merchants do about it is recorded",
    ),
    **dict.fromkeys(
        (
            "POST /v1/store/{shop:str}/wishlists",
            "PUT /v1/store/{shop:str}/wishlists/default/items/{variant_id:uuid}",
            "PATCH /v1/store/{shop:str}/wishlists/{list_id:uuid}",
            "DELETE /v1/store/{shop:str}/wishlists/{list_id:uuid}",
            "PUT /v1/store/{shop:str}/wishlists/{list_id:uuid}/items/{variant_id:uuid}",
            "DELETE /v1/store/{shop:str}/wishlists/{list_id:uuid}/items/{variant_id:uuid}",
            "POST /v1/store/{shop:str}/wishlists/{list_id:uuid}/items/{variant_id:uuid}/move",
            "POST /v1/store/{shop:str}/wishlists/{list_id:uuid}/share",
            "DELETE /v1/store/{shop:str}/wishlists/{list_id:uuid}/share",
            "POST /store/{shop:str}/wishes",
            "POST /store/{shop:str}/wishlists",
            "POST /store/{shop:str}/wishlists/{list_id:uuid}",
            "POST /store/{shop:str}/wishlists/{list_id:uuid}/items",
        ),
        "a shopper's own wishes: nobody else's to read in a trail",
    ),
    "POST /v1/store/{shop:str}/drops/{drop_id:uuid}/places": "a shopper's own place, kept as a row itself",
    "DELETE /v1/store/{shop:str}/drops/{drop_id:uuid}/place": "likewise",
    "POST /v1/payments/{payment_id:uuid}/reconcile": "reads; what it finds late is kept as the provider's news",
    "POST /v1/payments/webhooks/{provider:str}": "nobody is signed in; the event is kept itself",
    "POST /v1/payments/mock/{reference:str}/{choice:str}": "what a customer does at the provider",
    **dict.fromkeys(
        (
            "POST /v1/payments/{payment_id:uuid}/capture",
            "POST /v1/payments/{payment_id:uuid}/cancel",
            "POST /v1/payments/events/{event_id:uuid}/replay",
        ),
        "wants a payment that is reserved, or an event that is parked: read in tests/systems/payments",
    ),
    "POST /v1/shops/{shop:str}/imports/{import_id:uuid}/undo": "wants an import that has run: read in its tests",
    "POST /v1/shops/{shop:str}/orders/{order_id:uuid}/edits/preview": "keeps nothing",
    **dict.fromkeys(
        (
            "POST /v1/shops/{shop:str}/orders/{order_id:uuid}/fulfilments/{fulfilment_id:uuid}/delivered",
            "POST /v1/shops/{shop:str}/orders/{order_id:uuid}/returns",
            "POST /v1/shops/{shop:str}/orders/{order_id:uuid}/refunds",
            "POST /v1/shops/{shop:str}/orders/{order_id:uuid}/edits",
        ),
        "wants an order that was sent or paid: its record is read in tests/products/commerce/orders",
    ),
    **{
        f"POST /v1{whose}/counters/{{name:str}}/{move}": "counter_moves is its record: who, when, how far"
        for whose in ("", "/me")
        for move in ("increment", "decrement")
    },
}
"""Routes that are no GET and leave no record, and why."""

BY_PEOPLE = ("/v1/auth", "/v1/account", "/v1/users", "/v1/invitations")


class Watch:
    """Calls, and looks whether each left a record."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.tried: set[str] = set()

    async def __call__(self, name: str, answering: Awaitable[httpx.Response]) -> dict[str, Any]:
        before = await self._records()
        answer = await answering
        assert answer.status_code < 300, (name, answer.text)
        assert await self._records() > before, f"{name} changes something and leaves no record"
        self.tried.add(name)
        return dict(answer.json()) if answer.content.startswith(b"{") else {}

    async def _records(self) -> int:
        return len(await rows_of(self.site.database, "audit_records"))


def changing(site: Site) -> dict[str, Endpoint]:
    return {label(one): one for one in of_modules(site.house) if one.route.method != "GET"}
