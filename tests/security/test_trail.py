"""Every route that changes something leaves a record of it in the audit trail, or says in `trail` why not."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

from backstay.systems.access import preset_id
from backstay.testing.cases import Target
from tests.conftest import make_actor
from tests.security.makers import MAKERS
from tests.security.trail import BY_PEOPLE, EXEMPT, Watch, changing
from tests.systems.identity.conftest import Site
from tests.tables import run_sql

BODIES: dict[str, Any] = {
    "POST /v1/jobs/replay": {"ids": [str(uuid4())]},
    "PUT /v1/job-queues/{queue:str}/limits": {"concurrency": 3},
    "POST /v1/event-subscriptions/{name:str}/replays": {"first": 1},
    "POST /v1/mail/messages/test": {"template": "mail.test", "to": "bob@example.test"},
    "PUT /v1/mail/templates/{name:str}/words": {
        "subject": "A test",
        "text": "Hello",
        "mjml": "<mjml><mj-body><mj-section><mj-column><mj-text>Hello</mj-text></mj-column></mj-section>"
        "</mj-body></mjml>",
    },
    "POST /v1/mail/suppressions": {"address": "carl@example.test"},
    "POST /v1/mail/feedback": {"kind": "hard_bounce", "address": "dora@example.test"},
    "POST /v1/audit/notes": {"text": "The board agreed."},
    "PATCH /v1/ratelimit/policies/{name:str}": {"quota": 50},
    "POST /v1/ratelimit/forget": {"policy": "default", "subject": "address:203.0.113.7"},
    "POST /v1/cache/purges": {"everything": True},
    "POST /v1/httpcache/purges": {"tags": ["lamps"]},
    "POST /v1/access/roles": {"name": "Tellers", "permissions": ["notes:read"]},
    "POST /v1/notes": {"title": "new", "body": ""},
    "POST /v1/api-keys": {"name": "new", "scopes": ["notes:read"]},
    "POST /v1/organizations": {"name": "Lamps"},
    "POST /v1/payments": {
        "subject_id": "lamps",
        "amount": 500,
        "currency": "EUR",
        "description": "Two lamps",
        "return_url": "https://lamps.example",
        "expires_at": "2100-01-01T00:00:00Z",
    },
    "POST /v1/shops": {"slug": "lamps", "name": "Lamps", "currency": "EUR", "country": "DE"},
    "PATCH /v1/organization": {"name": "Lanterns"},
    "PATCH /v1/organization/settings/{section:str}": {"time_zone": "Europe/Vienna"},
    "POST /v1/organization/invitations": {
        "email": "frank@example.test",
        "role_id": str(preset_id("user")),
    },
}
PAUSED = (
    "INSERT INTO mail_provider_pauses (provider, paused_at, until, tries, why) "
    "VALUES ('console', '2026-01-01T00:00:00Z', '2026-01-01T00:00:05Z', 0, 'no connection')"
)
NAMES = {"kind": "jobs.probe", "queue": "probes", "section": "regional"}
NAMES_OF = {
    "/v1/job-schedules": "identity.tidy",
    "/v1/event-subscriptions": "events.count_probe",
    "/v1/mail/templates": "mail.test",
    "/v1/mail/providers": "console",
    "/v1/ratelimit/policies": "default",
}
BEFORE: dict[str, tuple[tuple[str, str, Any], ...]] = {
    "POST /v1/jobs/{job_id:uuid}/replay": (("POST", "/v1/jobs/{job_id:uuid}/cancel", None),),
    "POST /v1/shops/{shop:str}/products/{product_id:uuid}/restore": (
        ("DELETE", "/v1/shops/{shop:str}/products/{product_id:uuid}", None),
    ),
    "POST /v1/notes/{note_id:uuid}/restore": (("DELETE", "/v1/notes/{note_id:uuid}", None),),
    "DELETE /v1/access/roles/{role_id:uuid}": (
        ("DELETE", "/v1/access/users/{user_id:uuid}/roles/{role_id:uuid}", None),
    ),
    "PUT /v1/access/users/{user_id:uuid}/roles/{role_id:uuid}": (
        ("DELETE", "/v1/access/users/{user_id:uuid}/roles/{role_id:uuid}", None),
    ),
    "DELETE /v1/mail/templates/{name:str}/words": (
        ("PUT", "/v1/mail/templates/{name:str}/words", "PUT /v1/mail/templates/{name:str}/words"),
    ),
}
"""What has to be done first, so that there is something to change: method, path, and whose body."""
REPORT = b"""From: mailer-daemon@example.test\r
Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r
\r
--b\r
Content-Type: text/plain\r
\r
It failed.\r
--b\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; example.test\r
\r
Final-Recipient: rfc822; gina@example.test\r
Action: failed\r
Status: 5.1.1\r
\r
--b--\r
"""


def _filled(template: str, target: Target) -> str:
    named = {**NAMES, **target.values}
    for prefix, name in NAMES_OF.items():
        if template.startswith(prefix):
            named["name"] = name
    path = re.sub(r"\{(\w+):\w+\}", lambda found: named[found[1]], template)
    assert "{" not in path
    return path


async def test_what_is_exempt_is_there(site: Site) -> None:
    assert set(EXEMPT) <= set(changing(site))
    assert all(EXEMPT.values())


async def test_every_change_by_others_leaves_a_record(site: Site) -> None:
    watch, house = Watch(site), site.house
    of_house = {
        name: one
        for name, one in changing(site).items()
        if name not in EXEMPT and not one.template.startswith(BY_PEOPLE)
    }
    for name, endpoint in of_house.items():
        owner = make_actor("ada")
        make = MAKERS.get(endpoint.module)
        target = Target({}, {}) if make is None else await make(house, owner)
        for method, path, body in BEFORE.get(name, ()):
            first = await house(owner, method, _filled(path, target), BODIES.get(body), if_match=_tag(path))
            assert first.status_code < 300, (name, first.text)
        path = _filled(endpoint.template, target)
        if name.endswith("feedback/message"):
            headers = house.signed_in(owner) | {"content-type": "message/rfc822"}
            await watch(name, house.client.post(path, content=REPORT, headers=headers))
            continue
        if name.endswith("reconcile"):
            await run_sql(site.database, "UPDATE mail_messages SET state = 'unknown'")
        if name.startswith("POST /v1/mail/providers"):
            await run_sql(site.database, PAUSED)
        if name.startswith("POST /v1/event-replays"):  # it may have ended meanwhile
            await run_sql(site.database, "UPDATE events_replays SET state = 'running'")
        body = BODIES.get(name, target.bodies.get(name))
        tag = _tag(f"{endpoint.route.method} {path}")
        sent = house(owner, endpoint.route.method, path, body, if_match=tag, idempotency_key=str(uuid4()))
        await watch(name, sent)
    assert watch.tried == set(of_house)


def _tag(path: str) -> str:
    """The version to change: 0 of what nobody has changed yet."""
    unchanged = path.endswith("/words") or path.startswith("PATCH /v1/ratelimit/policies")
    return '"0"' if unchanged else '"1"'
