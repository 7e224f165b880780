"""What is promised of the second factor, whatever way somebody comes in."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import pyotp
from msgspec import structs

from backstay.kernel.actor import Actor
from backstay.kernel.guarantees import (
    Client,
    Finding,
    Lab,
    LabError,
    Patch,
    Reply,
    Verdict,
    guarantee,
    judge,
)
from backstay.systems.identity.contracts import SECOND_FACTOR, SessionKind
from backstay.systems.identity.guarantees.people import (
    AUTH,
    PASSWORD,
    bearer,
    mailed,
    once,
    open_server,
    signed_in,
    signed_up,
)
from backstay.systems.identity.queries.sessions import Standing
from backstay.systems.identity.service.authenticating import SessionAuthenticator
from backstay.systems.identity.service.standings import Standings

_SECOND: Final = "another seven tugboats at dusk"
_PATIENCE: Final = 5.0
_OWN_PAGE: Final = {"Authorization": "", "X-Requested-With": "the lab"}
_LIMIT: Final = 1.0
"""Seconds within which every server has heard of a new factor."""


@guarantee(
    "no-way-in-skips-the-second-factor",
    promise="Once somebody has a second factor, no way in leads past it: not a password for tokens or for a "
    "cookie, not a refresh, not the link that verifies an address or resets a password, not a switch to "
    "another organization, and not a session that was there before.",
    safety="probe",
    core=False,  # the core set has a minute for all systems
)
async def no_way_in_skips_it(lab: Lab) -> Verdict:
    """Come in every way without a code, and ask each route of the server's own document that asks no name."""
    app = await open_server(lab)
    routes = [
        path
        for path, methods in (await app.get("/openapi.json")).json["paths"].items()
        if methods.get("get", {}).get("x-permission") not in {None, SECOND_FACTOR.name}
        and "{" not in path
        and not path.endswith("/stream")
    ]
    mail = await signed_up(lab)
    verifying = await mailed(lab, mail, "identity.verify")
    before, enrolling = await signed_in(lab, mail), await signed_in(lab, mail)
    home = (await once(lab, "GET", "/v1/account", None, bearer(before)))["organization_id"]
    known = await _everywhere(lab, bearer(before))
    await _enrol(lab, enrolling)
    findings = [await _until_refused(lab, bearer(before))]
    ways = {"a session of before": bearer(before), **await _ways(lab, mail, verifying)}
    for way, headers in ways.items():
        findings += await _past(lab, routes, way, headers)
        choice = {"organization_id": home}
        switched = await once(lab, "POST", "/v1/account/sessions/switch", choice, headers)
        if switched.ok:
            findings += await _past(lab, routes, f"{way}, and a switch", _shown(switched))
    # The last, for it ends all the others.
    await once(lab, "POST", f"{AUTH}/forgot", {"mail": mail})
    order = {"token": await mailed(lab, mail, "identity.reset"), "password": _SECOND}
    await once(lab, "POST", f"{AUTH}/reset", order)
    reset = await once(lab, "POST", f"{AUTH}/sign-in", {"mail": mail, "password": _SECOND})
    findings += await _past(lab, routes, "the link that resets a password", bearer(reset))
    untried = None if known else "the session of before was not known everywhere"
    return judge(*findings, untried=untried, ways=len(ways) + 1, routes=len(routes))


async def _past(lab: Lab, routes: list[str], way: str, headers: Mapping[str, str]) -> list[Finding]:
    """Routes that let somebody in who came this way.

    Raises:
        LabError: what they show is not even good for showing the second factor.
    """
    shown = await once(lab, "POST", "/v1/account/second-factor", {"code": "000000"}, headers)
    if shown.status == 401 and shown["code"] != "wrong_code":
        raise LabError(f"{way} led nowhere: {shown['code']}")
    found = []
    for path in routes:
        reply = await once(lab, "GET", path, None, headers)
        if reply.status != 403:
            words = f"{way} got {reply.status} from {path} without the second factor"
            found.append(Finding(words, (reply.operation.id,)))
    return found


async def _ways(lab: Lab, mail: str, verifying: str) -> dict[str, dict[str, str]]:
    """What each way in gives somebody to show, by the way's name; only the password is known to them."""
    by_password = await signed_in(lab, mail)
    order = {"mail": mail, "password": PASSWORD, "cookie": True}
    in_browser = await once(lab, "POST", f"{AUTH}/sign-in", order, _OWN_PAGE)
    token = {"refresh_token": by_password["refresh_token"]}
    refreshed = await once(lab, "POST", f"{AUTH}/refresh", token)
    verified = await once(lab, "POST", f"{AUTH}/verify", {"token": verifying, "password": PASSWORD})
    return {
        "a password": bearer(by_password),
        "a password in a browser": _shown(in_browser),
        "a refresh": bearer(refreshed),
        "the link that verifies an address": bearer(verified),
    }


def _shown(reply: Reply) -> dict[str, str]:
    """What proves the session that was answered, of a program or of a browser."""
    if not reply.ok:
        raise LabError(f"{reply.operation.name} was answered {reply.status}: {reply.operation.error}")
    if reply["access_token"] is not None:
        return bearer(reply)
    return {**_OWN_PAGE, "Cookie": reply.headers["set-cookie"].partition(";")[0]}


async def _enrol(lab: Lab, session: Reply) -> None:
    begun = await once(lab, "POST", "/v1/account/factors/totp", {}, bearer(session))
    path = f"/v1/account/factors/{begun['factor_id']}/confirm"
    done = await once(lab, "POST", path, {"code": pyotp.TOTP(begun["secret"]).now()}, bearer(session))
    if not done.ok:
        raise LabError(f"the first code was answered {done.status}: {done.operation.error}")


async def _everywhere(lab: Lab, headers: Mapping[str, str]) -> bool:
    """Let every server know a session; whether all took it."""
    replies: list[Reply] = []

    async def use(client: Client) -> None:
        replies.append(await client.get("/v1/account", headers=headers))

    await lab.clients(2).each(2, use)
    return all(reply.ok for reply in replies)


async def _until_refused(lab: Lab, headers: Mapping[str, str]) -> Finding | None:
    """Ask every server with a session of before; a breach if one goes on answering for too long."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    late: list[tuple[float, Reply]] = []

    async def use(client: Client) -> None:
        while (sent := loop.time() - began) < _PATIENCE:
            reply = await client.get("/v1/account", headers=headers)
            if not reply.ok:
                return
            late.append((sent, reply))
            await asyncio.sleep(0.01)

    await lab.clients(2).each(1, use)
    if not late:
        return None
    longest, last = max(late, key=lambda one: one[0])
    words = f"a session of before was answered {longest:.1f} s after the second factor was there"
    return Finding(words, (last.operation.id,)) if longest > _LIMIT else None


@no_way_in_skips_it.sabotage("ask programs for the second factor, and not browsers")
def not_browsers(patch: Patch) -> None:
    """As where the gate stands in one of the ways, and not behind all of them."""
    judged = SessionAuthenticator._actor

    async def lenient(authenticator: SessionAuthenticator, standing: Standing) -> Actor:
        if standing.kind is SessionKind.COOKIE:
            standing = structs.replace(standing, second_factor=False)
        return await judged(authenticator, standing)

    patch(SessionAuthenticator, "_actor", lenient)


@no_way_in_skips_it.sabotage("remember of a session that its person has no second factor")
def remembered(patch: Patch) -> None:
    """Whoever was in before goes on."""

    def nothing(_standings: Standings, _change: Any) -> None:
        return None

    patch(Standings, "_forget", nothing)
