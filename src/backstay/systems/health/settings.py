"""The settings of the health system."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from backstay.kernel.settings import BYTES, SECONDS


class HealthSettings(Struct, frozen=True, kw_only=True):
    """When a part counts as unwell."""

    cache: Annotated[
        float, Meta(ge=0, extra=SECONDS, description="How long a check's result is used again.")
    ] = 1.0
    disk_free: Annotated[
        int, Meta(ge=0, extra=BYTES, description="Less free space in the data directory degrades.")
    ] = 256 * 1024 * 1024
    disk_critical: Annotated[int, Meta(ge=0, extra=BYTES, description="Less free space than this fails.")] = (
        16 * 1024 * 1024
    )
    memory_share: Annotated[
        float, Meta(gt=0, le=1, description="A larger share of the memory limit in use degrades.")
    ] = 0.9
