"""Refreshing and ending sessions: criteria 1 to 9 of what is promised."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from backstay.kernel.actor import Memberships
from backstay.systems.identity import switch_organization
from backstay.systems.identity.errors import NoSuchMembership
from backstay.systems.identity.queries import sessions as queries
from tests.conftest import make_actor
from tests.systems.identity.conftest import MAIL, OTHER_PASSWORD, PASSWORD, OpenSite, Site


async def test_fifty_refreshes_at_once_sign_nobody_out(site: Site) -> None:
    first = await site.sign_up()
    answers = await asyncio.gather(*(site.refresh(first["refresh_token"]) for _ in range(50)))
    assert [answer.status_code for answer in answers] == [200] * 50
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1
    assert {answer.json()["session_id"] for answer in answers} == {first["session_id"]}
    second = answers[0].json()
    assert second["refresh_token"] != first["refresh_token"]
    assert await site.who(second["access_token"]) == 200
    third = await site.refresh(second["refresh_token"])
    assert third.status_code == 200


async def test_the_predecessor_of_the_predecessor_ends_the_session_even_in_the_grace(site: Site) -> None:
    first = await site.sign_up()
    second = (await site.refresh(first["refresh_token"])).json()
    third = (await site.refresh(second["refresh_token"])).json()
    assert await site.who(third["access_token"]) == 200

    reused = await site.refresh(first["refresh_token"])

    assert (reused.status_code, reused.json()["code"]) == (401, "refresh_reused")
    assert "set-cookie" not in reused.headers
    # The end was committed although the request failed.
    assert (await site.refresh(third["refresh_token"])).json()["code"] == "session_over"
    await site.catch_up()
    assert await site.who(third["access_token"]) == 401


async def test_within_the_grace_the_predecessor_gets_what_the_winner_got(site: Site) -> None:
    first = await site.sign_up()
    second = (await site.refresh(first["refresh_token"])).json()
    assert await site.who(second["access_token"]) == 200  # the successor is in use
    site.clock.move(timedelta(seconds=10))
    again = await site.refresh(first["refresh_token"])
    assert again.json()["refresh_token"] == second["refresh_token"]

    site.clock.move(timedelta(microseconds=1))
    late = await site.refresh(first["refresh_token"])
    assert (late.status_code, late.json()["code"]) == (401, "refresh_reused")


async def test_a_lost_answer_can_be_asked_for_again_until_the_successor_is_used(site: Site) -> None:
    first = await site.sign_up()
    lost = (await site.refresh(first["refresh_token"])).json()
    site.clock.move(timedelta(days=2))
    again = await site.refresh(first["refresh_token"])
    assert (again.status_code, again.json()["refresh_token"]) == (200, lost["refresh_token"])

    assert await site.who(again.json()["access_token"]) == 200
    late = await site.refresh(first["refresh_token"])
    assert (late.status_code, late.json()["code"]) == (401, "refresh_reused")


async def test_a_session_ends_at_its_end_however_much_it_is_used(open_site: OpenSite) -> None:
    site = await open_site(BACKSTAY_IDENTITY_SESSION_LIFETIME="10d", BACKSTAY_IDENTITY_SESSION_IDLE="4d")
    tokens = await site.sign_up()
    expires = tokens["expires_at"]
    for _ in range(3):
        site.clock.move(timedelta(days=3))
        tokens = (await site.refresh(tokens["refresh_token"])).json()
        assert tokens["expires_at"] == expires
    site.clock.move(timedelta(hours=23, minutes=58))
    tokens = (await site.refresh(tokens["refresh_token"])).json()
    assert tokens["expires_in"] == 120
    site.clock.move(timedelta(minutes=2))
    assert (await site.refresh(tokens["refresh_token"])).json()["code"] == "session_over"
    assert await site.who(tokens["access_token"]) == 401


async def test_an_unused_session_ends(open_site: OpenSite) -> None:
    site = await open_site(BACKSTAY_IDENTITY_SESSION_IDLE="4d")
    tokens = await site.sign_up()
    site.clock.move(timedelta(days=4))
    assert (await site.refresh(tokens["refresh_token"])).json()["code"] == "session_over"


async def test_an_access_token_holds_five_minutes(site: Site) -> None:
    tokens = await site.sign_up()
    assert tokens["expires_in"] == 300
    site.clock.move(timedelta(seconds=299))
    assert await site.who(tokens["access_token"]) == 200
    site.clock.move(timedelta(seconds=1))
    answer = await site.get("/account", tokens["access_token"])
    assert (answer.status_code, answer.json()["code"]) == (401, "session_over")
    assert answer.headers["www-authenticate"] == 'Bearer realm="backstay", error="invalid_token"'


async def test_signing_out_ends_the_session_and_no_other(site: Site) -> None:
    one = await site.sign_up()
    two = await site.sign_in()
    assert one["session_id"] != two["session_id"]
    assert (await site.post("/auth/sign-out", token=one["access_token"])).status_code == 204
    await site.catch_up()
    assert [await site.who(tokens["access_token"]) for tokens in (one, two)] == [401, 200]
    assert (await site.refresh(one["refresh_token"])).json()["code"] == "session_over"
    assert (await site.refresh(two["refresh_token"])).status_code == 200


async def test_one_sees_ones_devices_and_ends_one_others_or_all(site: Site) -> None:
    await site.sign_up()
    laptop = await site.sign_in(user_agent="Firefox on a laptop")
    phone = await site.sign_in(user_agent="Safari on a phone")
    listed = (await site.get("/account/sessions", laptop["access_token"])).json()
    assert [(one["device"], one["current"]) for one in listed] == [
        ("Safari on a phone", False),
        ("Firefox on a laptop", True),
        ("python-httpx/" + listed[2]["device"].partition("/")[2], False),
    ]
    assert {one["network"] for one in listed} == {"127.0.0.0/24"}

    path = f"/v1/account/sessions/{phone['session_id']}"
    assert (await site.call("DELETE", path, token=laptop["access_token"])).status_code == 204
    gone = await site.call("DELETE", path, token=laptop["access_token"])
    assert (gone.status_code, gone.json()["code"]) == (404, "no_such_session")
    others = await site.post("/account/sessions/end-others", token=laptop["access_token"])
    assert others.json() == {"ended": 1}
    assert len((await site.get("/account/sessions", laptop["access_token"])).json()) == 1
    ended = await site.post("/account/sessions/end-all", token=laptop["access_token"])
    assert ended.json() == {"ended": 1}
    await site.catch_up()
    assert await site.who(laptop["access_token"]) == 401


async def test_ending_devices_needs_a_fresh_sign_in_but_for_ones_own(site: Site) -> None:
    await site.sign_up()
    laptop, phone = await site.sign_in(), await site.sign_in()
    site.clock.move(timedelta(minutes=11))
    laptop = (await site.refresh(laptop["refresh_token"])).json()
    phone = (await site.refresh(phone["refresh_token"])).json()
    token = laptop["access_token"]
    refused = [
        await site.call("DELETE", f"/v1/account/sessions/{phone['session_id']}", token=token),
        await site.post("/account/sessions/end-others", token=token),
        await site.post("/account/sessions/end-all", token=token),
    ]
    assert [(one.status_code, one.json()["code"]) for one in refused] == [(403, "fresh_sign_in_needed")] * 3
    await site.catch_up()
    assert await site.who(phone["access_token"]) == 200
    fresh = (await site.post("/account/confirm", {"password": PASSWORD}, token)).json()
    ended = await site.post("/account/sessions/end-others", token=fresh["access_token"])
    assert ended.json() == {"ended": 2}
    site.clock.move(timedelta(minutes=11))
    fresh = (await site.refresh(fresh["refresh_token"])).json()
    own = f"/v1/account/sessions/{fresh['session_id']}"
    assert (await site.call("DELETE", own, token=fresh["access_token"])).status_code == 204


async def test_nobody_ends_the_session_of_another(site: Site) -> None:
    ada = await site.sign_up()
    eve = await site.sign_up("eve@example.test", OTHER_PASSWORD, "Eve")
    path = f"/v1/account/sessions/{ada['session_id']}"
    assert (await site.call("DELETE", path, token=eve["access_token"])).status_code == 404
    assert await site.who(ada["access_token"]) == 200


async def test_another_process_refuses_an_ended_session_within_a_second(open_site: OpenSite) -> None:
    here, there = await open_site(), await open_site()
    tokens = await here.sign_up()
    assert await there.who(tokens["access_token"]) == 200
    assert await there.who(tokens["access_token"]) == 200
    await here.post("/account/sessions/end-all", token=tokens["access_token"])
    loop = asyncio.get_running_loop()
    ended = loop.time()
    while await there.who(tokens["access_token"]) == 200:
        assert loop.time() - ended < 1.0
    assert loop.time() - ended < 1.0


async def test_a_process_that_cannot_ask_trusts_nothing(site: Site) -> None:
    tokens = await site.sign_up()
    assert await site.who(tokens["access_token"]) == 200
    standings = site.identity.standings
    looked = standings._looked
    standings._looked = looked - 2.0
    assert await site.who(tokens["access_token"]) == 200
    assert standings._looked > looked  # it asked before it answered


async def test_a_change_of_the_session_between_reading_and_keeping_is_not_missed(site: Site) -> None:
    tokens = await site.sign_up()
    standings = site.identity.standings
    await standings.look()
    revision = standings._revision
    reader = site.database.reader(make_actor())
    assert revision == await reader.one(queries.REVISION)
    await site.post("/auth/sign-out", token=tokens["access_token"])
    assert await reader.one(queries.REVISION) == (revision or 0) + 1
    await site.catch_up()
    assert standings._known == {}
    assert standings._of_user == {}


async def test_refresh_tokens_that_are_not_ours_cost_no_query(site: Site) -> None:
    tokens = await site.sign_up()
    good = tokens["refresh_token"]
    forged = [
        "x",
        "bsr_",
        good[:-1],
        good + "A",
        good[:-1] + ("A" if good[-1] != "A" else "B"),
        good.replace("bsr_", "bsc_"),
        "bsr_" + "A" * 76,
        "bsr_é",
    ]
    for token in forged:
        before = len(site.house.records)
        answer = await site.refresh(token)
        assert (answer.status_code, answer.json()["code"]) == (401, "session_over"), token
        assert not [
            m for record in site.house.records[before:] for m in record.moments if m.kind == "statement"
        ]
    assert (await site.refresh(good)).status_code == 200


async def test_whoever_refreshes_while_the_session_ends_holds_nothing_in_the_end(site: Site) -> None:
    tokens = await site.sign_up()
    answers = await asyncio.gather(
        site.post("/account/sessions/end-all", token=tokens["access_token"]),
        *(site.refresh(tokens["refresh_token"]) for _ in range(5)),
    )
    assert answers[0].status_code == 200
    await site.catch_up()
    for answer in answers[1:]:
        assert answer.status_code in {200, 401}
        if answer.status_code == 200:
            assert await site.who(answer.json()["access_token"]) == 401
            assert (await site.refresh(answer.json()["refresh_token"])).status_code == 401
    assert (await site.refresh(tokens["refresh_token"])).status_code == 401


async def test_a_new_password_ends_every_session_but_a_successor_of_this_one(site: Site) -> None:
    other = await site.sign_up()
    mine = await site.sign_in()
    change = {"current_password": PASSWORD, "password": OTHER_PASSWORD}
    made = (await site.post("/account/password", change, mine["access_token"])).json()
    assert made["session_id"] not in {mine["session_id"], other["session_id"]}
    assert await site.who(made["access_token"]) == 200
    await site.catch_up()
    assert [await site.who(one["access_token"]) for one in (mine, other, made)] == [401, 401, 200]
    wrong = await site.post("/auth/sign-in", {"mail": MAIL, "password": PASSWORD})
    assert wrong.status_code == 401
    await site.sign_in(password=OTHER_PASSWORD)


class _Members:
    """Who belongs where, as a module that keeps organizations would know."""

    def __init__(self, members: set[tuple[UUID, UUID]]) -> None:
        self.members = members

    async def is_member(self, user_id: UUID, organization_id: UUID) -> bool:
        return (user_id, organization_id) in self.members


async def test_switching_the_organization_gives_the_session_a_successor_there(site: Site) -> None:
    tokens = await site.sign_up()
    actor = await site.house.backend.authenticator.authenticate(
        {"authorization": f"Bearer {tokens['access_token']}", ":method": "GET"}
    )
    assert actor is not None
    there = uuid4()
    with pytest.raises(NoSuchMembership):
        await site.database.run(actor, lambda uow: switch_organization(uow, there))
    site.database.parts.hold(_Members({(actor.id, there)}), Memberships)
    made = await site.database.run(actor, lambda uow: switch_organization(uow, there))
    assert str(made.session_id) != tokens["session_id"]
    account = await site.get("/account", made.access_token or "")
    assert account.json()["organization_id"] == str(there)
    (only,) = (await site.get("/account/sessions", made.access_token or "")).json()
    assert (only["network"], only["current"]) == ("127.0.0.0/24", True)
    await site.catch_up()
    assert await site.who(tokens["access_token"]) == 401
    renewed = (await site.refresh(made.refresh_token or "")).json()
    assert (await site.get("/account", renewed["access_token"])).json()["organization_id"] == str(there)
