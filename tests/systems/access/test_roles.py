"""Roles over HTTP: made, changed, deleted, given, taken, explained; and what is refused."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from backstay.systems.access.service import OWNER, preset_id
from tests.conftest import make_actor
from tests.systems.access.conftest import Office

ROLES = "/v1/access/roles"


async def test_presets_come_from_what_modules_declare(office: Office) -> None:
    roles = (await office.house(office.boss, "GET", ROLES)).json()
    by_name = {role["name"]: role["effective"] for role in roles}
    assert list(by_name) == ["Owner", "Admin", "Manager", "Moderator", "Sales Rep", "Support", "User"]
    user = ["access:self", "counter:count", "counter:read", "notes:read", "notes:share", "notes:write"]
    assert by_name["User"] == by_name["Moderator"] == by_name["Sales Rep"] == user
    assert by_name["Support"] == sorted([*user, "audit:note"])
    assert by_name["Manager"] == sorted(
        [*by_name["Support"], "access:read", "events:read", "jobs:read", "jobs:steer", "traffic:read"]
    )
    assert by_name["Admin"] == sorted(
        [*by_name["Manager"], "access:manage", "audit:read", "events:replay", "idempotency:read"]
    )
    assert by_name["Owner"] == sorted([*by_name["Admin"], "audit:erase"])
    assert "traffic:operate" not in by_name["Owner"]


async def test_a_role_is_made_changed_and_deleted(office: Office) -> None:
    ada = await office.person("ada", "admin")
    made = await office.house(
        ada,
        "POST",
        ROLES,
        {"name": " Night  shift ", "permissions": ["notes:read"], "parts": [str(preset_id("support"))]},
    )
    role = made.json()
    assert (made.status_code, made.headers["location"]) == (201, f"{ROLES}/{role['id']}")
    assert {key: role[key] for key in ("name", "preset", "permissions", "parts", "version")} == {
        "name": "Night shift",
        "preset": False,
        "permissions": ["notes:read"],
        "parts": [str(preset_id("support"))],
        "version": 1,
    }
    taken = await office.house(ada, "POST", ROLES, {"name": "NIGHT SHIFT"})
    preset = await office.house(ada, "POST", ROLES, {"name": "owner"})
    assert [(one.status_code, one.json()["code"]) for one in (taken, preset)] == [
        (409, "role_name_taken")
    ] * 2
    stale = await office.house(ada, "PATCH", f"{ROLES}/{role['id']}", {"name": "Day"}, if_match='"7"')
    assert (stale.status_code, stale.json()["code"], stale.json()["version"]) == (412, "stale_role", 1)
    changed = await office.house(
        ada, "PATCH", f"{ROLES}/{role['id']}", {"name": "Day", "parts": []}, if_match='"1"'
    )
    assert (changed.json()["name"], changed.json()["effective"], changed.json()["version"]) == (
        "Day",
        ["notes:read"],
        2,
    )
    bob = await office.person("bob", UUID(role["id"]))
    in_use = await office.house(ada, "DELETE", f"{ROLES}/{role['id']}", if_match='"2"')
    assert (in_use.status_code, in_use.json()["code"], in_use.json()["users"]) == (409, "role_in_use", 1)
    await office.house(ada, "DELETE", f"/v1/access/users/{bob.id}/roles/{role['id']}")
    gone = await office.house(ada, "DELETE", f"{ROLES}/{role['id']}", if_match='"2"')
    assert gone.status_code == 204
    assert (await office.house(ada, "GET", f"{ROLES}/{role['id']}")).json()["code"] == "no_such_role"


async def test_every_fault_of_a_role_is_named(office: Office) -> None:
    answer = await office.house(
        office.boss,
        "POST",
        ROLES,
        {"name": "X", "permissions": ["traffic:operate", "zebra:ride"], "parts": [str(OWNER)]},
    )
    assert answer.status_code == 422
    assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [
        ("/permissions/0", "unknown"),
        ("/permissions/1", "unknown"),
        ("/parts/0", "owner"),
    ]


async def test_a_role_never_contains_itself(office: Office) -> None:
    first = await office.role("first")
    second = await office.role("second", parts=(first.id,))
    third = await office.role("third", parts=(second.id,))
    for part in (first.id, second.id, third.id):
        answer = await office.house(
            office.boss, "PATCH", f"{ROLES}/{first.id}", {"parts": [str(part)]}, if_match='"1"'
        )
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "ring")
    assert (await office.house(office.boss, "GET", f"{ROLES}/{first.id}")).json()["parts"] == []


async def test_presets_cannot_be_changed(office: Office) -> None:
    for method in ("PATCH", "DELETE"):
        body = {"name": "x"} if method == "PATCH" else None
        answer = await office.house(office.boss, method, f"{ROLES}/{preset_id('user')}", body, if_match='"1"')
        assert (answer.status_code, answer.json()["code"]) == (409, "preset_role")


async def test_nobody_gives_or_takes_what_they_lack(office: Office) -> None:
    clerk = await office.role("clerk", "access:manage", "access:read", "notes:read")
    secret = await office.role("secret", "counter:count")
    around = await office.role("around", parts=(secret.id,))
    eve, bob = await office.person("eve", clerk.id), await office.person("bob", around.id)
    owner = await office.person("owner", "owner")
    lacking = ["counter:count"]
    attempts = [
        ("POST", ROLES, {"name": "a", "permissions": ["counter:count"]}, None),
        ("POST", ROLES, {"name": "b", "parts": [str(secret.id)]}, None),
        ("POST", ROLES, {"name": "c", "parts": [str(around.id)]}, None),
        ("PATCH", f"{ROLES}/{clerk.id}", {"permissions": ["counter:count"]}, '"1"'),
        ("PATCH", f"{ROLES}/{clerk.id}", {"parts": [str(around.id)]}, '"1"'),
        ("PATCH", f"{ROLES}/{secret.id}", {"permissions": []}, '"1"'),
        ("PUT", f"/v1/access/users/{eve.id}/roles/{around.id}", None, None),
        ("DELETE", f"/v1/access/users/{bob.id}/roles/{around.id}", None, None),
    ]
    for method, path, body, version in attempts:
        headers = {} if version is None else {"if_match": version}
        answer = await office.house(eve, method, path, body, **headers)
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (403, "lacking"), (method, path)
        assert set(lacking) <= set(problem["lacking"]), (method, path)
    demote = await office.house(eve, "DELETE", f"/v1/access/users/{owner.id}/roles/{OWNER}")
    assert (demote.status_code, demote.json()["code"]) == (403, "lacking")
    allowed = await office.house(eve, "POST", ROLES, {"name": "d", "permissions": ["notes:read"]})
    assert allowed.status_code == 201
    renamed = await office.house(
        eve, "PATCH", f"{ROLES}/{secret.id}", {"description": "words"}, if_match='"1"'
    )
    assert renamed.status_code == 200


async def test_what_was_taken_a_moment_ago_cannot_be_passed_on(office: Office) -> None:
    """The actor still carries what a process believed; whoever gives is asked for anew."""
    ada, bob = await office.person("ada", "admin"), await office.person("bob")
    await office.house(office.boss, "DELETE", f"/v1/access/users/{ada.id}/roles/{preset_id('admin')}")
    late = await office.house(ada, "PUT", f"/v1/access/users/{bob.id}/roles/{preset_id('manager')}")
    assert (late.status_code, late.json()["code"]) == (403, "lacking")


async def test_the_last_owner_stays(office: Office) -> None:
    path = f"/v1/access/users/{office.boss.id}/roles/{OWNER}"
    refused = await office.house(office.boss, "DELETE", path)
    assert (refused.status_code, refused.json()["code"]) == (409, "last_owner")
    other = await office.person("other", "owner")
    assert (await office.house(office.boss, "DELETE", path)).status_code == 204
    path = f"/v1/access/users/{other.id}/roles/{OWNER}"
    refused = await office.house(office.boss, "DELETE", path)
    assert (refused.status_code, refused.json()["code"]) == (409, "last_owner")


async def test_why_something_is_denied_or_allowed(office: Office) -> None:
    inner = await office.role("inner", "notes:read")
    outer = await office.role("outer", parts=(inner.id,))
    ada = await office.person("ada", outer.id)

    async def ask(permission: str, who: UUID = ada.id) -> tuple[bool, str, list[list[str]]]:
        path = f"/v1/access/explain?user_id={who}&permission={permission}"
        answer = (await office.house(office.boss, "GET", path)).json()
        return answer["allowed"], answer["reason"], answer["paths"]

    assert await ask("notes:read") == (True, "Allowed by the role outer > inner.", [["outer", "inner"]])
    assert await ask("access:manage") == (
        False,
        "Denied: none of their roles (outer) gives it; these would: Owner, Admin.",
        [],
    )
    assert await ask("traffic:operate") == (
        False,
        "Denied: it reaches beyond one organization, and only operators of the house have it.",
        [],
    )
    assert await ask("notes:read", uuid4()) == (
        False,
        "Denied: they have no role in this organization.",
        [],
    )
    unknown = await office.house(office.boss, "GET", "/v1/access/holders?permission=zebra:ride")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "no_such_permission")
    holders = (await office.house(office.boss, "GET", "/v1/access/holders?permission=notes:read")).json()
    assert set(holders["users"]) == {str(office.boss.id), str(ada.id)}
    nobody = await office.house(office.boss, "GET", f"/v1/access/users/{uuid4()}")
    assert (nobody.status_code, nobody.json()["code"]) == (404, "no_such_holder")
    somebody = (await office.house(office.boss, "GET", f"/v1/access/users/{ada.id}")).json()
    assert [role["name"] for role in somebody["roles"]] == ["outer"]
    assert somebody["permissions"] == ["notes:read"]
    assert (await office.house(ada, "GET", "/v1/access/me")).json()["code"] == "forbidden"
    bob = await office.person("bob", "user")
    me = (await office.house(bob, "GET", "/v1/access/me")).json()
    assert [role["name"] for role in me["roles"]] == ["User"]
    why = (await office.house(bob, "GET", "/v1/access/me/explain?permission=access:read")).json()
    assert (why["allowed"], why["given_by"]) == (False, ["Owner", "Admin", "Manager"])


@pytest.mark.parametrize("stranger", ["another", "missing"])
async def test_roles_of_another_organization_are_not_there(office: Office, stranger: str) -> None:
    other = await Office(office.house, uuid4()).open()
    theirs = (await other.role("theirs", "notes:read")).id if stranger == "another" else uuid4()
    answers = [
        await office.house(office.boss, "GET", f"{ROLES}/{theirs}"),
        await office.house(office.boss, "PATCH", f"{ROLES}/{theirs}", {"name": "mine"}, if_match='"1"'),
        await office.house(office.boss, "DELETE", f"{ROLES}/{theirs}", if_match='"1"'),
        await office.house(office.boss, "PUT", f"/v1/access/users/{uuid4()}/roles/{theirs}"),
        await office.house(office.boss, "DELETE", f"/v1/access/users/{uuid4()}/roles/{theirs}"),
    ]
    assert [(one.status_code, one.json()["code"]) for one in answers] == [(404, "no_such_role")] * 5
    within = await office.house(office.boss, "POST", ROLES, {"name": "x", "parts": [str(theirs)]})
    assert (within.status_code, within.json()["errors"][0]["pointer"]) == (422, "/parts/0")


async def test_the_roles_of_several_people_are_one_question(office: Office) -> None:
    ada = await office.person("ada", "admin")
    bob = await office.person("bob", "user", "support")
    nobody, path = uuid4(), "/v1/access/users"
    several = f"{path}?user_id={bob.id}&user_id={nobody}&user_id={ada.id}&user_id={bob.id}"
    answer = await office.house(ada, "GET", several)
    assert answer.status_code == 200, answer.text
    assert [
        (UUID(one["user_id"]), sorted(role["name"] for role in one["roles"])) for one in answer.json()
    ] == [
        (bob.id, ["Support", "User"]),
        (nobody, []),
        (ada.id, ["Admin"]),
    ]
    # Somebody else's organization tells nothing of them.
    stranger = make_actor("eve", permissions=("access:read",))
    elsewhere = (await office.house(stranger, "GET", f"{path}?user_id={bob.id}")).json()
    assert elsewhere == [{"user_id": str(bob.id), "roles": []}]
    many = "&".join(f"user_id={uuid4()}" for _ in range(101))
    for query, pointer in (("", "?user_id"), ("?user_id=bob", "?user_id/0"), (f"?{many}", "?user_id")):
        refused = await office.house(ada, "GET", path + query)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer), query
