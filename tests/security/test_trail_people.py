"""Every change of an account, by its owner or an operator, leaves a record in the audit trail."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pyotp

from backstay.systems.access import preset_id
from backstay.systems.identity.guarantees.authenticator import SoftAuthenticator
from backstay.systems.identity.service.setting_up import greet
from tests.conftest import make_actor
from tests.security.makers import link
from tests.security.trail import BY_PEOPLE, EXEMPT, Watch, changing
from tests.systems.identity.conftest import OTHER_PASSWORD, PASSWORD, Site
from tests.systems.identity.softkeys import ORIGIN, added
from tests.systems.identity.test_phones import newest


async def test_every_change_by_people_leaves_a_record(site: Site) -> None:
    watch = Watch(site)
    of_people = {
        name
        for name, one in changing(site).items()
        if name not in EXEMPT and one.template.startswith(BY_PEOPLE)
    }
    (greeting,) = await greet(site.database, site.house.backend.settings)
    order = {"token": greeting.path.rpartition("/")[2], "mail": "olga@example.test", "password": PASSWORD}
    olga = await watch("POST /v1/auth/setup", site.post("/auth/setup", order))
    await _ones_own_account(watch)
    await _others_accounts(watch, olga)
    assert watch.tried == of_people


async def _ones_own_account(watch: Watch) -> None:
    site = watch.site
    ada = await site.sign_up()
    token = ada["access_token"]

    async def post(name: str, body: Any, path: str | None = None) -> dict[str, Any]:
        return await watch(f"POST /v1{name}", site.post(path or name, body, token))

    await watch("PATCH /v1/account", site.call("PATCH", "/v1/account", {"name": "A."}, token))
    await post("/account/mail", {"mail": "ada@new.example"})
    await watch("POST /v1/auth/change-mail", site.post("/auth/change-mail", {"token": await site.token()}))
    other = await site.sign_in("ada@new.example")
    await watch(
        "DELETE /v1/account/sessions/{session_id:uuid}",
        site.call("DELETE", f"/v1/account/sessions/{other['session_id']}", None, token),
    )
    await site.sign_in("ada@new.example")
    await post("/account/sessions/end-others", {})
    home = (await site.get("/account", token)).json()["id"]
    token = (await post("/account/sessions/switch", {"organization_id": home}))["access_token"]
    token = (await post("/account/confirm", {"password": PASSWORD}))["access_token"]
    await post("/account/export", {})
    passwords = {"current_password": PASSWORD, "password": OTHER_PASSWORD}
    token = (await post("/account/password", passwords))["access_token"]
    made = await post("/account/factors/totp", {"name": "phone"})
    app = pyotp.TOTP(made["secret"].replace(" ", ""))
    done = await post(
        "/account/factors/{factor_id:uuid}/confirm",
        {"code": app.at(site.clock.now())},
        f"/account/factors/{made['factor_id']}/confirm",
    )
    token = done["session"]["access_token"]
    codes = await post("/account/recovery-codes", {})
    phone = await post("/account/factors/sms", {"number": "+44 7700 900123"})
    code = await newest(site)
    path = f"/account/factors/{phone['factor_id']}/confirm"
    token = (await site.post(path, {"code": code}, token)).json()["session"]["access_token"]
    token = (await site.sign_in("ada@new.example", OTHER_PASSWORD))["access_token"]
    await post("/account/second-factor/sms", {"factor_id": phone["factor_id"]})
    shown = await post("/account/second-factor", {"recovery_code": codes["codes"][0]})
    token = shown["access_token"]
    path = f"/v1/account/factors/{made['factor_id']}"
    await watch("DELETE /v1/account/factors/{factor_id:uuid}", site.call("DELETE", path, None, token))
    token = await _passkeys(watch, token)
    actor = make_actor("postman")
    link_id = await site.database.run(actor, lambda uow: link(uow, UUID(home)))
    path = f"/v1/account/providers/{link_id}"
    await watch("DELETE /v1/account/providers/{link_id:uuid}", site.call("DELETE", path, None, token))
    await post("/auth/sign-out", {})
    await site.post("/auth/forgot", {"mail": "ada@new.example"})
    reset = {"token": await site.token(), "password": PASSWORD}
    await watch("POST /v1/auth/reset", site.post("/auth/reset", reset))
    token = (await site.sign_in("ada@new.example"))["access_token"]
    await post("/account/sessions/end-all", {})
    token = (await site.sign_in("ada@new.example"))["access_token"]
    await post("/account/erase", {})


async def _passkeys(watch: Watch, token: str) -> str:
    site = watch.site
    options = await site.post("/account/passkeys/options", None, token)
    passkey = SoftAuthenticator(ORIGIN)
    made = {"credential": passkey.create(options.json()), "name": "blue"}
    added = await watch("POST /v1/account/passkeys", site.post("/account/passkeys", made, token))
    asked = await site.post("/account/second-factor/passkey/options", None, added["session"]["access_token"])
    proof = {"credential": passkey.get(asked.json())}
    path = "/account/second-factor/passkey"
    shown = await watch(f"POST /v1{path}", site.post(path, proof, added["session"]["access_token"]))
    token = str(shown["access_token"])
    path = f"/v1/account/passkeys/{added['passkey']['id']}"
    named = "/v1/account/passkeys/{passkey_id:uuid}"
    await watch(f"PATCH {named}", site.call("PATCH", path, {"name": "green"}, token))
    await watch(f"DELETE {named}", site.call("DELETE", path, None, token))
    return token


async def _others_accounts(watch: Watch, olga: dict[str, Any]) -> None:
    site = watch.site
    bob = await site.sign_up("bob@example.test", OTHER_PASSWORD, "Bob")
    bob_id = (await site.get("/account", bob["access_token"])).json()["id"]
    lamps = (await site.post("/organizations", {"name": "Lamps"}, olga["access_token"])).json()
    there = await site.post(
        "/account/sessions/switch", {"organization_id": lamps["id"]}, olga["access_token"]
    )
    invitation = {"email": "bob@example.test", "role_id": str(preset_id("user"))}
    owner = there.json()["access_token"]
    invited = await site.post("/organization/invitations", invitation, owner)
    assert invited.status_code == 201, invited.text
    postman = make_actor("postman", organization=UUID(lamps["id"]))
    (sent,) = (await site.house(postman, "GET", "/v1/mail/messages")).json()["items"]
    text = (await site.house(postman, "GET", f"/v1/mail/messages/{sent['id']}")).json()["text"]
    token = text.partition("/console/invitation#")[2].split()[0]
    accepting = site.post("/invitations/accept", {"token": token}, bob["access_token"])
    await watch("POST /v1/invitations/accept", accepting)
    there = await site.post(
        "/account/sessions/switch", {"organization_id": str(await _home(site, owner))}, owner
    )
    home = await added(site, there.json()["access_token"], SoftAuthenticator(ORIGIN))
    for verb, body in (
        ("impersonate", {"reason": "Ticket 4711"}),
        ("reset-factors", {"reason": "Ticket 4712"}),
        ("end-sessions", None),
        ("ban", {"reason": "spam"}),
        ("unban", None),
    ):
        answering = site.post(f"/users/{bob_id}/{verb}", body, home["session"]["access_token"])
        await watch(f"POST /v1/users/{{user_id:uuid}}/{verb}", answering)


async def _home(site: Site, token: str) -> UUID:
    return UUID((await site.get("/account", token)).json()["id"])
