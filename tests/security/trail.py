"""Which routes leave no record in the audit trail, and what watches the others."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

import httpx

from backstay.kernel.http.endpoint import Endpoint
from tests.security.routes import label, of_modules
from tests.systems.identity.conftest import Site
from tests.systems.identity.test_accounts import rows_of

EXEMPT = {
    "POST /v1/session": "signs a browser in; the session is kept by identity or is a principal's token",
    "DELETE /v1/session": "takes a cookie away",
    "POST /v1/console/proofs": "a run of the lab, in development only; runs are kept themselves",
    "DELETE /v1/console/proofs/{proof_id:str}": "likewise",
    "POST /v1/jobs/probes": "a probe: nobody's data",
    "POST /v1/events/probes": "a probe: nobody's data",
    "PUT /v1/cache/probes/{name:str}": "a probe: nobody's data",
    "POST /v1/mail/templates/{name:str}/preview": "keeps nothing",
    "POST /v1/mail/unsubscribe/{token:str}": "nobody is signed in; the suppression says when and why",
    "POST /v1/audit/verification": "reads",
    "POST /v1/ratelimit/replays": "reads",
    "POST /v1/pricing/totals": "keeps nothing",
    "POST /v1/audit/checkpoints": "signs the trail; a record of it would have to be signed again",
    "POST /v1/auth/sign-up": "an account that nobody has used; the same work for known addresses",
    "POST /v1/auth/verify": "a sign-in: the session is its record",
    "POST /v1/auth/sign-in": "likewise",
    "POST /v1/auth/passkey": "likewise",
    "POST /v1/auth/passkey/options": "makes a challenge for whoever asks, which is over in minutes",
    "POST /v1/account/passkeys/options": "likewise",
    "POST /v1/account/second-factor/passkey/options": "likewise",
    "POST /v1/auth/providers/{provider:str}/begin": "sends a browser away; the visit is over in minutes",
    "POST /v1/account/providers/{provider:str}/begin": "likewise; what it is for is recorded when it is done",
    "POST /v1/auth/refresh": "goes on with a session, every few minutes",
    "POST /v1/auth/forgot": "the same work for unknown addresses; the mail is its record",
    "POST /account/{purpose:str}/{token:str}": "the pages of reset and change, which are tried as routes here",
    "POST /setup/{token:str}": "the page of the route for programs, which is tried here",
    "POST /v1/invitations/look": "reads",
    "POST /v1/event-projections/{name:str}/rebuild": "is recorded; no composed module declares a projection",
    **{
        f"POST /v1{whose}/counters/{{name:str}}/{move}": "counter_moves is its record: who, when, how far"
        for whose in ("", "/me")
        for move in ("increment", "decrement")
    },
}
"""Routes that are no GET and leave no record, and why."""

BY_PEOPLE = ("/v1/auth", "/v1/account", "/v1/users", "/v1/invitations")


class Watch:
    """Calls, and looks whether each left a record."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.tried: set[str] = set()

    async def __call__(self, name: str, answering: Awaitable[httpx.Response]) -> dict[str, Any]:
        before = await self._records()
        answer = await answering
        assert answer.status_code < 300, (name, answer.text)
        assert await self._records() > before, f"{name} changes something and leaves no record"
        self.tried.add(name)
        return dict(answer.json()) if answer.content.startswith(b"{") else {}

    async def _records(self) -> int:
        return len(await rows_of(self.site.database, "audit_records"))


def changing(site: Site) -> dict[str, Endpoint]:
    return {label(one): one for one in of_modules(site.house) if one.route.method != "GET"}
