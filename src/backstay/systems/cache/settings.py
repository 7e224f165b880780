"""What a deployment may set under `[cache]`, or as `BACKSTAY_CACHE_...`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from backstay.kernel.settings import BYTES, SECONDS


class CacheSettings(Struct, frozen=True, kw_only=True):
    """Settings of the cache."""

    url: Annotated[
        str,
        Meta(
            description="`redis://user:password@host:6379/0?prefix=backstay` (`rediss:` for TLS) "
            "to keep values in Redis, for all processes; when not set, each keeps its own in memory.",
            extra={"variable": "CACHE_URL"},
        ),
    ] = ""
    memory: Annotated[
        int,
        Meta(ge=65_536, extra=BYTES, description="What a process keeps at most, without Redis."),
    ] = 64 * 1024 * 1024
    timeout: Annotated[
        float,
        Meta(
            gt=0,
            le=5,
            extra=SECONDS,
            description="How long Redis may take to answer before values are computed without it.",
        ),
    ] = 0.25
    lease: Annotated[
        float,
        Meta(
            ge=0.2,
            le=300,
            extra=SECONDS,
            description="How long after the death of a process others wait for what it was computing.",
        ),
    ] = 5.0
