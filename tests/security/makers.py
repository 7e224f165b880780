"""How to make what the routes of each module name: somebody's note, job, key..."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID, uuid4

from backstay.kernel.actor import Actor
from backstay.kernel.database import UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.systems.events import Events
from backstay.systems.events.service.dispatching import Dispatcher
from backstay.systems.identity import SessionKind, SignedIn
from backstay.systems.identity.contracts import ReceiptKind
from backstay.systems.identity.queries import factors, passkeys, providers, users
from backstay.systems.identity.service.accounts import insert_user
from backstay.systems.identity.service.factors import enrol_for
from backstay.systems.identity.service.personal import export, make_receipt, read_export
from backstay.systems.identity.service.sessions import Device, open_session
from backstay.systems.jobs import Jobs
from backstay.systems.mail.service.enqueueing import DeliverMail
from backstay.systems.tenancy.queries import CREATE, JOIN
from backstay.systems.traffic.service import Recorder
from backstay.testing.cases import Side, Target, TenantCase
from tests.house import House
from tests.security import commerce
from tests.security.house_wide import HOUSE_WIDE
from tests.security.paying import make_payment

Make = Callable[[House, Actor], Awaitable[Target]]


async def _note(house: House, victim: Actor) -> Target:
    made = await house(victim, "POST", "/v1/notes", {"title": "ours", "body": "private", "tags": ["plans"]})
    assert made.status_code == 201, made.text
    note_id = made.json()["id"]
    shared = await house(victim, "POST", f"/v1/notes/{note_id}/share", {})
    assert shared.status_code == 201, shared.text
    return Target(
        {"note_id": note_id, "name": "plans"},
        {
            "PATCH /v1/notes/{note_id:uuid}": {"title": "theirs"},
            "PATCH /v1/notes/tags/{name:str}": {"name": "taken"},
            "POST /v1/notes/{note_id:uuid}/share": {},
        },
    )


async def _counters(house: House, victim: Actor) -> Target:
    bodies: dict[str, Any] = {}
    for whose in ("", "/me"):
        made = await house(victim, "POST", f"/v1{whose}/counters/visits/increment", {"by": 41})
        assert made.json()["version"] == 1
        bodies[f"POST /v1{whose}/counters/{{name:str}}/increment"] = {"by": 1}
        bodies[f"POST /v1{whose}/counters/{{name:str}}/decrement"] = {"by": 1}
        bodies[f"POST /v1{whose}/counters/{{name:str}}/reset"] = {"value": 0}
    return Target({"name": "visits"}, bodies)


async def _request(house: House, victim: Actor) -> Target:
    # Of what goes well only a sample is kept; what is refused is kept.
    await house(victim, "GET", f"/v1/notes/{uuid4()}")
    await house.backend.part(Recorder).flush()
    kept = await house(victim, "GET", "/v1/traffic/requests")
    return Target({"request_id": kept.json()["items"][0]["id"]}, {})


async def _mail(house: House, victim: Actor) -> Target:
    suppressed = await house(victim, "POST", "/v1/mail/suppressions", {"address": "eve@example.test"})
    assert suppressed.status_code == 201, suppressed.text
    mail = {"template": "mail.test", "to": "eve@example.test"}
    held_back = await house(victim, "POST", "/v1/mail/messages/test", mail)
    assert held_back.json()["state"] == "suppressed"
    return Target(
        {"mail_id": held_back.json()["id"], "suppression_id": suppressed.json()["id"]},
        {"POST /v1/mail/messages/{mail_id:uuid}/reconcile": {"handed_over": True}},
        jobs=[DeliverMail(mail_id=UUID(held_back.json()["id"]))],
    )


async def _job(house: House, victim: Actor) -> Target:
    # Not handed out, so that nothing but an attack could change it.
    await house.backend.part(Jobs).store.pause("probes", paused=True)
    made = await house(victim, "POST", "/v1/jobs/probes", {"name": f"probe {uuid4()}"})
    assert made.status_code == 201, made.text
    return Target({"job_id": made.json()["id"]}, {"POST /v1/jobs/{job_id:uuid}/replay": {}})


async def _record(house: House, victim: Actor) -> Target:
    person = str(uuid4())
    # So many that the intruder, whose own attempts are refused, has no record of these numbers.
    for _ in range(40):
        noted = await house(victim, "POST", "/v1/audit/notes", {"text": "ours", "person_id": person})
        assert noted.status_code == 204, noted.text
    return Target({"seq": "40", "person_id": person}, {})


async def _key(house: House, victim: Actor) -> Target:
    made = await house(victim, "POST", "/v1/api-keys", {"name": "ours", "scopes": ["notes:read"]})
    assert made.status_code == 201, made.text
    return Target({"key_id": made.json()["id"]}, {"POST /v1/api-keys/{key_id:uuid}/rotate": {}})


async def _idempotency_key(house: House, victim: Actor) -> Target:
    kept = await house(victim, "POST", "/v1/notes", {"title": "kept"}, idempotency_key=str(uuid4()))
    assert kept.status_code == 201, kept.text
    listed = (await house(victim, "GET", "/v1/idempotency/keys")).json()["items"]
    return Target({"key_id": listed[0]["id"]}, {})


async def _number(house: House, victim: Actor) -> Target:
    made = await house(victim, "PUT", "/v1/cache/probes/ours", {"value": 7})
    assert made.status_code == 200, made.text
    kept = await house(victim, "GET", "/v1/cache/probes/ours")
    assert kept.json()["fills"] == 1
    return Target({"name": "ours"}, {"PUT /v1/cache/probes/{name:str}": {"value": 8}})


async def _membership(house: House, victim: Actor) -> Target:
    # The victim's organization is made here, by who is at work in it.
    async def found(uow: UnitOfWork) -> None:
        await uow.execute(CREATE, name="ours")
        await uow.execute(JOIN, name=victim.name)

    await house.backend.database.run(victim, found)
    role = (await house(victim, "GET", "/v1/access/roles")).json()[-1]["id"]
    # Not sent, so that nothing but an attack could change it.
    await house(victim, "POST", "/v1/mail/suppressions", {"address": "bob@example.test"})
    invitation = {"email": "bob@example.test", "role_id": role}
    invited = await house(victim, "POST", "/v1/organization/invitations", invitation)
    assert invited.status_code == 201, invited.text
    return Target({"user_id": str(victim.id), "invitation_id": invited.json()["id"]}, {})


async def _role(house: House, victim: Actor) -> Target:
    made = await house(victim, "POST", "/v1/access/roles", {"name": "Keepers", "permissions": ["notes:read"]})
    assert made.status_code == 201, made.text
    role_id, user_id = made.json()["id"], str(uuid4())
    given = await house(victim, "PUT", f"/v1/access/users/{user_id}/roles/{role_id}")
    assert given.status_code == 200, given.text
    return Target(
        {"role_id": role_id, "user_id": user_id},
        {"PATCH /v1/access/roles/{role_id:uuid}": {"name": "Taken", "permissions": []}},
    )


async def _event(house: House, victim: Actor) -> Target:
    await house.backend.part(Jobs).store.pause("events", paused=True)
    made = await house(victim, "POST", "/v1/events/probes", {"name": "ours", "count": 1})
    assert made.status_code == 201, made.text
    events = house.backend.part(Events)
    dispatcher = Dispatcher(house.backend.database, events, batch=100)
    await dispatcher.take_over()
    await dispatcher.round()
    (found,) = (await house(victim, "GET", "/v1/events?type=events.probed")).json()["items"]
    replay = await house(
        victim, "POST", "/v1/event-subscriptions/events.count_probe/replays", {"first": found["position"]}
    )
    assert replay.status_code == 202, replay.text
    return Target({"event_id": found["id"], "replay_id": str(replay.json()["id"])}, {})


async def _ready_export(house: House, victim: Actor) -> str:
    # Without its job, so that nothing but an attack could change it.
    made = await house.backend.database.run(
        victim, lambda uow: make_receipt(uow, victim.id, ReceiptKind.EXPORT)
    )
    await export(house.backend.database, made.receipt.id)
    assert await read_export(house.backend.reader(victim), made.receipt.id)
    return str(made.receipt.id)


async def _passkey(uow: UnitOfWork, user_id: UUID) -> None:
    await uow.execute(
        passkeys.ADD,
        id=uuid7(),
        user_id=user_id,
        name="phone",
        credential_id=user_id.bytes,
        public_key=b"",
        sign_count=0,
        transports=[],
        verified=True,
        backup_eligible=False,
        backed_up=False,
        created_at=uow.now(),
        used_at=None,
        doubted_at=None,
    )


async def link(uow: UnitOfWork, user_id: UUID) -> UUID:
    link_id = uuid7()
    await uow.execute(
        providers.ADD,
        id=link_id,
        user_id=user_id,
        provider="house",
        issuer="https://accounts.example.test",
        subject=str(user_id),
        mail="",
        created_at=uow.now(),
        used_at=None,
    )
    return link_id


async def _session(house: House, victim: Actor) -> Target:
    async def open_one(uow: UnitOfWork) -> SignedIn:
        mail = f"{victim.id}@example.test"
        if await uow.first(users.BY_ID, id=victim.id) is None:
            await insert_user(uow, victim.id, mail, victim.name, "", None, verified=True)
        person = await uow.one(users.BY_ID, id=victim.id)
        device = Device("a laptop", "192.0.2.0/24")
        if not await uow.all(factors.LIST, user_id=person.id):
            await enrol_for(uow, person, "phone")
            await _passkey(uow, person.id)
            await link(uow, person.id)
        return await open_session(
            uow, person, kind=SessionKind.TOKENS, device=device, organization_id=victim.organization_id
        )

    made = await house.backend.database.run(victim, open_one)
    (factor,) = await house.backend.reader(victim).all(factors.LIST, user_id=victim.id)
    (passkey,) = await house.backend.reader(victim).all(passkeys.LIST, user_id=victim.id)
    (linked,) = await house.backend.reader(victim).all(providers.LIST, user_id=victim.id)
    return Target(
        {
            "session_id": str(made.session_id),
            "factor_id": str(factor.id),
            "passkey_id": str(passkey.id),
            "link_id": str(linked.id),
            "receipt_id": await _ready_export(house, victim),
        },
        {
            "POST /v1/account/factors/{factor_id:uuid}/confirm": {"code": "000000"},
            "PATCH /v1/account/passkeys/{passkey_id:uuid}": {"name": "theirs"},
        },
    )


MAKERS: dict[str, Make] = {
    "events": _event,
    "identity": _session,
    "access": _role,
    "apikeys": _key,
    "audit": _record,
    "idempotency": _idempotency_key,
    "cache": _number,
    "jobs": _job,
    "notes": _note,
    "counter": _counters,
    "tenancy": _membership,
    "traffic": _request,
    "mail": _mail,
    "shops": commerce.shop,
    "catalog": commerce.catalogue,
    "inventory": commerce.stock,
    "payments": make_payment,
    "coupons": commerce.coupon,
    "giftcards": commerce.gift_card,
    "carts": commerce.cart,
    "orders": commerce.order,
    "drops": commerce.drop,
    "reviews": commerce.review,
    "insights": commerce.order,
}
"""By module; a module whose routes take a parameter needs one."""

MADE_BY_NAME = {
    "counter": frozenset(
        f"POST /v1{whose}/counters/{{name:str}}/{move}"
        for whose in ("", "/me")
        for move in ("increment", "decrement")
    ),
    "cache": frozenset({"PUT /v1/cache/probes/{name:str}"}),
}
"""A counter is made by its first move, a number when it is set, so a stranger gets one of their own under the same name."""


def cases_of(house: House) -> Mapping[str, TenantCase]:
    """The cases of our own modules, on this house."""

    def case(name: str, make: Make) -> TenantCase:
        def made(side: Side) -> Awaitable[Target]:
            return make(house, side.actor)

        by_name = MADE_BY_NAME.get(name, frozenset[str]())
        return TenantCase(make=made, house_wide=HOUSE_WIDE.get(name, {}), made_by_name=by_name)

    return {name: case(name, make) for name, make in MAKERS.items()}
