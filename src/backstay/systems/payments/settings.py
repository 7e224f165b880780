"""What a deployment may set under `[payments]`, or as `BACKSTAY_PAYMENTS_...`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from backstay.kernel.settings import SECONDS, Secret


class PaymentsSettings(Struct, frozen=True, kw_only=True):
    """Who moves the money."""

    url: Annotated[
        Secret | None,
        Meta(
            description="`mock://` (also when not set): pages of our own on which nobody loses money; with "
            "`seed=7&duplicates=0.3&late=0.3&delay=5s&bare=0.2&decline=0.1&challenge=0.2&abandon=0.05&"
            "refund_failures=0.1` it is the race lab; with `at_once=1` everything is "
            "paid in the commit that asks for it, on no page: for load tests. Or "
            "`stripe://sk_…@api.stripe.com?webhook_secret=whsec_…`, two secrets with a comma "
            "between them while one is replaced.",
            extra={"variable": "PAYMENTS_URL"},
        ),
    ] = None
    session_life: Annotated[
        float,
        Meta(
            ge=1,
            le=86_400,
            extra=SECONDS,
            description="How long one page to pay on lives; the provider's limits narrow it (Stripe: 30 "
            "minutes to a day). A payment that lives longer gets a new one.",
        ),
    ] = 86_400.0
    park_for: Annotated[
        float,
        Meta(
            ge=60,
            extra=SECONDS,
            description="How long an event is tried again that speaks of something unknown.",
        ),
    ] = 3 * 86_400.0
