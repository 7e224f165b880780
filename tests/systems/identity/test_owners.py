"""An owner who can act stays: bans, erasures and leaving, one after the other and at once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from msgspec import structs

from backstay.kernel.actor import Actor
from backstay.systems.access import found, preset_id
from backstay.systems.access.module import module as access
from backstay.systems.apikeys.module import module as apikeys
from backstay.systems.events.module import module as events
from backstay.systems.identity.service.bans import lift_ended
from backstay.systems.jobs.testing import drain
from backstay.systems.tenancy.module import module as tenancy
from tests.conftest import make_actor
from tests.systems.identity.conftest import MODULES, PASSWORD, OpenSite, Site
from tests.systems.identity.test_accounts import rows_of

RACES = 3


class Firm:
    """An organization, and owners of it who have accounts."""

    def __init__(self, site: Site, organization: UUID) -> None:
        self.site = site
        self.organization = organization
        self.operator = make_actor("olga")
        self.sessions: dict[UUID, dict[str, Any]] = {}

    def owner(self, person: UUID) -> Actor:
        return structs.replace(make_actor(organization=self.organization), id=person)

    async def join(self) -> UUID:
        """Somebody new who owns it, too."""
        tokens = await self.site.sign_up(f"{uuid4().hex}@example.test", PASSWORD)
        account = (await self.site.get("/account", tokens["access_token"])).json()
        person = UUID(account["id"])
        self.sessions[person] = tokens
        await self.site.database.run(self.owner(person), lambda uow: found(uow, person))
        return person

    async def ban(self, person: UUID, **order: Any) -> Any:
        body = {"reason": "Spam", **order}
        return await self.site.house(self.operator, "POST", f"/v1/users/{person}/ban", body)

    async def erase(self, person: UUID) -> Any:
        return await self.site.post("/account/erase", {}, self.sessions[person]["access_token"])

    async def give_up(self, person: UUID) -> Any:
        return await self.site.house(self.owner(person), "DELETE", _owning(person))

    async def owners(self) -> set[str]:
        """Those who can act."""
        absent = {
            str(row[0]).replace("-", "") for row in await rows_of(self.site.database, "access_absences")
        }
        rows = await rows_of(self.site.database, "access_assignments")
        mine = {str(row[1]).replace("-", "") for row in rows if UUID(str(row[0])) == self.organization}
        return mine - absent


@pytest.fixture
async def firm(open_site: OpenSite) -> Firm:
    return Firm(await open_site([*MODULES, events, access, apikeys, tenancy]), uuid4())


def _owning(person: UUID) -> str:
    return f"/v1/access/users/{person}/roles/{preset_id('owner')}"


def _told(answer: Any) -> tuple[int, str]:
    return answer.status_code, "" if answer.status_code < 300 else answer.json()["code"]


async def test_who_is_banned_owns_nothing_meanwhile(firm: Firm) -> None:
    ada, bob = await firm.join(), await firm.join()
    assert _told(await firm.ban(ada)) == (200, "")
    refused = await firm.ban(bob)
    assert _told(refused) == (409, "last_owner")
    assert refused.json()["organizations"] == [str(firm.organization)]
    assert _told(await firm.erase(bob)) == (409, "last_owner")
    assert _told(await firm.give_up(bob)) == (409, "last_owner")
    # Lifted, she counts again.
    assert _told(await firm.site.house(firm.operator, "POST", f"/v1/users/{ada}/unban")) == (200, "")
    assert _told(await firm.ban(bob)) == (200, "")
    assert _told(await firm.ban(ada)) == (409, "last_owner")
    assert _told(await firm.ban(ada, leave_ownerless=True)) == (200, "")
    assert await firm.owners() == set()


async def test_a_ban_that_is_over_gives_the_owner_back(firm: Firm) -> None:
    ada, bob = await firm.join(), await firm.join()
    until = (firm.site.clock.now() + timedelta(hours=1)).isoformat()
    assert _told(await firm.ban(ada, until=until)) == (200, "")
    firm.site.clock.move(timedelta(hours=2))
    assert _told(await firm.ban(bob)) == (409, "last_owner")  # until the job has lifted it
    assert await firm.site.database.run(firm.operator, lift_ended) == 1
    assert _told(await firm.ban(bob)) == (200, "")
    assert await firm.owners() == {ada.hex}


async def test_who_asks_to_be_erased_counts_no_more_and_the_job_ends(firm: Firm) -> None:
    ada, bob, carl = await firm.join(), await firm.join(), await firm.join()
    assert _told(await firm.erase(ada)) == (202, "")
    assert _told(await firm.ban(bob)) == (200, "")
    assert _told(await firm.erase(carl)) == (409, "last_owner")
    await drain(firm.site.house.backend, queues=("identity",))
    assert await firm.owners() == {carl.hex}
    assert ada.hex not in str(await rows_of(firm.site.database, "access_absences")).replace("-", "")
    assert ada.hex not in str(await rows_of(firm.site.database, "access_assignments")).replace("-", "")


@pytest.mark.parametrize("ways", [("ban", "ban"), ("erase", "erase"), ("ban", "erase")])
async def test_of_the_last_two_who_go_at_once_one_stays(firm: Firm, ways: tuple[str, str]) -> None:
    for _ in range(RACES):
        people = [await firm.join(), await firm.join()]
        if len(await firm.owners()) == 3:  # whoever stayed in the race before
            (left,) = [one for one in firm.sessions if one not in people and one.hex in await firm.owners()]
            assert _told(await firm.ban(left)) == (200, "")
        answers = await asyncio.gather(
            *(getattr(firm, way)(person) for way, person in zip(ways, people, strict=True))
        )
        assert sorted(_told(one)[0] // 100 for one in answers) == [2, 4]
        assert {_told(one)[1] for one in answers} == {"", "last_owner"}
        assert len(await firm.owners()) == 1


async def test_who_becomes_an_owner_while_they_are_banned_is_nobody_s_last(firm: Firm) -> None:
    for _ in range(RACES):
        ada, bob = await firm.join(), await firm.join()
        for one in firm.sessions:
            if one not in {ada, bob} and one.hex in await firm.owners():
                assert _told(await firm.ban(one)) == (200, "")
        assert _told(await firm.give_up(bob)) == (204, "")

        async def hand_over(ada: UUID = ada, bob: UUID = bob) -> tuple[int, str]:
            given = await firm.site.house(firm.owner(ada), "PUT", _owning(bob))
            assert _told(given) == (200, "")
            return _told(await firm.give_up(ada))

        banned, gone = await asyncio.gather(firm.ban(bob), hand_over())
        assert {_told(banned), gone} <= {(200, ""), (204, ""), (409, "last_owner")}
        assert len(await firm.owners()) == 1
