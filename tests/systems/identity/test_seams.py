"""Accounts together with the systems around them: organizations, keys, audit, and what products keep."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from backstay.app import MODULES
from backstay.kernel.actor import SYSTEM, Memberships, People
from backstay.kernel.database import UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.systems.access import found, preset_id
from backstay.systems.audit import record
from backstay.systems.identity.service.accounts import insert_user
from backstay.systems.jobs.testing import drain
from tests.conftest import make_actor
from tests.systems.identity.conftest import MAIL, OTHER_PASSWORD, PASSWORD, OpenSite, Site
from tests.systems.identity.test_accounts import rows_of


@pytest.fixture
async def town(open_site: OpenSite) -> Site:
    """Everything composed, as it is served."""
    return await open_site(MODULES)


async def _id(site: Site, tokens: dict[str, Any]) -> str:
    return str((await site.get("/account", tokens["access_token"])).json()["id"])


async def _key(site: Site, tokens: dict[str, Any]) -> str:
    made = await site.post("/api-keys", {"name": "ours", "scopes": ["notes:read"]}, tokens["access_token"])
    assert made.status_code == 201, made.text
    return str(made.json()["key"])


async def _use(site: Site, key: str) -> int:
    return (await site.get("/notes", key)).status_code


async def _invited(site: Site, tokens: dict[str, Any], mail: str) -> str:
    """The token of an invitation to an organization that is made for it."""
    made = await site.post("/organizations", {"name": "Lamps"}, tokens["access_token"])
    switched = await site.post(
        "/account/sessions/switch", {"organization_id": made.json()["id"]}, tokens["access_token"]
    )
    assert switched.status_code == 200, switched.text
    tokens |= switched.json()
    new = {"email": mail, "role_id": str(preset_id("manager"))}
    invited = await site.post("/organization/invitations", new, tokens["access_token"])
    assert invited.status_code == 201, invited.text
    postman = make_actor("postman", organization=UUID(made.json()["id"]))
    listed = (await site.house(postman, "GET", "/v1/mail/messages")).json()["items"]
    text = (await site.house(postman, "GET", f"/v1/mail/messages/{listed[0]['id']}")).json()["text"]
    return str(text.partition("/console/invitation#")[2].split()[0])


async def test_owning_an_organization_gives_nothing_over_the_house(town: Site) -> None:
    ada, eve = await town.sign_up(), await town.sign_up("eve@example.test", OTHER_PASSWORD, "Eve")
    victim = await _id(town, ada)
    for method, path in (
        ("GET", "/v1/users"),
        ("GET", f"/v1/users/{victim}"),
        ("POST", f"/v1/users/{victim}/ban"),
        ("POST", f"/v1/users/{victim}/end-sessions"),
    ):
        body = {"reason": "spite"} if path.endswith("ban") else None
        answer = await town.call(method, path, body, eve["access_token"])
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), path
    assert await town.who(ada["access_token"]) == 200


async def test_an_invitation_is_taken_by_whose_verified_address_it_names(town: Site) -> None:
    ada = await town.sign_up()
    bob, eve = (
        await town.sign_up("Bob@Example.test", OTHER_PASSWORD, "Bob"),
        await town.sign_up("eve@example.test", OTHER_PASSWORD, "Eve"),
    )
    token = await _invited(town, ada, "bob@example.test")
    refused = await town.post("/invitations/accept", {"token": token}, eve["access_token"])
    assert (refused.status_code, refused.json()["code"]) == (403, "invitation_for_another")
    taken = await town.post("/invitations/accept", {"token": token}, bob["access_token"])
    assert taken.status_code == 200, taken.text
    again = await town.post("/invitations/accept", {"token": token}, bob["access_token"])
    assert again.status_code == 404
    members = (await town.get("/organization/members", ada["access_token"])).json()["items"]
    assert {one["user_id"] for one in members} == {await _id(town, ada), await _id(town, bob)}


async def test_an_address_counts_once_it_is_verified_and_in_either_spelling(town: Site) -> None:
    people = town.database.parts.part(People)  # type: ignore[type-abstract]  # a protocol is the key
    ids = [uuid7(), uuid7()]

    async def insert(uow: UnitOfWork) -> None:
        for user_id, verified in zip(ids, (True, False), strict=True):
            mail = f"{user_id}@xn--mnchen-3ya.example"
            await insert_user(uow, user_id, mail, "", "", None, verified=verified)

    await town.database.run(SYSTEM, insert)
    assert await people.verified_addresses(ids[0]) == {
        f"{ids[0]}@xn--mnchen-3ya.example",
        f"{ids[0]}@münchen.example",
    }
    assert await people.verified_addresses(ids[1]) == frozenset()
    assert await people.verified_addresses(uuid4()) == frozenset()


async def test_switching_makes_a_new_session_that_is_no_fresher(town: Site) -> None:
    ada = await town.sign_up()
    bob = await town.sign_up("bob@example.test", OTHER_PASSWORD, "Bob")
    home = await _id(town, bob)
    token = await _invited(town, ada, "bob@example.test")
    lamps = (await town.post("/invitations/accept", {"token": token}, bob["access_token"])).json()["id"]
    town.clock.move(timedelta(minutes=11))
    bob = (await town.refresh(bob["refresh_token"])).json()
    switched = await town.post("/account/sessions/switch", {"organization_id": lamps}, bob["access_token"])
    assert switched.status_code == 200, switched.text
    await town.catch_up()
    assert await town.who(bob["access_token"]) == 401
    new = switched.json()
    assert new["session_id"] != bob["session_id"]
    account = (await town.get("/account", new["access_token"])).json()
    assert (account["organization_id"], "tenancy:invite" in account["permissions"]) == (lamps, True)
    assert "tenancy:close" not in account["permissions"]
    stale = await town.post("/account/export", {}, new["access_token"])
    assert stale.json()["code"] == "fresh_sign_in_needed"
    for stranger in (str(uuid4()), await _id(town, ada | (await town.sign_in()))):
        answer = await town.post(
            "/account/sessions/switch", {"organization_id": stranger}, new["access_token"]
        )
        assert (answer.status_code, answer.json()["code"]) == (404, "no_such_membership")
    back = await town.post("/account/sessions/switch", {"organization_id": home}, new["access_token"])
    assert (await town.get("/account", back.json()["access_token"])).json()["organization_id"] == home
    assert await town.database.parts.part(Memberships).is_member(UUID(home), UUID(lamps))  # type: ignore[type-abstract]  # as above


async def test_a_cookie_follows_the_switch(town: Site) -> None:
    ada = await town.sign_up()
    own = {"origin": "http://testserver"}
    body = {"mail": MAIL, "password": PASSWORD, "cookie": True}
    signed_in = await town.post("/auth/sign-in", body, **own)
    first = signed_in.headers["set-cookie"].partition(";")[0]
    town.house.client.cookies.clear()
    home = await _id(town, ada)
    switched = await town.post("/account/sessions/switch", {"organization_id": home}, cookie=first, **own)
    assert switched.status_code == 200, switched.text
    second = switched.headers["set-cookie"].partition(";")[0]
    town.house.client.cookies.clear()
    await town.catch_up()
    assert (await town.get("/account", cookie=first)).status_code == 401
    assert (await town.get("/account", cookie=second)).status_code == 200
    assert switched.json()["access_token"] is None


@pytest.mark.parametrize("how", ["ban", "change", "reset", "erase"])
async def test_keys_end_with_what_they_were_made_under(town: Site, how: str) -> None:
    ada, eve = await town.sign_up(), await town.sign_up("eve@example.test", OTHER_PASSWORD, "Eve")
    key, other = await _key(town, ada), await _key(town, eve)
    assert [await _use(town, key), await _use(town, other)] == [200, 200]
    match how:
        case "ban":
            operator = make_actor("olga", permissions=("identity:operate",))
            path = f"/v1/users/{await _id(town, ada)}/ban"
            answer = await town.house(operator, "POST", path, {"reason": "spam"})
        case "change":
            passwords = {"current_password": PASSWORD, "password": OTHER_PASSWORD}
            answer = await town.post("/account/password", passwords, ada["access_token"])
        case "reset":
            await town.post("/auth/forgot", {"mail": MAIL})
            answer = await town.post("/auth/reset", {"token": await town.token(), "password": OTHER_PASSWORD})
        case _:
            answer = await town.post("/account/erase", {}, ada["access_token"])
    assert answer.status_code < 300, answer.text
    assert [await _use(town, key), await _use(town, other)] == [401, 200]


async def test_an_export_holds_what_every_module_keeps_and_an_erasure_leaves_none(town: Site) -> None:
    ada = await town.sign_up()
    bob = await town.sign_up("bob@example.test", OTHER_PASSWORD, "Bob")
    token = await _invited(town, ada, "bob@example.test")
    await town.post("/invitations/accept", {"token": token}, bob["access_token"])
    bob_id, access = await _id(town, bob), bob["access_token"]
    await town.post("/notes", {"title": "Bob's plan", "body": "*secret*", "tags": ["plans"]}, access)
    gone = (await town.post("/notes", {"title": "thrown away", "body": ""}, access)).json()
    await town.call("DELETE", f"/v1/notes/{gone['id']}", None, access, if_match='"1"')
    await town.post("/notes", {"title": "Ada's plan", "body": ""}, ada["access_token"])
    await town.post("/me/counters/steps/increment", {"by": 7}, access)
    lamps = (await town.get("/account", ada["access_token"])).json()["organization_id"]
    switched = await town.post("/account/sessions/switch", {"organization_id": lamps}, access)
    bob |= switched.json()
    await town.post("/counters/visits/increment", {"by": 2}, bob["access_token"])
    await town.post("/counters/visits/increment", {"by": 3}, ada["access_token"])
    key = await _key(town, bob)
    made = (await town.post("/account/export", {}, bob["access_token"])).json()
    await drain(town.house.backend, queues=("identity",))
    export = (await town.get(f"/account/exports/{made['receipt']['id']}", bob["access_token"])).json()
    assert {one["title"]: one["tags"] for one in export["notes"]["notes"]} == {
        "Bob's plan": ["plans"],
        "thrown away": [],
    }
    assert [(one["name"], one["value"]) for one in export["counter"]["counters"]] == [("steps", 7)]
    assert [(one["name"], one["amount"]) for one in export["counter"]["moves"]] == [
        ("steps", 7),
        ("visits", 2),
    ]
    assert [one["organization_name"] for one in export["tenancy"]] == ["Lamps"]
    assert [one["organization_id"] for one in export["access"]] == [lamps]
    assert [one["name"] for one in export["apikeys"]] == ["ours"]
    assert key not in str(export)
    erased = (await town.post("/account/erase", {}, bob["access_token"])).json()
    await drain(town.house.backend, queues=("identity",))
    receipt = (await town.get(f"/account/receipts/{erased['token']}")).json()
    assert receipt["done_at"] is not None
    assert {name: rows for name, rows in receipt["details"].items() if rows} == {
        "identity": 3,
        "apikeys": 1,
        "access": 1,
        "tenancy": 1,
        "notes": 3,
        "counter": 2,
    }
    for table in (
        "notes_notes",
        "notes_tags",
        "counter_counters",
        "counter_moves",
        "apikeys_keys",
        "access_assignments",
        "tenancy_members",
    ):
        assert bob_id not in str(await rows_of(town.database, table)), table
    notes = (await town.get("/notes", (await town.sign_in())["access_token"])).json()["items"]
    assert [one["title"] for one in notes] == []  # Ada's are in her organization
    visits = await town.get("/counters/visits", ada["access_token"])
    assert (visits.json()["value"], visits.json()["version"]) == (5, 2)


async def test_an_erasure_destroys_the_keys_of_what_was_recorded_and_the_chain_holds(town: Site) -> None:
    ada, other = await town.sign_up(), make_actor("olga")
    ada_id = UUID(await _id(town, ada))

    async def sell(uow: UnitOfWork) -> None:
        record(uow, "shop.sold", subject=("order", 1), after={"street": "Elm 5"}, person=ada_id)

    for organization in (ada_id, other.organization_id):
        await town.database.run(make_actor("writer", organization=organization), sell)
    made = (await town.post("/account/erase", {}, ada["access_token"])).json()
    await drain(town.house.backend, queues=("identity",))
    receipt = (await town.get(f"/account/receipts/{made['token']}")).json()
    assert receipt["details"]["audit"] == 2
    assert await rows_of(town.database, "audit_person_keys") == []
    records = (await town.house(other, "GET", "/v1/audit/records?action=shop.sold")).json()["items"]
    assert [(one["erased"], one["after"]) for one in records] == [(True, None)]
    assert (await town.house(other, "POST", "/v1/audit/verification")).json()["valid"] is True


async def test_who_alone_owns_an_organization_is_banned_only_on_purpose(town: Site) -> None:
    ada = await town.sign_up()
    made = (await town.post("/organizations", {"name": "Lamps"}, ada["access_token"])).json()
    operator = make_actor("olga")
    path = f"/v1/users/{await _id(town, ada)}/ban"
    refused = await town.house(operator, "POST", path, {"reason": "Spam"})
    assert (refused.status_code, refused.json()["code"]) == (409, "last_owner")
    assert refused.json()["organizations"] == [made["id"]]
    assert (await town.get("/account", ada["access_token"])).status_code == 200
    banned = await town.house(operator, "POST", path, {"reason": "Spam", "leave_ownerless": True})
    assert (banned.status_code, banned.json()["ban_reason"]) == (200, "Spam")
    await town.catch_up()
    assert (await town.get("/account", ada["access_token"])).status_code == 401


async def test_the_last_owner_of_an_organization_settles_it_first(town: Site) -> None:
    ada = await town.sign_up()
    made = (await town.post("/organizations", {"name": "Lamps"}, ada["access_token"])).json()
    refused = await town.post("/account/erase", {}, ada["access_token"])
    assert (refused.status_code, refused.json()["code"]) == (409, "last_owner")
    assert refused.json()["organizations"] == [made["id"]]
    assert await town.who(ada["access_token"]) == 200
    assert await rows_of(town.database, "identity_receipts") == []
    heir = make_actor("heir", organization=UUID(made["id"]))
    await town.database.run(heir, lambda uow: found(uow, heir.id))
    assert (await town.post("/account/erase", {}, ada["access_token"])).status_code == 202
    await drain(town.house.backend, queues=("identity",))
    roles = await rows_of(town.database, "access_assignments")
    assert [str(heir.id) in row for row in roles] == [True]
