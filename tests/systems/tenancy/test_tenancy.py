"""Organizations, members, invitations and settings."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from msgspec import Struct

from backstay.kernel.actor import Actor, Memberships, People
from backstay.kernel.clock import ManualClock
from backstay.kernel.module import CompositionError, Module
from backstay.systems.access import RoleGrants
from backstay.systems.access.module import module as access
from backstay.systems.access.service import preset_id
from backstay.systems.audit.module import module as audit
from backstay.systems.events.module import module as events
from backstay.systems.idempotency.module import module as idempotency
from backstay.systems.jobs.module import module as jobs
from backstay.systems.mail.module import module as mail
from backstay.systems.tenancy import OrganizationSection, create, inside, settings_of
from backstay.systems.tenancy.contracts import NewOrganization, Organization, Regional
from backstay.systems.tenancy.errors import NoSuchInvitation
from backstay.systems.tenancy.module import module as tenancy
from backstay.systems.tenancy.service import Sections, accept
from tests.conftest import make_actor
from tests.house import House, open_house

MODULES = [idempotency, replace(jobs, services=()), events, mail, audit, access, tenancy]


class Accounts:
    """Who has proven which address; a `People`."""

    def __init__(self) -> None:
        self.addresses: dict[UUID, frozenset[str]] = {}

    async def verified_addresses(self, user_id: UUID) -> frozenset[str]:
        return self.addresses.get(user_id, frozenset())


class Town:
    """A house with organizations in it."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.database = house.backend.database
        self.accounts = Accounts()
        house.backend.hold(self.accounts, People)
        self.grants = house.backend.part(RoleGrants)

    async def person(self, name: str, organization: UUID | None = None) -> Actor:
        """Somebody at work in an organization (their own when not said), as their session proves them."""
        who = make_actor(name)
        self.accounts.addresses[who.id] = frozenset({f"{name}@example.test"})
        return await self.at(who, organization or who.id)

    async def at(self, who: Actor, organization: UUID) -> Actor:
        may = await self.grants.permissions(who.id, organization)
        return msgspec.structs.replace(who, organization_id=organization, permissions=may, session_id=uuid4())

    async def found(self, owner: Actor, name: str = "Harbour Lamps") -> Actor:
        """An organization of somebody's; the owner at work in it."""
        made = await create(self.database, owner, NewOrganization(name=name))
        return await self.at(owner, made.id)

    async def invite(self, inviter: Actor, email: str, role: str = "user", **more: Any) -> str:
        """The token in the mail."""
        body = {"email": email, "role_id": str(preset_id(role)), **more}
        answer = await self.house(inviter, "POST", "/v1/organization/invitations", body)
        assert answer.status_code == 201, answer.text
        reader = make_actor("postman", organization=inviter.organization_id)
        newest = (await self.house(reader, "GET", "/v1/mail/messages")).json()["items"][0]
        assert newest["to_address"] == email
        letter = (await self.house(reader, "GET", f"/v1/mail/messages/{newest['id']}")).json()
        found = re.search(r"http://127\.0\.0\.1:8000/console/invitation#(\S+)", letter["text"])
        assert found is not None
        assert found[1] not in answer.text
        return found[1]

    async def accept(self, who: Actor | None, token: str) -> tuple[int, Any]:
        answer = await self.house(who, "POST", "/v1/invitations/accept", {"token": token})
        return answer.status_code, answer.json().get("code") or answer.json()["name"]


@pytest.fixture
async def town(database_url: str, clock: ManualClock, tmp_path: Path) -> AsyncIterator[Town]:
    async with open_house(MODULES, database_url, clock, data_dir=tmp_path) as house:
        yield Town(house)


async def test_an_organization_is_made_renamed_and_ended(town: Town) -> None:
    ada = await town.person("ada")
    answer = await town.house(ada, "POST", "/v1/organizations", {"name": " Harbour  Lamps "})
    made = answer.json()
    assert (answer.status_code, made["name"], made["version"]) == (201, "Harbour Lamps", 1)
    at_work = await town.at(ada, UUID(made["id"]))
    assert "tenancy:close" in at_work.permissions
    assert (await town.house(at_work, "GET", "/v1/organization")).json() == made
    assert (await town.house(ada, "GET", "/v1/organization")).json()["code"] == "no_such_organization"
    stale = await town.house(at_work, "PATCH", "/v1/organization", {"name": "X"}, if_match='"7"')
    assert (stale.status_code, stale.json()["code"], stale.json()["version"]) == (
        412,
        "stale_organization",
        1,
    )
    renamed = await town.house(at_work, "PATCH", "/v1/organization", {"name": "Lamps"}, if_match='"1"')
    assert (renamed.json()["name"], renamed.json()["version"]) == ("Lamps", 2)
    await town.found(ada, "Another")
    names = [one["name"] for one in (await town.house(ada, "GET", "/v1/organizations")).json()]
    assert names == ["Another", "Lamps"]
    memberships = town.house.backend.part(Memberships)  # type: ignore[type-abstract]  # an interface is a kind too
    assert await memberships.is_member(ada.id, UUID(made["id"]))
    closed = await town.house(at_work, "DELETE", "/v1/organization", if_match='"2"')
    assert closed.status_code == 204
    assert [one["name"] for one in (await town.house(ada, "GET", "/v1/organizations")).json()] == ["Another"]
    assert not await memberships.is_member(ada.id, UUID(made["id"]))
    assert await memberships.is_member(ada.id, ada.id)
    assert await town.grants.permissions(ada.id, UUID(made["id"])) == set()


async def test_an_invitation_is_taken_once_by_whom_it_was_meant_for(town: Town) -> None:
    ada = await town.found(await town.person("ada"))
    bob, eve = await town.person("bob"), await town.person("eve")
    token = await town.invite(ada, "Bob@example.test", "manager")
    look = await town.house(None, "POST", "/v1/invitations/look", {"token": token})
    assert look.json() == {
        "organization_id": str(ada.organization_id),
        "organization_name": "Harbour Lamps",
        "email": "Bob@example.test",
        "role_name": "Manager",
        "expires_at": "2026-01-08T00:00:00Z",
    }
    assert await town.accept(None, token) == (401, "unauthenticated")
    assert await town.accept(eve, token) == (403, "invitation_for_another")
    assert await town.accept(bob, token[:-1]) == (404, "no_such_invitation")
    assert await town.accept(bob, token) == (200, "Harbour Lamps")
    assert await town.accept(bob, token) == (404, "no_such_invitation")
    assert "access:read" in (await town.at(bob, ada.organization_id)).permissions
    members = (await town.house(ada, "GET", "/v1/organization/members")).json()["items"]
    assert {one["name"] for one in members} == {"ada", "bob"}
    assert token not in (await town.house(ada, "GET", "/v1/audit/records")).text


async def test_of_many_at_once_one_takes_it(town: Town) -> None:
    ada, bob = await town.found(await town.person("ada")), await town.person("bob")
    token = await town.invite(ada, "bob@example.test")
    attempts = [accept(town.database, bob, token) for _ in range(8)]
    ended = await asyncio.gather(*attempts, return_exceptions=True)
    assert sum(isinstance(one, Organization) for one in ended) == 1
    assert sum(isinstance(one, NoSuchInvitation) for one in ended) == 7


async def test_an_invitation_expires_is_replaced_and_withdrawn(town: Town, clock: ManualClock) -> None:
    ada, bob = await town.found(await town.person("ada")), await town.person("bob")
    first = await town.invite(ada, "bob@example.test")
    clock.move(timedelta(seconds=1))
    second = await town.invite(ada, "BOB@example.test", expires_in=60)
    open_ones = (await town.house(ada, "GET", "/v1/organization/invitations")).json()["items"]
    assert [one["email"] for one in open_ones] == ["BOB@example.test"]
    assert await town.accept(bob, first) == (404, "no_such_invitation")
    clock.move(timedelta(seconds=60))
    assert await town.accept(bob, second) == (404, "no_such_invitation")
    third = await town.invite(ada, "bob@example.test")
    (open_one,) = (await town.house(ada, "GET", "/v1/organization/invitations")).json()["items"]
    path = f"/v1/organization/invitations/{open_one['id']}"
    assert (await town.house(ada, "DELETE", path)).status_code == 204
    assert (await town.house(ada, "DELETE", path)).json()["code"] == "no_such_invitation"
    assert await town.accept(bob, third) == (404, "no_such_invitation")


async def test_who_invites_must_have_the_right_then_and_when_it_is_taken(town: Town) -> None:
    ada = await town.found(await town.person("ada"))
    bob, eve = await town.person("bob"), await town.person("eve")
    await town.accept(bob, await town.invite(ada, "bob@example.test", "manager"))
    manager = await town.at(bob, ada.organization_id)
    beyond = await town.house(
        manager,
        "POST",
        "/v1/organization/invitations",
        {"email": "eve@example.test", "role_id": str(preset_id("owner"))},
    )
    assert (beyond.status_code, beyond.json()["code"]) == (403, "lacking")
    token = await town.invite(manager, "eve@example.test", "support")
    gone = await town.house(ada, "DELETE", f"/v1/organization/members/{bob.id}")
    assert gone.status_code == 204
    assert await town.accept(eve, token) == (410, "invitation_void")
    assert await town.grants.permissions(eve.id, ada.organization_id) == set()


async def test_members_leave_and_the_last_owner_stays(town: Town) -> None:
    ada, bob = await town.found(await town.person("ada")), await town.person("bob")
    last = await town.house(ada, "POST", "/v1/organization/leave", {})
    assert (last.status_code, last.json()["code"]) == (409, "last_owner")
    await town.accept(bob, await town.invite(ada, "bob@example.test"))
    member = await town.at(bob, ada.organization_id)
    demoted = await town.house(member, "DELETE", f"/v1/organization/members/{ada.id}")
    assert (demoted.status_code, demoted.json()["code"]) == (403, "forbidden")
    assert (await town.house(member, "POST", "/v1/organization/leave", {})).status_code == 204
    assert await town.grants.permissions(bob.id, ada.organization_id) == set()
    stranger = await town.house(ada, "DELETE", f"/v1/organization/members/{bob.id}")
    assert (stranger.status_code, stranger.json()["code"]) == (404, "no_such_member")


async def test_without_accounts_nobody_takes_an_invitation(
    database_url: str, clock: ManualClock, tmp_path: Path
) -> None:
    async with open_house(MODULES, database_url, clock, data_dir=tmp_path) as house:
        town = Town(house)
        ada, bob = await town.found(await town.person("ada")), await town.person("bob")
        token = await town.invite(ada, "bob@example.test")
    async with open_house(MODULES, database_url, clock, data_dir=tmp_path) as house:
        answer = await house(bob, "POST", "/v1/invitations/accept", {"token": token})
        assert (answer.status_code, answer.json()["code"]) == (403, "invitation_for_another")


async def test_each_organization_has_settings_of_its_own(town: Town) -> None:
    ada, eve = await town.found(await town.person("ada")), await town.found(await town.person("eve"))
    path = "/v1/organization/settings"
    defaults = {"regional": {"time_zone": "UTC", "locale": "en"}}
    assert (await town.house(ada, "GET", path)).json() == defaults
    chosen = await town.house(ada, "PATCH", f"{path}/regional", {"time_zone": "Europe/Vienna"})
    assert chosen.json() == {"time_zone": "Europe/Vienna", "locale": "en"}
    assert await settings_of(town.database.reader(ada), Regional) == Regional(time_zone="Europe/Vienna")
    assert (await town.house(eve, "GET", path)).json() == defaults
    wrong = await town.house(
        ada, "PATCH", f"{path}/regional", {"locale": 7, "time_zone": "Europe/Paris", "colour": "red"}
    )
    assert wrong.status_code == 422
    assert {(one["pointer"], one["code"]) for one in wrong.json()["errors"]} == {
        ("/locale", "type"),
        ("/colour", "unknown"),
    }
    back = await town.house(ada, "PATCH", f"{path}/regional", {"time_zone": None})
    assert back.json() == defaults["regional"]
    missing = await town.house(ada, "PATCH", f"{path}/weather", {})
    assert (missing.status_code, missing.json()["code"]) == (404, "no_such_section")
    with pytest.raises(LookupError, match="declares NewOrganization"):
        await settings_of(town.database.reader(ada), NewOrganization)


def test_sections_that_do_not_fit_stop_the_start() -> None:
    class Bare(Struct, frozen=True):
        needed: str

    def module(*sections: OrganizationSection) -> Module:
        return Module(name="x", summary="", package="tests", declares=sections)

    with pytest.raises(CompositionError, match="every field of Bare needs a default"):
        Sections([module(OrganizationSection("bare", Bare))])
    with pytest.raises(CompositionError, match="two sections of organizations' settings are called 'a'"):
        Sections([module(OrganizationSection("a", Regional), OrganizationSection("a", Regional))])


def test_who_comes_into_an_organization_brings_no_rights() -> None:
    assert inside(make_actor("ada"), UUID(int=5)).permissions == frozenset()


async def test_single_fields_of_invitations_are_for_who_manages(town: Town) -> None:
    ada = await town.found(await town.person("ada"))
    await town.invite(ada, "carol@example.test", expires_in=60)
    bob = await town.person("bob")
    token = await town.invite(ada, "bob@example.test", "manager")
    assert await town.accept(bob, token) == (200, "Harbour Lamps")
    bob = await town.at(bob, ada.organization_id)
    listing = "/v1/organization/invitations"
    (seen,) = (await town.house(ada, "GET", listing)).json()["items"]
    (hidden,) = (await town.house(bob, "GET", listing)).json()["items"]
    assert seen["created_by"] == str(ada.id)
    assert hidden == {**seen, "created_by": None}

    invitation = {"email": "dan@example.test", "role_id": str(preset_id("user"))}
    refused = await town.house(bob, "POST", listing, {**invitation, "expires_in": 60})
    assert (refused.status_code, refused.json()["code"]) == (403, "field_forbidden")
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/expires_in"]
    assert (await town.house(ada, "GET", listing)).json()["items"] == [seen]
    made = await town.house(bob, "POST", listing, invitation)
    assert (made.status_code, made.json()["created_by"]) == (201, None)

    told = await town.house(ada, "GET", f"/v1/access/explain?user_id={bob.id}&permission=tenancy:manage")
    assert told.json()["reason"] == (
        "Denied: none of their roles (Manager) gives it; these would: Owner, Admin. "
        "It guards the fields Invitation.created_by, NewInvitation.expires_in too."
    )
