"""Wrong guesses at an organization's people: counted to the last one, told once an hour, refusing nobody."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import httpx
import pytest
from msgspec import structs

from backstay.kernel.actor import SYSTEM, Actor, GuessWatch
from backstay.kernel.database import UnitOfWork
from backstay.kernel.settings import SettingsError
from backstay.systems.access import assign, preset_id
from backstay.systems.access.module import module as access
from backstay.systems.events.module import module as events
from backstay.systems.events.testing import dispatch
from backstay.systems.jobs import JobContext, Jobs
from backstay.systems.jobs.testing import drain
from backstay.systems.tenancy import create, inside, queries
from backstay.systems.tenancy.contracts import NewOrganization
from backstay.systems.tenancy.jobs import Tidy, tell_of_guessing
from backstay.systems.tenancy.module import module as tenancy
from tests.conftest import make_actor
from tests.plugins.pgbouncer import ENGINES
from tests.systems.identity.conftest import MODULES, OTHER_PASSWORD, PASSWORD, OpenSite, Site
from tests.systems.identity.test_accounts import rows_of
from tests.systems.identity.test_factors import App

TOWN: Final = [*MODULES, events, access, tenancy]
MANY: Final = {"BACKSTAY_IDENTITY_NETWORK_GUESSES": "10000"}


@pytest.fixture(params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    """Also through a proxy and behind the second wall: counting crosses organizations."""
    return str(request.param)


class Firm:
    """An organization whose people have accounts."""

    def __init__(self, site: Site, owner: Actor) -> None:
        self.site = site
        self.owner = owner

    async def join(self, name: str, role: str = "user") -> Actor:
        """Somebody with an account who belongs to it, too."""
        who = inside(await person(self.site, name), self.owner.organization_id)

        async def work(uow: UnitOfWork) -> None:
            await uow.execute(queries.JOIN, name=name)
            await assign(uow.on_behalf(self.owner), who.id, preset_id(role))

        await self.site.database.run(who, work)
        return who

    async def guesses(self) -> dict[str, Any]:
        answer = await self.site.house(self.owner, "GET", "/v1/organization/guesses")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def told(self) -> tuple[list[Any], list[Any], list[tuple[str, str]]]:
        """What its record, its events and its mails say of guesses."""
        house = self.site.house
        await dispatch(house.backend)
        records = await house(self.owner, "GET", "/v1/audit/records?action=tenancy.guessing_noticed")
        found = (await house(self.owner, "GET", "/v1/events?type=tenancy.guessing_noticed")).json()["items"]
        mails = (await house(self.owner, "GET", "/v1/mail/messages")).json()["items"]
        to = [(mail["to_address"], mail["id"]) for mail in mails]
        return [one["after"] for one in records.json()["items"]], found, to


async def person(site: Site, name: str) -> Actor:
    """Somebody with an account, at work in their own place."""
    tokens = await site.sign_up(f"{name}@example.test", name=name)
    account = (await site.get("/account", tokens["access_token"])).json()
    user_id = UUID(account["id"])
    return structs.replace(make_actor(name, organization=user_id), id=user_id)


async def founded(site: Site, owner: str, name: str = "Harbour Lamps") -> Firm:
    who = await person(site, owner)
    made = await create(site.database, who, NewOrganization(name=name))
    return Firm(site, structs.replace(who, organization_id=made.id))


async def guess(site: Site, name: str) -> httpx.Response:
    return await site.post("/auth/sign-in", {"mail": f"{name}@example.test", "password": OTHER_PASSWORD})


async def test_twenty_wrong_guesses_at_once_count_twenty_and_for_nobody_else(open_site: OpenSite) -> None:
    site = await open_site(TOWN, **MANY)
    lamps, boats = await founded(site, "ada"), await founded(site, "eve", "Boats")
    names = ["ada"]
    for name in ("bob", "carl", "dora"):
        await lamps.join(name)
        names.append(name)
    other = await lamps.join("finn")
    await site.database.run(
        inside(other, boats.owner.organization_id), lambda uow: uow.execute(queries.JOIN, name="finn")
    )
    strangers = ["nobody", "gus"]
    await person(site, "gus")  # has an account, and belongs nowhere
    attempts = [guess(site, name) for name in [*names, "finn", *strangers] for _ in range(4)]
    answers = await asyncio.gather(*attempts)
    assert [answer.json()["code"] for answer in answers] == ["bad_credentials"] * 28
    assert await rows_of(site.database, "tenancy_guesses") == []  # nothing in the requests
    await asyncio.gather(*(drain(site.house.backend) for _ in range(3)))
    assert await lamps.guesses() == {
        "guesses": 20,
        "started_at": "2026-01-01T00:00:00Z",
        "told_from": 100,
        "noticed_at": None,
    }
    assert (await boats.guesses())["guesses"] == 4  # finn's, who belongs to both
    assert len(await rows_of(site.database, "tenancy_guesses")) == 2
    assert await lamps.told() == await boats.told() == ([], [], [])


async def test_twenty_units_that_count_at_once_are_told_of_once(open_site: OpenSite) -> None:
    site = await open_site(TOWN, BACKSTAY_TENANCY_ATTACK_GUESSES="7")
    lamps, boats = await founded(site, "ada"), await founded(site, "eve", "Boats")
    who = await lamps.join("bob")
    await site.database.run(
        inside(who, boats.owner.organization_id), lambda uow: uow.execute(queries.JOIN, name="bob")
    )
    watch = site.database.parts.part(GuessWatch)  # type: ignore[type-abstract]  # a protocol is the key
    now = site.clock.now()
    await asyncio.gather(
        *(site.database.run(SYSTEM, lambda uow: watch.note(uow, who.id, now)) for _ in range(20))
    )
    await drain(site.house.backend)
    for firm, owner in ((lamps, "ada"), (boats, "eve")):
        assert (await firm.guesses())["guesses"] == 20
        records, published, mails = await firm.told()
        assert (len(records), len(published)) == (1, 1)
        assert [to for to, _ in mails] == [f"{owner}@example.test"]


async def test_owners_are_told_once_an_hour_and_nobody_is_refused(open_site: OpenSite) -> None:
    site = await open_site(TOWN, BACKSTAY_TENANCY_ATTACK_GUESSES="3", **MANY)
    lamps, boats = await founded(site, "ada"), await founded(site, "eve", "Boats")
    await lamps.join("bob")
    await lamps.join("carl", "owner")
    for name in ("ada", "bob"):
        assert (await guess(site, name)).status_code == 401
    await drain(site.house.backend)
    assert await lamps.told() == ([], [], [])
    for name in ("carl", "bob", "carl"):
        assert (await guess(site, name)).status_code == 401
    await drain(site.house.backend)
    records, published, mails = await lamps.told()
    assert records == [{"guesses": 3, "started_at": "2026-01-01T00:00:00Z"}]
    (event,) = published
    whole = (await site.house(lamps.owner, "GET", f"/v1/events/{event['id']}")).json()
    assert whole["data"] == {
        "organization_id": str(lamps.owner.organization_id),
        "guesses": 3,
        "started_at": "2026-01-01T00:00:00Z",
    }
    assert sorted(to for to, _ in mails) == ["ada@example.test", "carl@example.test"]
    letter = (await site.house(lamps.owner, "GET", f"/v1/mail/messages/{mails[0][1]}")).json()
    text = re.sub(r"\s+", " ", letter["text"])
    assert letter["subject"] == "Passwords of people of Harbour Lamps are being guessed"
    assert "began at 2026-01-01 00:00 UTC, 3 wrong passwords or codes were given" in text
    assert "Nobody was locked out." in text
    assert "add a second factor" in text
    told = await lamps.guesses()
    assert (told["guesses"], told["told_from"], told["noticed_at"]) == (5, 3, "2026-01-01T00:00:00Z")
    for name in ("ada", "bob", "carl"):  # far beyond what is noticed: each account has its own count alone
        assert (await guess(site, name)).status_code == 401
        await site.sign_in(f"{name}@example.test", PASSWORD)
    await drain(site.house.backend)
    assert [len(one) for one in await lamps.told()] == [1, 1, 2]
    site.clock.move(timedelta(hours=1))
    assert (await lamps.guesses())["guesses"] == 0
    for _ in range(4):
        assert (await guess(site, "bob")).status_code == 401
    await drain(site.house.backend)
    records, _, _ = await lamps.told()
    assert sorted(one["started_at"] for one in records) == ["2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z"]
    assert [len(one) for one in await lamps.told()] == [2, 2, 4]
    assert (await lamps.guesses())["noticed_at"] == "2026-01-01T01:00:00Z"
    assert await boats.told() == ([], [], [])


async def test_a_job_that_runs_again_because_its_end_was_lost_tells_nothing_twice(
    open_site: OpenSite,
) -> None:
    site = await open_site(TOWN, BACKSTAY_TENANCY_ATTACK_GUESSES="1")
    lamps = await founded(site, "ada")
    assert (await guess(site, "ada")).status_code == 401
    await drain(site.house.backend, queues=("identity",))
    store = site.house.backend.part(Jobs).store
    (claimed,) = await store.claim("here", ("tenancy",), 10, 3600.0)
    job, context = tell_of_guessing.decode(claimed.payload), JobContext(claimed, site.database, store)
    for _ in range(2):
        await tell_of_guessing.call(job, site.house.backend, context)
        records, _, mails = await lamps.told()
        # The event waits for its place in the log; that it was written once is said by the table.
        published = [
            row for row in await rows_of(site.database, "events_log") if "guessing_noticed" in str(row)
        ]
        assert (len(records), len(published), len(mails)) == (1, 1, 1)


async def test_a_job_that_comes_late_counts_for_the_hour_of_the_guess(open_site: OpenSite) -> None:
    site = await open_site(TOWN)
    lamps = await founded(site, "ada")
    assert (await guess(site, "ada")).status_code == 401
    site.clock.move(timedelta(hours=2))
    await drain(site.house.backend)
    assert (await lamps.guesses())["guesses"] == 0
    (row,) = await rows_of(site.database, "tenancy_guesses")
    assert row[1].startswith("2026-01-01 00:00") or row[1].startswith("2026-01-01T00:00")


async def test_wrong_codes_count_and_refused_guesses_do_not(open_site: OpenSite) -> None:
    site = await open_site(TOWN, **MANY)
    lamps = await founded(site, "ada")
    tokens = await site.sign_in()
    begun = (await site.post("/account/factors/totp", {"name": "phone"}, tokens["access_token"])).json()
    app = App(site, begun["secret"])
    path = f"/account/factors/{begun['factor_id']}/confirm"
    # A code that adds a factor is no guess: whoever shows it was just told the secret.
    assert (await site.post(path, {"code": "000000"}, tokens["access_token"])).status_code == 401
    assert (await site.post(path, {"code": app.code()}, tokens["access_token"])).status_code == 200
    pending = (await site.sign_in())["access_token"]
    for _ in range(2):
        wrong = await site.post("/account/second-factor", {"code": "000000"}, pending)
        assert wrong.json()["code"] == "wrong_code"
    right = await site.post("/account/second-factor", {"code": app.code()}, pending)
    assert right.status_code == 200
    statuses = [(await guess(site, "ada")).status_code for _ in range(7)]
    assert statuses == [401] * 5 + [429] * 2
    await drain(site.house.backend)
    assert (await lamps.guesses())["guesses"] == 2 + 5


async def test_zero_never_tells_and_only_who_manages_sees_the_count(open_site: OpenSite) -> None:
    site = await open_site(TOWN, BACKSTAY_TENANCY_ATTACK_GUESSES="0")
    lamps = await founded(site, "ada")
    bob = await lamps.join("bob")
    for _ in range(3):
        assert (await guess(site, "bob")).status_code == 401
    await drain(site.house.backend)
    assert (await lamps.guesses())["guesses"] == 3
    assert await lamps.told() == ([], [], [])
    user = structs.replace(bob, permissions=frozenset({"tenancy:read", "tenancy:self"}))
    refused = await site.house(user, "GET", "/v1/organization/guesses")
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


async def test_an_organization_that_has_ended_is_neither_counted_for_nor_told(open_site: OpenSite) -> None:
    site = await open_site(TOWN, BACKSTAY_TENANCY_ATTACK_GUESSES="1")
    lamps = await founded(site, "ada")
    assert (await guess(site, "ada")).status_code == 401
    await drain(site.house.backend, queues=("identity",))  # counted, and not told yet
    assert len(await rows_of(site.database, "tenancy_guesses")) == 1
    assert (await site.house(lamps.owner, "DELETE", "/v1/organization", if_match='"1"')).status_code == 204
    assert (await guess(site, "ada")).status_code == 401
    await drain(site.house.backend)
    assert await rows_of(site.database, "tenancy_guesses") == []
    assert await lamps.told() == ([], [], [])


async def test_counts_go_after_thirty_days(open_site: OpenSite) -> None:
    site = await open_site(TOWN)
    lamps = await founded(site, "ada")
    kept = []
    for days in (0, 1, 29):
        site.clock.move(timedelta(days=days))
        assert (await guess(site, "ada")).status_code == 401
        await drain(site.house.backend)
        kept.append(len(await rows_of(site.database, "tenancy_guesses")))
    assert kept == [1, 2, 3]
    site.clock.move(timedelta(seconds=1))
    await site.database.run(SYSTEM, Tidy().enqueue)
    await drain(site.house.backend)
    assert len(await rows_of(site.database, "tenancy_guesses")) == 2
    assert (await lamps.guesses())["guesses"] == 1


async def test_fewer_than_none_is_refused_as_a_setting(open_site: OpenSite) -> None:
    with pytest.raises(SettingsError, match=r"tenancy\.attack_guesses"):
        await open_site(TOWN, BACKSTAY_TENANCY_ATTACK_GUESSES="-1")
