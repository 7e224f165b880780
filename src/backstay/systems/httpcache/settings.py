"""What a deployment may set under `[httpcache]`, or as `BACKSTAY_HTTPCACHE_...`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from backstay.kernel.settings import BYTES, SECONDS


class HttpCacheSettings(Struct, frozen=True, kw_only=True):
    """Settings of the caching proxy. Where it keeps answers, and how much, is the cache's: `[cache]`."""

    origin: Annotated[
        str,
        Meta(
            description="`http://host:port` or `https://host`: let `backstay serve` run the proxy "
            "too, before this origin. Without it, `backstay httpcache` does."
        ),
    ] = ""
    host: Annotated[str, Meta(description="Where the proxy of `backstay serve` listens.")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65_535, description="Its port; all workers share it.")] = 8080
    largest: Annotated[
        int,
        Meta(ge=1024, extra=BYTES, description="The largest content that is kept; larger passes through."),
    ] = 4 * 1024 * 1024
    variants: Annotated[
        int, Meta(ge=1, le=1000, description="Answers kept for one address, by what `Vary` names.")
    ] = 32
    connections: Annotated[int, Meta(ge=1, le=10_000, description="To the origin, at once, a process.")] = 128
    timeout: Annotated[
        float,
        Meta(gt=0, le=3600, extra=SECONDS, description="For the origin to be reached, and to say anything."),
    ] = 30.0
    wait: Annotated[
        float,
        Meta(
            ge=0,
            le=60,
            extra=SECONDS,
            description="How long a request waits for one that asks the origin for the same already.",
        ),
    ] = 5.0
    rescue: Annotated[
        float,
        Meta(
            ge=0,
            extra=SECONDS,
            description="How long after its time an answer is given out while the origin cannot be reached, "
            "unless the answer forbids it.",
        ),
    ] = 60.0
    heed_clients: Annotated[
        bool,
        Meta(
            description="Obey `Cache-Control` in requests. Without it nobody can make the origin work by "
            "asking for what is kept already."
        ),
    ] = True
