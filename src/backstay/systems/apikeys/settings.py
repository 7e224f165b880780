"""What a deployment may set under `[apikeys]`, or as `BACKSTAY_APIKEYS_...`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from backstay.kernel.settings import SECONDS


class ApiKeysSettings(Struct, frozen=True, kw_only=True):
    """Settings of the API key system."""

    prefix: Annotated[
        str,
        Meta(
            pattern="^[a-z]{2,10}$",
            description="What keys begin with, so that scanners can find leaked ones.",
        ),
    ] = "bsk"
    flush_interval: Annotated[
        float, Meta(gt=0, extra=SECONDS, description="How often the last use of keys is written down.")
    ] = 10.0
