"""What a deployment may set under `[tenancy]`, or as `BACKSTAY_TENANCY_...`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct


class TenancySettings(Struct, frozen=True, kw_only=True):
    """What organizations are told."""

    attack_guesses: Annotated[
        int,
        Meta(
            ge=0,
            description="Wrong passwords and codes for members of an organization, within an hour of the "
            "clock, from which its owners are told that it is under attack; 0 for never. Nobody is refused "
            "for it.",
        ),
    ] = 100
