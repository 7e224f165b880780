"""What a deployment may set under `[mail]`, or as `BACKSTAY_MAIL_...`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from backstay.kernel.settings import BYTES, SECONDS, Secret


class MailSettings(Struct, frozen=True, kw_only=True):
    """Where mails leave, and under which name."""

    url: Annotated[
        Secret | None,
        Meta(
            description="Where mails leave: `smtp://user:password@host:587?tls=starttls`, `smtps://…`, "
            "several with commas between them for failover, or `console:` to keep them for the console only "
            "(also when not set). Parameters: `rate=14/1s`, `connections=4`, `ca=/a/ca.pem`.",
            extra={"variable": "MAIL_URL"},
        ),
    ] = None
    sender: Annotated[
        str, Meta(min_length=3, max_length=254, description="The address that mails come from.")
    ] = "no-reply@localhost"
    sender_name: Annotated[
        str, Meta(max_length=100, description="The name beside it; `app.name` when empty.")
    ] = ""
    return_path: Annotated[
        str | None,
        Meta(description="Where bounces go (the envelope's sender); the sender's address when not set."),
    ] = None
    timeout: Annotated[
        float, Meta(gt=0, extra=SECONDS, description="How long one step with a provider may take.")
    ] = 20.0
    data_timeout: Annotated[
        float,
        Meta(
            gt=0,
            extra=SECONDS,
            description="How long a provider may take to answer once it has a mail; "
            "after that its outcome is unknown.",
        ),
    ] = 120.0
    idle: Annotated[
        float, Meta(gt=0, extra=SECONDS, description="How long an unused connection is kept.")
    ] = 20.0
    attachments_limit: Annotated[
        int, Meta(ge=0, extra=BYTES, description="The most that the attachments of one mail may weigh.")
    ] = 10 * 1024 * 1024
    dkim_domain: Annotated[str | None, Meta(description="The domain that signs (RFC 6376, `d=`).")] = None
    dkim_selector: Annotated[
        str,
        Meta(min_length=1, description="Its key's name in the DNS (`s=`): `<selector>._domainkey.<domain>`."),
    ] = "backstay"
    dkim_key: Annotated[Secret | None, Meta(description="The RSA private key that signs, PEM.")] = None
    dkim_key_file: Annotated[
        Path | None, Meta(description="The file that holds it, where it is not in `dkim_key`.")
    ] = None
    soft_bounces: Annotated[
        int, Meta(ge=1, description="Soft bounces within `soft_bounce_days` that suppress an address.")
    ] = 5
    soft_bounce_days: Annotated[int, Meta(ge=1, le=365, description="See `soft_bounces`.")] = 30
    retention_days: Annotated[
        int, Meta(ge=1, description="Days that mails are kept to be looked at; suppressions stay.")
    ] = 90
