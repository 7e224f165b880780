"""Signing in by identity providers, and one's own links with them."""

from __future__ import annotations

import re
from html import escape
from typing import ClassVar, Final
from uuid import UUID

from backstay.kernel.actor import Actor
from backstay.kernel.auth import METHOD_HEADER, CrossSiteRequest
from backstay.kernel.backend import Backend
from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.errors import BackstayError
from backstay.kernel.http import Controller, FromPath, JSONBody, Request, Response, delete, get, post
from backstay.systems.identity.contracts import (
    SELF,
    AccountProviderVisit,
    IdentityLink,
    IdentityProvider,
    ProviderAddress,
    ProviderPurpose,
    ProviderVisit,
)
from backstay.systems.identity.errors import (
    BrowserNeeded,
    FreshSignInNeeded,
    LastWayIn,
    MailNotVerified,
    NoSuchLink,
    NoSuchProvider,
    NotAnAccount,
    ProviderUnavailable,
)
from backstay.systems.identity.http.browsers import (
    answer,
    browser_cookie,
    device_of,
    enter,
    refuse_strange_page,
    set_browser_cookie,
)
from backstay.systems.identity.http.pages import page_of
from backstay.systems.identity.service import linking, visiting
from backstay.systems.identity.service.part import Identity
from backstay.systems.identity.service.visiting import LIFETIME, Begun, Returned

_COOKIE: Final = "backstay_visit_"
_NAMING: Final = 8
"""Characters of a state that name its cookie, so that visits in several tabs do not undo each other."""
_STATE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_LONGEST: Final = 4096
"""Characters of anything that comes back; codes of providers have a few hundred."""


class ProvidersController(Controller):
    """Signing in by identity providers."""

    path: ClassVar[str] = "/auth/providers"
    name: ClassVar[str] = "providers"

    @get(public=True)
    async def list_providers(self, backend: Backend) -> list[IdentityProvider]:
        """List who vouches for people here."""
        return backend.part(Identity).providers.choices()

    @post(
        "/{provider:str}/begin",
        public=True,
        status=200,
        problems=[NoSuchProvider, ProviderUnavailable, CrossSiteRequest],
    )
    async def begin(
        self, backend: Backend, request: Request, provider: FromPath[str], data: JSONBody[ProviderVisit]
    ) -> ProviderAddress:
        """Send a browser to a provider to sign in; it comes back with a session in its cookie."""
        refuse_strange_page(backend, request)
        begun = await visiting.begin(backend.database, provider, data.return_to)
        return _sent(backend, request, begun)

    @get("/{provider:str}/callback", public=True, hidden=True, any_query=True, status=303)
    async def end(self, backend: Backend, request: Request, provider: FromPath[str]) -> Response[str]:
        """Where a provider sends the browser back to."""
        # The code opens an account until it is redeemed, so the query must not reach logs and traces.
        request.record.query = b""
        title = "You are not signed in"
        try:
            returned = _returned(backend, request)
            actor = await _signed_in(backend, request)
            ended = await visiting.end(backend.database, provider, returned, device_of(request), actor)
        except BackstayError as failure:
            told = escape(failure.detail or failure.title)
            back = '<p><a href="/console">Back</a></p>'
            return page_of(title, f'<p role="alert">{told}</p>{back}', status=failure.status)
        if ended.session is not None and ended.replaced:
            answer(backend, request, ended.session)
        elif ended.session is not None:
            await enter(backend, request, ended.session)
        headers = {"location": ended.return_to, "cache-control": "no-store"}
        return Response("", status=303, headers=headers)


class AccountProvidersController(Controller):
    """One's own links with identity providers."""

    path: ClassVar[str] = "/account/providers"
    name: ClassVar[str] = "account_providers"

    @get(permission=SELF)
    async def list_links(self, reader: Reader, actor: Actor) -> list[IdentityLink]:
        """List the accounts at providers that open one's own."""
        return await linking.list_links(reader, actor.id)

    @post(
        "/{provider:str}/begin",
        permission=SELF,
        status=200,
        problems=[
            NoSuchProvider,
            ProviderUnavailable,
            NotAnAccount,
            BrowserNeeded,
            FreshSignInNeeded,
            MailNotVerified,
        ],
    )
    async def begin(
        self,
        backend: Backend,
        request: Request,
        actor: Actor,
        provider: FromPath[str],
        data: JSONBody[AccountProviderVisit],
    ) -> ProviderAddress:
        """Send a browser to a provider: to link the account there, or to confirm that it is you.

        To link needs a fresh sign-in and a verified address; to confirm makes a sign-in fresh.
        """
        purpose = ProviderPurpose(data.purpose)
        begun = await visiting.begin(backend.database, provider, data.return_to, purpose=purpose, actor=actor)
        return _sent(backend, request, begun)

    @delete(
        "/{link_id:uuid}",
        permission=SELF,
        problems=[NotAnAccount, NoSuchLink, FreshSignInNeeded, LastWayIn],
    )
    async def unlink(self, uow: UnitOfWork, link_id: FromPath[UUID]) -> None:
        """Remove a link; needs a fresh sign-in. The last way into the account stays."""
        await linking.unlink(uow, link_id)


def _sent(backend: Backend, request: Request, begun: Begun) -> ProviderAddress:
    name = _COOKIE + begun.state[:_NAMING]
    set_browser_cookie(backend, request, name, begun.cookie, int(LIFETIME.total_seconds()))
    return ProviderAddress(begun.url)


def _returned(backend: Backend, request: Request) -> Returned:
    """What came back; what came twice is as if it had not come, for nobody knows which is meant."""
    query = request.query
    found = {name: query.get(name, []) for name in ("state", "code", "error", "iss")}
    one = {
        name: values[0] if len(values) == 1 and 0 < len(values[0]) <= _LONGEST else None
        for name, values in found.items()
    }
    state = one["state"] if one["state"] and _STATE.fullmatch(one["state"]) else ""
    name = _COOKIE + state[:_NAMING]
    cookie = browser_cookie(backend, request, name)
    if cookie:
        set_browser_cookie(backend, request, name, "", 0)
    code = None if found["error"] else one["code"]
    # An issuer that is there and cannot be read is none that would fit.
    issuer = (one["iss"] or "") if found["iss"] else None
    return Returned(state=state, cookie=cookie, code=code, error=one["error"], issuer=issuer)


async def _signed_in(backend: Backend, request: Request) -> Actor | None:
    """Whoever is signed in in this browser; nobody where the session is over."""
    if "cookie" not in request.headers:
        return None
    headers = {name: value for name, value in request.headers.items() if name != "authorization"}
    try:
        return await backend.authenticator.authenticate({**headers, METHOD_HEADER: request.method})
    except BackstayError:
        return None
