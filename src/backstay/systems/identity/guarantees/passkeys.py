"""What is promised of passkeys, on several server processes."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import Any, Final

from backstay.kernel.database import UnitOfWork
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
from backstay.systems.identity.guarantees.authenticator import SoftAuthenticator
from backstay.systems.identity.guarantees.people import (
    AUTH,
    NOBODY,
    PAGE,
    bearer,
    once,
    open_server,
    signed_in,
    signed_up,
)
from backstay.systems.identity.queries import passkeys as queries
from backstay.systems.identity.service import passkey_signing
from backstay.systems.identity.service.passkey_signing import UNLOCKED
from backstay.systems.identity.service.passkeys import Purpose, Spent, spend

_ADD: Final = "/v1/account/passkeys"
_SIGN_IN: Final = f"{AUTH}/passkey"
_GUARDED: Final = ("/v1/account", "/v1/account/sessions", _ADD, "/v1/notes")


async def _with_passkey(lab: Lab, passkey: SoftAuthenticator) -> str:
    """The address of a new account that has this passkey."""
    mail = await signed_up(lab)
    headers = bearer(await signed_in(lab, mail))
    options = await once(lab, "POST", f"{_ADD}/options", None, headers)
    added = await once(lab, "POST", _ADD, {"credential": passkey.create(dict(options.json))}, headers)
    if not added.ok:
        raise UnansweredError(f"adding a passkey was answered {added.status}: {added.operation.error}")
    return mail


async def _answer(lab: Lab, passkey: SoftAuthenticator) -> dict[str, Any]:
    options = await once(lab, "POST", f"{_SIGN_IN}/options", None)
    return {"credential": passkey.get(dict(options.json))}


@guarantee(
    "passkey-ceremony-works-once",
    promise="What a passkey answers opens one session: of however many who send it at once, on however many "
    "servers, one is let in.",
    safety="probe",
    trials=2,
    core=False,
)
async def ceremony_works_once(lab: Lab) -> Verdict:
    """Send one answer of a passkey without a counter, as synced ones are, by eight clients at once."""
    await open_server(lab)
    findings: list[Finding] = []
    for _ in lab.trials():
        passkey = SoftAuthenticator(PAGE, counts=False)
        await _with_passkey(lab, passkey)
        body = await _answer(lab, passkey)
        replies: list[Reply] = []

        async def send(client: Client, body: dict[str, Any] = body, replies: list[Reply] = replies) -> None:
            replies.append(await client.request("POST", _SIGN_IN, json=body, headers=NOBODY))

        await lab.clients(8).each(2, send)
        let_in = [reply for reply in replies if reply.ok]
        if len(let_in) != 1:
            findings.append(
                Finding(
                    f"one answer opened {len(let_in)} sessions", tuple(one.operation.id for one in let_in[:5])
                )
            )
    return judge(*findings, answers=lab.history.trial)


@ceremony_works_once.sabotage("keep a challenge until it expires")
def kept(patch: Patch) -> None:
    """As those do that keep it in a signed cookie; a counter would notice, and synced passkeys have none."""

    async def keeping(uow: UnitOfWork, purpose: Purpose, answer: dict[str, Any], *whose: Any) -> Spent | None:
        spent = await spend(uow, purpose, answer, *whose)
        if spent is not None:
            await uow.execute(
                queries.BEGIN,
                digest=sha256(spent.challenge).digest(),
                purpose=purpose.value,
                user_id=spent.ceremony.user_id,
                session_id=spent.ceremony.session_id,
                expires_at=uow.now() + timedelta(minutes=5),
            )
        return spent

    patch(passkey_signing, "spend", keeping)


@guarantee(
    "passkey-is-two-factors-only-when-unlocked",
    promise="Somebody who only holds a passkey, and did not unlock it, is let in nowhere; nor is somebody "
    "who only knows the password of an account that has one.",
    safety="probe",
    trials=2,
    core=False,
)
async def locked_passkey_is_one_factor(lab: Lab) -> Verdict:
    """Sign in with a passkey that was unlocked, with it locked, and by password; try what each may do."""
    await open_server(lab)
    findings: list[Finding] = []
    for _ in lab.trials():
        passkey = SoftAuthenticator(PAGE)
        mail = await _with_passkey(lab, passkey)
        whole = await once(lab, "POST", _SIGN_IN, await _answer(lab, passkey))
        if not (await once(lab, "GET", _GUARDED[0], None, bearer(whole))).ok:
            findings.append(Finding("an unlocked passkey was let in nowhere", (whole.operation.id,)))
        passkey.unlocks = False
        held = await once(lab, "POST", _SIGN_IN, await _answer(lab, passkey))
        known = await signed_in(lab, mail)
        for how, session in (("a locked passkey", held), ("a password", known)):
            for path in _GUARDED:
                tried = await once(lab, "GET", path, None, bearer(session))
                if tried.ok:
                    findings.append(Finding(f"{path} with {how} alone", (tried.operation.id,)))
        again = await _shown(lab, passkey, held)
        if again.ok:
            findings.append(Finding("a locked passkey, shown twice, was two factors", (again.operation.id,)))
        if not (await _shown(lab, passkey, known)).ok:
            findings.append(Finding("a password and a passkey were not enough", (known.operation.id,)))
    return judge(*findings, accounts=lab.history.trial)


async def _shown(lab: Lab, passkey: SoftAuthenticator, session: Reply) -> Reply:
    path = "/v1/account/second-factor/passkey"
    options = await once(lab, "POST", f"{path}/options", None, bearer(session))
    body = {"credential": passkey.get(dict(options.json))}
    return await once(lab, "POST", path, body, bearer(session))


@locked_passkey_is_one_factor.sabotage("take any passkey for two factors")
def any_passkey(patch: Patch) -> None:
    """As those do that read `userVerification: required` in their own options as if it were an answer."""
    patch(passkey_signing, "proof_of", lambda _: UNLOCKED)


@locked_passkey_is_one_factor.sabotage("let what somebody has be added to what they have")
def twice_the_same(patch: Patch) -> None:
    """Then a stolen key is shown as the first factor and again as the second."""
    patch(passkey_signing, "is_possession", lambda _: False)
