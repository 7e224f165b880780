"""What a deployment may set under `[idempotency]`, or as `BACKSTAY_IDEMPOTENCY_...`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from backstay.kernel.settings import BYTES, SECONDS


class IdempotencySettings(Struct, frozen=True, kw_only=True):
    """Settings of the idempotency system."""

    retention: Annotated[
        float,
        Meta(
            ge=60,
            le=90 * 86_400,
            extra=SECONDS,
            description="How long a key is known; after that it begins a new request.",
        ),
    ] = 86_400.0
    secret_retention: Annotated[
        float,
        Meta(ge=1, extra=SECONDS, description="How long answers are kept that show a secret once."),
    ] = 600.0
    lease: Annotated[
        float,
        Meta(
            ge=1,
            le=3600,
            extra=SECONDS,
            description="How long a key stays claimed when its process died; living ones renew it.",
        ),
    ] = 30.0
    answer_limit: Annotated[
        int, Meta(ge=0, extra=BYTES, description="The largest answer that is kept, with its headers.")
    ] = 256 * 1024
    prune_interval: Annotated[
        float, Meta(gt=0, extra=SECONDS, description="How often keys are removed whose time is over.")
    ] = 300.0
    prune_batch: Annotated[int, Meta(ge=1, le=10_000, description="Keys removed in one transaction.")] = 500
