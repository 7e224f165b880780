"""One organization against another, and one person against a colleague: our own use of the attack test.

What is tried and how it is judged is `backstay.testing.attack`, which tests of users' modules run too.
"""

from __future__ import annotations

import pytest

from backstay.systems.traffic.contracts import OPERATE
from backstay.systems.traffic.service import Recorder
from backstay.testing.attack import Attack
from tests.conftest import make_actor
from tests.house import House
from tests.plugins.pgbouncer import ENGINES
from tests.security.makers import MAKERS, cases_of
from tests.security.routes import guarded, label

SHARED_BY_COLLEAGUES = (
    "/v1/counters",
    "/v2/counters",
    "/v1/traffic",
    "/v1/mail",
    "/v1/jobs",
    "/v1/event",
    "/v1/api-keys/all",
    "/v1/audit",
    "/v1/idempotency",
    "/v1/organization",
    "/v1/access",
    "/v1/cache",
    "/v1/shops",
    "/v1/payments",
)
"""What the people of one organization have in common; everything else is a person's own."""


@pytest.fixture(params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    """Also through a proxy and behind the second wall: the whole composed application serves there."""
    return str(request.param)


@pytest.fixture
def attack(house: House) -> Attack:
    """On every module of the house."""
    modules = frozenset(module.name for module in house.backend.modules)
    return Attack(house.backend, house.app, house.token_of, cases_of(house), modules=modules)


async def test_another_organization_reaches_nothing(house: House, attack: Attack) -> None:
    tried = await attack.reach(attack.stranger(), make_actor("ada"))
    attack.judge()
    exempt = {name for case in cases_of(house).values() for name in case.house_wide}
    named = {
        label(each)
        for each in guarded(house)
        if "{" in each.template and each.permission is not None and not each.permission.house
    }
    assert tried == named - exempt
    assert len(tried) > 50


async def test_a_colleague_reaches_nothing_of_ones_own(attack: Attack) -> None:
    ada = make_actor("ada")
    colleague = make_actor("bob", organization=ada.organization_id, permissions=attack.grantable())
    tried = await attack.reach(colleague, ada, spare=SHARED_BY_COLLEAGUES)
    attack.judge()
    assert {name for name in tried if "/notes" in name}
    assert {name for name in tried if "/me/counters" in name}


async def test_what_is_listed_and_exported_is_ones_own(house: House, attack: Attack) -> None:
    tried = await attack.look(attack.stranger(), make_actor("ada"))
    attack.judge()
    assert {"GET /v1/audit/export", "GET /v1/notes", "GET /v1/jobs/waiting"} <= tried
    lists = {label(each) for each in guarded(house) if "listing" in each.route.options}
    assert {name for name in lists - tried if "{" not in name} == {
        "GET /v1/users",
        "GET /v1/events/probes",
        "GET /v1/payments/differences",
        "GET /v1/payments/events/parked",
    }


async def test_the_same_names_in_two_organizations_are_two_things(house: House, attack: Attack) -> None:
    every = {one.name for module in house.backend.modules for one in module.permissions}
    # Whoever operates traffic sees everybody's requests, so a twin who does is no test of the wall.
    twin = make_actor("grace", permissions=tuple(every - {OPERATE.name}))
    tried = await attack.collide(twin, make_actor("ada"))
    attack.judge()
    assert {
        "PATCH /v1/notes/tags/{name:str}",
        "DELETE /v1/counters/{name:str}",
        "GET /v1/audit/records/{seq:int}",
    } <= tried


async def test_jobs_of_another_organization_touch_nothing(attack: Attack) -> None:
    tried = await attack.work(attack.stranger(), make_actor("ada"))
    attack.judge()
    asked = {"open_session", "close_session", "capture_payment", "send_refund", "sync_payment"}
    assert tried == {
        *("coupons.generate_codes", "mail.deliver_mail", "reviews.rerate"),
        *(f"catalog.{kind}" for kind in ("run_import", "undo_import", "run_export")),
        *(f"payments.{kind}" for kind in asked),
    }


async def test_lists_show_nothing_of_another_organization(house: House) -> None:
    ada, mallory = (
        make_actor("ada"),
        make_actor(
            "mallory",
            permissions=(
                "notes:read",
                "counter:read",
                "traffic:read",
                "mail:read",
                "jobs:read",
                "events:read",
                "events:replay",
                "audit:read",
                "apikeys:own",
                "apikeys:manage",
                "idempotency:read",
                "tenancy:read",
                "tenancy:invite",
            ),
        ),
    )
    for make in MAKERS.values():
        await make(house, ada)
    await house.backend.part(Recorder).flush()
    # Before any request of Mallory's own can be in the log.
    assert (await house(mallory, "GET", "/v1/traffic/routes")).json() == []
    for path in (
        "/v1/notes",
        "/v1/notes?q=ours",
        "/v1/notes?deleted=true",
        "/v1/notes/tags",
        "/v1/notes/shares",
        "/v1/counters",
        "/v1/me/counters",
        "/v1/events",
        "/v1/event-replays",
        "/v1/audit/records",
        "/v1/api-keys",
        "/v1/api-keys/all",
        "/v1/idempotency/keys",
        "/v1/organization/members",
        "/v1/organization/invitations",
        "/v1/jobs",
        "/v1/jobs/probes",
        "/v1/traffic/requests",
        "/v1/mail/messages",
        "/v1/mail/suppressions",
        "/v1/jobs?state=ready&queue=probes",
    ):
        assert (await house(ada, "GET", path)).json()["items"] or "deleted" in path, path
        answer = await house(mallory, "GET", path)
        # Mallory's own requests may be in the log by now.
        others = [one for one in answer.json()["items"] if one.get("actor") != "mallory"]
        assert (answer.status_code, others) == (200, []), path
    waiting = {one["queue"]: one["ready"] for one in (await house(ada, "GET", "/v1/jobs/waiting")).json()}
    # What waits in other queues may be handed out at any moment.
    assert (waiting["probes"], waiting["payments"]) == (1, 4)
    assert (await house(mallory, "GET", "/v1/jobs/waiting")).json() == []
