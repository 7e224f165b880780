"""What is promised of secrets that somebody tries: guesses at a password, links from mails."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import pyotp

from backstay.kernel.actor import Actor
from backstay.kernel.clock import SystemClock
from backstay.kernel.database import Statement, UnitOfWork
from backstay.kernel.guarantees import (
    Client,
    Finding,
    Lab,
    Patch,
    Reply,
    UnansweredError,
    Verdict,
    guarantee,
    judge,
)
from backstay.systems.identity.contracts import SELF
from backstay.systems.identity.errors import TooManyGuesses
from backstay.systems.identity.guarantees.people import (
    AUTH,
    NOBODY,
    bearer,
    mailed,
    once,
    open_server,
    signed_in,
    signed_up,
)
from backstay.systems.identity.queries import factors as factor_queries
from backstay.systems.identity.queries import mail_tokens
from backstay.systems.identity.queries.sessions import Standing
from backstay.systems.identity.service import authenticating, totp
from backstay.systems.identity.service.guessing import Counted, Guesses

_FREE: Final = 5
_SIGN_IN: Final = f"{AUTH}/sign-in"


@guarantee(
    "guesses-are-counted-before-they-are-judged",
    promise="Of however many guesses at a password at once, on however many servers, exactly those that are "
    "allowed are compared with it.",
    safety="probe",
    core=False,
)
async def guesses_are_counted(lab: Lab) -> Verdict:
    """Two hundred wrong passwords at once for an account, and for an address that nobody has."""
    await open_server(lab)
    findings: list[Finding] = []
    judged = 0
    for mail in (await signed_up(lab), f"{lab.unique('nobody')}@example.test"):
        replies: list[Reply] = []

        async def guess(client: Client, mail: str = mail, replies: list[Reply] = replies) -> None:
            wrong = {"mail": mail, "password": client.unique("a wrong password")}
            replies.append(await client.request("POST", _SIGN_IN, json=wrong, headers=NOBODY))

        await lab.clients(20).each(10, guess)
        compared = [reply for reply in replies if reply.status == 401]
        refused = [reply for reply in replies if reply.status == 429]
        judged += len(compared)
        if len(compared) != _FREE:
            findings.append(
                Finding(
                    f"{len(compared)} of {len(replies)} guesses were looked at; {_FREE} are allowed",
                    tuple(reply.operation.id for reply in compared[:10]),
                )
            )
        if len(compared) + len(refused) != len(replies):
            other = next(reply for reply in replies if reply.status not in {401, 429})
            findings.append(Finding(f"a guess was answered {other.status}", (other.operation.id,)))
    return judge(*findings, looked_at=judged)


@guesses_are_counted.sabotage("count in the process's memory")
def in_memory(patch: Patch) -> None:
    """As most limits do that ask no database: every process allows as many."""
    seen: dict[bytes, int] = {}

    async def reserve(guesses: Guesses, uow: UnitOfWork, counted: Sequence[Counted]) -> None:
        del guesses, uow
        for one in counted:
            if seen.get(one.key, 0) >= one.free:
                raise TooManyGuesses(30)
            seen[one.key] = seen.get(one.key, 0) + 1

    patch(Guesses, "reserve", reserve)


@guarantee(
    "link-from-a-mail-works-once",
    promise="A link from a mail works once: of however many who use it at once, on however many servers, one "
    "does.",
    safety="probe",
    trials=3,
    core=False,
)
async def link_works_once(lab: Lab) -> Verdict:
    """Reset a password with one link, by eight clients at once and with a password each."""
    await open_server(lab)
    findings: list[Finding] = []
    for _ in lab.trials():
        mail = await signed_up(lab)
        await once(lab, "POST", f"{AUTH}/forgot", {"mail": mail})
        token = await mailed(lab, mail, "identity.reset")
        replies: list[Reply] = []

        async def reset(client: Client, token: str = token, replies: list[Reply] = replies) -> None:
            mine = {"token": token, "password": client.unique("a password of one client")}
            replies.append(await client.request("POST", f"{AUTH}/reset", json=mine, headers=NOBODY))

        await lab.clients(8).each(2, reset)
        done = [reply for reply in replies if reply.ok]
        if len(done) != 1:
            findings.append(
                Finding(f"one link set {len(done)} passwords", tuple(reply.operation.id for reply in done))
            )
        if (old := await signed_in(lab, mail)).ok:
            findings.append(Finding("the old password still signs in", (old.operation.id,)))
    return judge(*findings, links=lab.history.trial)


@link_works_once.sabotage("look whether the link is there, and leave it")
def looked_at(patch: Patch) -> None:
    """A check is not a use."""
    execute = UnitOfWork.execute

    async def keep_links(uow: UnitOfWork, statement: Statement[Any], **parameters: Any) -> int:
        return 0 if statement is mail_tokens.KILL else await execute(uow, statement, **parameters)

    patch(mail_tokens, "SPEND", mail_tokens.FIND)
    patch(UnitOfWork, "execute", keep_links)


@guarantee(
    "second-factor-cannot-be-avoided",
    promise="Once somebody has a second factor, no session of theirs does anything without it, and each of "
    "its codes lets one session in.",
    safety="probe",
    trials=2,
    core=False,  # the core set has a minute for all systems
)
async def second_factor_holds(lab: Lab) -> Verdict:
    """Enrol; sign in eight times; try everything without a code, then one code in all eight at once."""
    await open_server(lab)
    findings: list[Finding] = []
    for _ in lab.trials():
        mail = await signed_up(lab)
        secret = await _enrol(lab, await signed_in(lab, mail))
        sessions = [await signed_in(lab, mail) for _ in range(8)]
        for path in ("/v1/account", "/v1/account/sessions", "/v1/account/factors", "/v1/notes"):
            tried = await once(lab, "GET", path, None, bearer(sessions[0]))
            if tried.ok:
                findings.append(Finding(f"{path} without the second factor", (tried.operation.id,)))
        # The code of the next step: the present one enrolled the factor.
        code = secret.at(SystemClock().now() + timedelta(seconds=totp.STEP))
        waiting = list(sessions)
        replies: list[Reply] = []

        async def show(
            client: Client, waiting: list[Reply] = waiting, replies: list[Reply] = replies, code: str = code
        ) -> None:
            headers = bearer(waiting.pop())
            replies.append(
                await client.request(
                    "POST", "/v1/account/second-factor", json={"code": code}, headers=headers
                )
            )

        await lab.clients(8).each(1, show)
        let_in = [reply for reply in replies if reply.ok]
        if len(let_in) != 1:
            findings.append(
                Finding(f"one code let {len(let_in)} sessions in", tuple(one.operation.id for one in let_in))
            )
    return judge(*findings, accounts=lab.history.trial)


async def _enrol(lab: Lab, session: Reply) -> pyotp.TOTP:
    begun = await once(lab, "POST", "/v1/account/factors/totp", {}, bearer(session))
    app = pyotp.TOTP(begun["secret"])
    path = f"/v1/account/factors/{begun['factor_id']}/confirm"
    done = await once(lab, "POST", path, {"code": app.now()}, bearer(session))
    if not done.ok:
        raise UnansweredError(f"the first code was answered {done.status}: {done.operation.error}")
    return app


@second_factor_holds.sabotage("compare the code, and forget that it was used")
def replayed(patch: Patch) -> None:
    """As libraries do that only verify."""
    execute = UnitOfWork.execute

    async def forgetting(uow: UnitOfWork, statement: Statement[Any], **parameters: Any) -> int:
        return 1 if statement is factor_queries.USE else await execute(uow, statement, **parameters)

    patch(UnitOfWork, "execute", forgetting)


@second_factor_holds.sabotage("ask for the second factor at the form, and not at the gate")
def at_the_form(patch: Patch) -> None:
    """Whoever has tokens without the form's page is in."""
    actor_of = authenticating._actor

    def whole(standing: Standing, permissions: frozenset[str], *, pending: bool = False) -> Actor:
        del pending
        return actor_of(standing, permissions | {SELF.name})

    patch(authenticating, "_actor", whole)
