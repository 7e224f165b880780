"""What a deployment may set under `[audit]`, or as `BACKSTAY_AUDIT_...`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from backstay.kernel.settings import SECONDS


class AuditSettings(Struct, frozen=True, kw_only=True):
    """Settings of the audit system."""

    retention_days: Annotated[
        Annotated[int, Meta(ge=1)] | None,
        Meta(description="Days that records are kept; for ever when not set."),
    ] = None
    keys_url: Annotated[
        str,
        Meta(
            description="A database of its own for the keys of people's data, as `DATABASE_URL` names "
            "one: so no backup of the records holds what opens an erased person's. When not set, the keys "
            "are beside the records.",
            extra={"variable": "AUDIT_KEYS_URL"},
        ),
    ] = ""
    checkpoint_interval: Annotated[
        float,
        Meta(ge=1, extra=SECONDS, description="How long new records wait for a signature, at most."),
    ] = 60.0
    upkeep_batch: Annotated[
        int, Meta(ge=1, le=10_000, description="Organizations and records dealt with at once.")
    ] = 500
