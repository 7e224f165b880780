"""What is promised of signing in by identity providers, on several server processes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from backstay.kernel.database import UnitOfWork
from backstay.kernel.guarantees import Client, Finding, Lab, Patch, Reply, Verdict, guarantee, judge
from backstay.systems.identity.guarantees.people import AUTH, NOBODY, once, open_server, signed_in, signed_up
from backstay.systems.identity.guarantees.soft_provider import CLIENT, CLIENT_SECRET, SoftProvider
from backstay.systems.identity.queries import providers as queries
from backstay.systems.identity.queries import users
from backstay.systems.identity.queries.providers import Visit
from backstay.systems.identity.queries.users import Person
from backstay.systems.identity.service import linking, openid, visiting
from backstay.systems.identity.service.mails import digest_of
from backstay.systems.identity.service.visiting import LIFETIME, Returned, browser_of, spend
from backstay.systems.identity.service.vouching import Vouched

_PLACE: Final = f"{AUTH}/providers/house"
_OWN_PAGE: Final = {**NOBODY, "X-Requested-With": "the lab"}
_SITE: Final = "http://page.localhost"
"""Where the provider sends browsers back to: one address, whichever server they come back to."""


async def _begun(lab: Lab, provider: SoftProvider, claims: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """The path by which a browser comes back from the provider, and the cookie that it keeps."""
    reply = await once(lab, "POST", f"{_PLACE}/begin", {}, _OWN_PAGE)
    cookie = reply.headers["set-cookie"].partition(";")[0]
    return f"{_PLACE}/callback?{provider.consent(reply['url'], claims)}", {**NOBODY, "Cookie": cookie}


async def _open(lab: Lab, provider: SoftProvider) -> None:
    settings = {"id": "house", "issuer": provider.url, "client_id": CLIENT, "client_secret": CLIENT_SECRET}
    env = {
        "BACKSTAY_IDENTITY_PROVIDERS": msgspec.json.encode([settings]).decode(),
        "BACKSTAY_HTTP_PUBLIC_URL": _SITE,
    }
    await open_server(lab, env=env)


def _person(lab: Lab, mail: str, *, verified: bool) -> dict[str, Any]:
    return {"sub": lab.unique("subject"), "email": mail, "email_verified": verified}


@guarantee(
    "provider-answer-opens-one-session",
    promise="What a browser brings back from an identity provider opens one session, and in that browser "
    "alone: of however many that come with it at once, on however many servers, one is let in.",
    safety="probe",
    trials=2,
    core=False,
)
async def answer_opens_one_session(lab: Lab) -> Verdict:
    """Come back sixteen times at once, and before that from a browser that began nothing.

    The provider takes a code as often as it comes, as some do for a while; so only we count.
    """
    findings: list[Finding] = []
    async with SoftProvider(once=False) as provider:
        await _open(lab, provider)
        for _ in lab.trials():
            claims = _person(lab, f"{lab.unique('ada')}@example.test".lower(), verified=True)
            path, headers = await _begun(lab, provider, claims)
            foreign = await once(lab, "GET", path, None, {**NOBODY, "Cookie": "backstay_visit_x=y"})
            if foreign.ok:
                findings.append(Finding("a browser that began nothing was let in", (foreign.operation.id,)))
                continue
            replies: list[Reply] = []

            async def come_back(
                client: Client,
                path: str = path,
                headers: dict[str, str] = headers,
                replies: list[Reply] = replies,
            ) -> None:
                replies.append(await client.request("GET", path, headers=headers))

            await lab.clients(8).each(2, come_back)
            let_in = [reply for reply in replies if reply.ok]
            if len(let_in) != 1:
                ids = tuple(one.operation.id for one in let_in[:5])
                findings.append(Finding(f"one answer opened {len(let_in)} sessions", ids))
    return judge(*findings, answers=lab.history.trial)


@answer_opens_one_session.sabotage("keep a state until it expires")
def kept(patch: Patch) -> None:
    """As those do that keep it in a signed cookie alone."""

    async def keeping(uow: UnitOfWork, provider_id: str, returned: Returned) -> Visit | None:
        visit = await spend(uow, provider_id, returned)
        if visit is not None:
            await uow.execute(
                queries.BEGIN,
                digest=digest_of(returned.state),
                provider=provider_id,
                purpose=visit.purpose.value,
                browser=browser_of(returned.cookie),
                user_id=visit.user_id,
                session_id=visit.session_id,
                return_to=visit.return_to,
                created_at=visit.created_at,
                expires_at=uow.now() + LIFETIME,
            )
        return visit

    patch(visiting, "spend", keeping)


@answer_opens_one_session.sabotage("take a state from any browser")
def from_anywhere(patch: Patch) -> None:
    """Then a link signs somebody in to the account of whoever sent it."""
    patch(visiting, "browser_of", lambda _: b"any browser")


@guarantee(
    "provider-opens-only-its-owners-account",
    promise="An account at an identity provider opens an account here only for the owner of its address; "
    "and whoever had made that account without showing the address to be theirs is out, with every key.",
    safety="probe",
    trials=2,
    core=False,
)
async def provider_opens_only_its_owners(lab: Lab) -> Verdict:
    """Make an account with somebody's address, and let a stranger and then its owner come by a provider."""
    findings: list[Finding] = []
    async with SoftProvider() as provider:
        await _open(lab, provider)
        for _ in lab.trials():
            mail = await signed_up(lab)
            hijacker = await signed_in(lab, mail)
            path, headers = await _begun(lab, provider, _person(lab, mail, verified=False))
            stranger = await once(lab, "GET", path, None, headers)
            if stranger.ok:
                findings.append(Finding("an unproven address opened an account", (stranger.operation.id,)))
            path, headers = await _begun(lab, provider, _person(lab, mail, verified=True))
            owner = await once(lab, "GET", path, None, headers)
            if not owner.ok:
                findings.append(Finding("the owner was not let in", (owner.operation.id,)))
            again = {"refresh_token": hijacker["refresh_token"]}
            for how, tried in (
                ("a password", await signed_in(lab, mail)),
                ("a session", await once(lab, "POST", f"{AUTH}/refresh", again)),
            ):
                if tried.ok:
                    ids = (owner.operation.id, tried.operation.id)
                    findings.append(Finding(f"{how} of before opens what is its owner's now", ids))
    return judge(*findings, accounts=lab.history.trial)


@provider_opens_only_its_owners.sabotage("believe any address that a provider names")
def any_address(patch: Patch) -> None:
    """As those do that read `email` and not `email_verified`."""
    patch(openid, "_verified_mail", lambda claims: claims.get("email", ""))


@provider_opens_only_its_owners.sabotage("verify the account, and leave the rest as it is")
def left_alone(patch: Patch) -> None:
    """Whoever waits with a password for the owner of an address then has an account with them."""

    async def verify(uow: UnitOfWork, person: Person, _: Vouched) -> None:
        await uow.execute(users.VERIFY, id=person.id, mail_key=person.mail_key)

    patch(linking, "_claim", verify)
