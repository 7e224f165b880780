"""What one may be allowed to do with mails, and how their HTML is shown."""

from __future__ import annotations

from typing import Final

from backstay.kernel.actor import Permission
from backstay.kernel.http import Response

READ: Final = Permission(
    "mail:read",
    "See mails, whom they went to, their words and why they were or were not sent",
    presets=("support",),
)
SEND: Final = Permission("mail:send", "Send a template with its sample data to any address")
OPERATE: Final = Permission(
    "mail:operate", "Send mails again, reconcile them, report bounces and edit the suppression list"
)
PROVIDERS: Final = Permission(
    "mail:providers",
    "See the mail providers, which all organizations share, and let paused ones go on",
    house=True,
)
REWORD: Final = Permission("mail:reword", "Change what mail templates say in the organization")

_CONFINED: Final = {
    # `sandbox` takes scripts, forms and our origin away; the rest lets nothing be fetched (CSP 3).
    "content-security-policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "form-action 'none'; base-uri 'none'",
    "cache-control": "no-store",
}


def confined(html: str) -> Response[str]:
    """Somebody's HTML as a page that can run nothing, send nothing and fetch nothing."""
    return Response(html, headers=_CONFINED, media_type="text/html; charset=utf-8")
