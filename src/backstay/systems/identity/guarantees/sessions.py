"""What is promised of sessions, on several server processes."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from backstay.kernel.database import UnitOfWork
from backstay.kernel.guarantees import Client, Finding, Lab, Patch, Reply, Verdict, guarantee, judge
from backstay.systems.identity.contracts import SignedIn
from backstay.systems.identity.errors import RefreshReused
from backstay.systems.identity.guarantees.people import (
    AUTH,
    NOBODY,
    bearer,
    once,
    open_server,
    signed_in,
    signed_up,
)
from backstay.systems.identity.service import refreshing, standings
from backstay.systems.identity.service.refreshing import Reused
from backstay.systems.identity.service.standings import Standings
from backstay.systems.identity.service.tokens import RefreshToken

_REFRESH: Final = f"{AUTH}/refresh"
_ACCOUNT: Final = "/v1/account"
LIMIT: Final = 1.0
"""Seconds that an ended session may go on answering."""
_PATIENCE: Final = 5.0


async def _refreshed(lab: Lab, reply: Reply) -> Reply:
    return await once(lab, "POST", _REFRESH, {"refresh_token": reply["refresh_token"]})


@guarantee(
    "refresh-reuse-ends-the-session",
    promise="A refresh token that was replaced ends its session when it comes back, although the request "
    "that brings it is refused.",
    safety="probe",
    trials=3,
)
async def reuse_ends_the_session(lab: Lab) -> Verdict:
    """Refresh twice, come back with the first token, and see whether the third still works."""
    await open_server(lab)
    mail = await signed_up(lab)
    findings: list[Finding] = []
    for _ in lab.trials():
        first = await signed_in(lab, mail)
        second = await _refreshed(lab, first)
        third = await _refreshed(lab, second)
        reused = await _refreshed(lab, first)
        if reused.status != 401 or reused["code"] != "refresh_reused":
            findings.append(
                Finding(f"a replaced refresh token was answered {reused.status}", (reused.operation.id,))
            )
        after = await _refreshed(lab, third)
        if after.status != 401:
            findings.append(
                Finding(
                    f"a replaced refresh token came back, and the session goes on ({after.status})",
                    (reused.operation.id, after.operation.id),
                )
            )
    return judge(*findings, sessions=lab.history.trial)


@reuse_ends_the_session.sabotage("refuse within the unit of work that ends the session")
def rolled_back(patch: Patch) -> None:
    """The error takes the session's end back with it."""
    refresh = refreshing.refresh

    async def raising(uow: UnitOfWork, token: RefreshToken) -> SignedIn | Reused | None:
        outcome = await refresh(uow, token)
        if isinstance(outcome, Reused):
            raise RefreshReused
        return outcome

    patch(refreshing, "refresh", raising)


@guarantee(
    "refreshing-at-once-signs-nobody-out",
    promise="However many times at once a client refreshes with one token, on however many servers, all get "
    "the same next tokens, and the session goes on.",
    safety="probe",
    trials=3,
    core=False,  # the core set has a minute for all systems
)
async def refreshing_at_once_is_safe(lab: Lab) -> Verdict:
    """Fifty requests of ten clients on two servers with one refresh token."""
    await open_server(lab)
    mail = await signed_up(lab)
    findings: list[Finding] = []
    for _ in lab.trials():
        first = await signed_in(lab, mail)
        token = {"refresh_token": first["refresh_token"]}
        replies: list[Reply] = []

        async def refresh(
            client: Client, token: dict[str, Any] = token, replies: list[Reply] = replies
        ) -> None:
            replies.append(await client.request("POST", _REFRESH, json=token, headers=NOBODY))

        await lab.clients(10).each(5, refresh)
        refused = [reply for reply in replies if not reply.ok]
        if refused:
            findings.append(
                Finding(
                    f"{len(refused)} of {len(replies)} refreshes with one token were refused",
                    tuple(reply.operation.id for reply in refused[:5]),
                )
            )
            continue
        next_tokens = {reply["refresh_token"] for reply in replies}
        if len(next_tokens) != 1:
            findings.append(Finding(f"one refresh token had {len(next_tokens)} successors"))
        after = await _refreshed(lab, replies[0])
        if not after.ok:
            findings.append(Finding("the session ended although its token was good", (after.operation.id,)))
    return judge(*findings, sessions=lab.history.trial)


@refreshing_at_once_is_safe.sabotage("take a client that lost the race for a thief")
def no_grace(patch: Patch) -> None:
    """As rotation without a grace does; two tabs are enough."""
    patch(refreshing, "_is_retry", lambda *_: False)


@guarantee(
    "ended-session-is-refused-everywhere",
    promise="A session that was ended is refused by every server within a second, its access tokens too.",
    safety="probe",
    trials=3,
)
async def ended_session_is_refused(lab: Lab) -> Verdict:
    """Use a session on both servers, end it on one, and ask both until they refuse it."""
    await open_server(lab)
    mail = await signed_up(lab)
    loop = asyncio.get_running_loop()
    findings: list[Finding] = []
    slowest = 0.0
    for _ in lab.trials():
        session = await signed_in(lab, mail)
        headers = bearer(session)
        used: list[Reply] = []

        async def use(client: Client, headers: dict[str, str] = headers, used: list[Reply] = used) -> None:
            used.append(await client.request("GET", _ACCOUNT, headers=headers))

        await lab.clients(2).each(3, use)
        if not all(reply.ok for reply in used):
            findings.append(Finding("a living session was refused", (used[-1].operation.id,)))
            continue
        await once(lab, "POST", "/v1/account/sessions/end-all", {}, headers)
        ended = loop.time()
        late: list[tuple[float, Reply]] = []

        async def until_refused(
            client: Client,
            headers: dict[str, str] = headers,
            ended: float = ended,
            late: list[tuple[float, Reply]] = late,
        ) -> None:
            # Counted from when it is sent: how long the answer takes on a busy machine is not the promise.
            while (sent := loop.time() - ended) < _PATIENCE:
                reply = await client.request("GET", _ACCOUNT, headers=headers)
                if not reply.ok:
                    return
                late.append((sent, reply))
                await asyncio.sleep(0.01)

        await lab.clients(2).each(1, until_refused)
        longest, last = max(late, key=lambda one: one[0], default=(0.0, session))
        slowest = max(slowest, longest)
        if longest > LIMIT:
            findings.append(
                Finding(
                    f"a session was still answered {longest:.1f} s after its end, by {last.operation.server}",
                    (last.operation.id,),
                )
            )
    return judge(*findings, slowest_ms=round(slowest * 1000))


@ended_session_is_refused.sabotage("believe what was read of a session until it expires")
def for_ever(patch: Patch) -> None:
    """As a signed token does that nobody looks up."""
    patch(standings, "TRUSTED", 1e9)
    patch(Standings, "_forget", lambda *_: None)
