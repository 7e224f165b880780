"""Whether an address has an account shows in no answer: the bytes are equal, and so is the work.

What costs time here is counted and not timed: statements by name with the rows they wrote, and
argon2. `python -m tools.likeness` times it, over runs enough for a test of statistics.
"""

from __future__ import annotations

from typing import Any

import pytest

from backstay.kernel.actor import ANONYMOUS
from backstay.systems.access import preset_id
from backstay.systems.access.module import module as access
from backstay.systems.events.module import module as events
from backstay.systems.identity.service.noting import NoteWrongPassword
from backstay.systems.jobs.testing import drain, enqueued
from backstay.systems.tenancy.module import module as tenancy
from tests.systems.identity.conftest import MAIL, MODULES, OTHER_PASSWORD, PASSWORD, OpenSite, Site
from tests.systems.identity.test_accounts import rows_of

NOBODY = "nobody@example.test"
UNVERIFIED = "carl@example.test"
BODIES: dict[str, dict[str, Any]] = {
    "/auth/sign-in": {"password": OTHER_PASSWORD},
    "/auth/sign-up": {"password": OTHER_PASSWORD, "name": "Somebody"},
    "/auth/forgot": {},
}


async def _work(site: Site, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
    """What a request answered and what it did, but for its own ids."""
    passwords = site.identity.passwords
    made, checked = passwords.made, passwords.checked
    sent = await site.post(path, body)
    record = site.house.records[-1]
    content = sent.content
    for own in (record.trace_id, record.request_id):
        content = content.replace(own.encode(), b"")
    return {
        "status": sent.status_code,
        "bytes": content,
        "length": sent.headers["content-length"],
        "headers": [name for name in sent.headers if name != "x-request-id"],
        "statements": [moment.name for moment in record.moments if moment.kind == "statement"],
        "kinds": [moment.kind for moment in record.moments],
        "hashes": (passwords.made - made, passwords.checked - checked),
    }


@pytest.mark.parametrize("path", BODIES)
async def test_known_unknown_and_unverified_addresses_get_the_same_bytes_for_the_same_work(
    site: Site, path: str
) -> None:
    await site.sign_up()
    await site.post("/auth/sign-up", {"mail": UNVERIFIED, "password": PASSWORD})
    await drain(site.house.backend, queues=("identity",))
    await site.post("/auth/sign-in", {"mail": "zoe@example.test", "password": "x"})  # makes the dummy hash
    known, unknown, unverified = [
        await _work(site, path, {"mail": mail, **BODIES[path]}) for mail in (MAIL, NOBODY, UNVERIFIED)
    ]
    assert known == unknown == unverified
    assert sum(known["hashes"]) == (0 if path == "/auth/forgot" else 1)
    if path == "/auth/sign-up":  # and yet the known one has its account, and the unknown one an account
        await site.sign_in()
        mails = {row[1] for row in await rows_of(site.database, "identity_users")}
        assert mails == {MAIL, NOBODY, UNVERIFIED}


async def test_where_addresses_need_no_verification_they_look_alike_too(open_site: OpenSite) -> None:
    site = await open_site(BACKSTAY_IDENTITY_VERIFIED_ONLY="false")
    await site.post("/auth/sign-up", {"mail": MAIL, "password": PASSWORD})
    body = BODIES["/auth/sign-up"]
    known, unknown = [await _work(site, "/auth/sign-up", {"mail": mail, **body}) for mail in (MAIL, NOBODY)]
    assert known == unknown
    await site.sign_in()  # nobody took it over


async def test_a_wrong_password_is_noted_alike_whether_anybody_has_the_address(open_site: OpenSite) -> None:
    site = await open_site([*MODULES, events, access, tenancy])
    ada = await site.sign_up()
    assert (await site.post("/organizations", {"name": "Lamps"}, ada["access_token"])).status_code == 201
    await site.post("/auth/sign-in", {"mail": "zoe@example.test", "password": "x"})  # makes the dummy hash
    await drain(site.house.backend)
    answers = []
    for _ in range(6):
        known, unknown = [
            await _work(site, "/auth/sign-in", {"mail": mail, **BODIES["/auth/sign-in"]})
            for mail in (MAIL, NOBODY)
        ]
        # Of a refusal the address decides, by its MAC, whether its own or the network's counter comes first.
        assert known == unknown or known["status"] == unknown["status"] == 429
        answers += [(one["status"], one["kinds"].count("job")) for one in (known, unknown)]
    assert answers == [(401, 1)] * 10 + [(429, 0)] * 2  # who is refused adds nothing
    zoe, *noted = await enqueued(site.database.reader(ANONYMOUS), NoteWrongPassword)
    assert {(one.kind, one.queue, one.priority, one.unique_key, one.order_key) for one in noted} == {
        (zoe.kind, zoe.queue, zoe.priority, None, None)
    }
    arguments = [bytes(one.arguments).decode() for one in noted]
    assert len({text.replace(MAIL, "").replace(NOBODY, "") for text in arguments}) == 1
    assert [text.count(MAIL) + 2 * text.count(NOBODY) for text in arguments] == [1, 2] * 5
    # One of them is found to have an organization, and only by the job.
    await drain(site.house.backend)
    (counted,) = await rows_of(site.database, "tenancy_guesses")
    assert counted[2] == "5"


async def test_the_options_of_a_passkey_name_nobody(site: Site) -> None:
    await site.sign_up()
    first, second = [await _work(site, "/auth/passkey/options", None) for _ in range(2)]
    assert len(first.pop("bytes")) == len(second.pop("bytes"))
    assert first == second


async def test_beyond_the_limit_the_refusals_look_alike_too(site: Site) -> None:
    await site.sign_up()
    for _ in range(5):
        for mail in (MAIL, NOBODY):
            await site.post("/auth/forgot", {"mail": mail})
    known, unknown = [await _work(site, "/auth/forgot", {"mail": mail}) for mail in (MAIL, NOBODY)]
    assert known == unknown
    assert known["status"] == 429


async def test_an_invitation_looks_nobody_up(open_site: OpenSite) -> None:
    site = await open_site([*MODULES, events, access, tenancy])
    ada = await site.sign_up()
    await site.sign_up("bob@example.test", PASSWORD, "Bob")
    made = (await site.post("/organizations", {"name": "Lamps"}, ada["access_token"])).json()
    switch = {"organization_id": made["id"]}
    token = (await site.post("/account/sessions/switch", switch, ada["access_token"])).json()["access_token"]
    known, unknown = [await _invited(site, token, f"{name}@example.test") for name in ("bob", "who")]
    assert known == unknown
    assert known[0] == 201


async def _invited(site: Site, token: str, mail: str) -> tuple[int, list[str], list[str]]:
    body = {"email": mail, "role_id": str(preset_id("user"))}
    sent = await site.post("/organization/invitations", body, token)
    names = [moment.name for moment in site.house.records[-1].moments if moment.kind == "statement"]
    # Before that it is asked who invites, unless that was asked a moment ago.
    return sent.status_code, sorted(sent.json()), names[names.index("tenancy.CURRENT") :]
