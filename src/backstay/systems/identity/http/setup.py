"""The page behind the link that the first start prints, and its route for programs."""

from __future__ import annotations

from html import escape
from typing import ClassVar, Final

import msgspec

from backstay.kernel.auth import CrossSiteRequest
from backstay.kernel.backend import Backend
from backstay.kernel.errors import BackstayError, BadRequest
from backstay.kernel.http import Controller, FromPath, JSONBody, Request, Response, get, post
from backstay.systems.identity.contracts import SetupOrder, SignedIn
from backstay.systems.identity.errors import Busy, MailTaken, NoSuchSetup, WeakPassword
from backstay.systems.identity.http.browsers import answer, device_of, refuse_strange_page
from backstay.systems.identity.http.pages import fields_of, page_of
from backstay.systems.identity.service import setting_up

_TITLE: Final = "Own this house"
_FORM: Final = """<form method="post">
<label>Your mail address<input type="email" name="mail" autocomplete="username" required></label>
<label>Your name<input name="name" autocomplete="name"></label>
<label>A password of 15 characters or more
<input type="password" name="password" autocomplete="new-password" required></label>
<button>Make the account</button></form>"""

_DONE: Final = '<p>You own this house, and you are signed in: <a href="/console">console</a>.</p>'


class SetupController(Controller):
    """The first owner."""

    path: ClassVar[str] = ""
    name: ClassVar[str] = "setup"
    version: ClassVar[str | None] = None

    @get("/setup/{token:str}", public=True, hidden=True)
    async def ask(self, request: Request, token: FromPath[str]) -> Response[str]:
        """Show the form, whatever the token: whether it works shows when it is used."""
        del token
        _hide(request)
        return page_of(_TITLE, _FORM)

    @post("/setup/{token:str}", public=True, hidden=True, status=200, body_limit=8192)
    async def use(self, backend: Backend, request: Request, token: FromPath[str]) -> Response[str]:
        """Make the owner, and sign the browser in."""
        _hide(request)
        refuse_strange_page(backend, request)
        sent = await fields_of(request)
        try:
            order = msgspec.convert({"name": "", **sent, "token": token, "cookie": True}, SetupOrder)
        except msgspec.ValidationError:
            raise BadRequest("Send the form as it is on the page.") from None
        try:
            made = await setting_up.set_up(backend.database, order, device_of(request))
        except BackstayError as failure:
            if failure.status >= 500:
                raise
            told = f'<p role="alert">{escape(failure.detail or failure.title)}</p>'
            return page_of(_TITLE, told + _FORM, status=failure.status)
        answer(backend, request, made)
        return page_of(
            _TITLE, '<p>You own this house, and you are signed in: <a href="/console">console</a>.</p>'
        )

    @post(
        "/auth/setup",
        version="1",
        public=True,
        status=201,
        problems=[NoSuchSetup, MailTaken, WeakPassword, Busy, CrossSiteRequest],
    )
    async def set_up(
        self, backend: Backend, request: Request, data: JSONBody[SetupOrder]
    ) -> Response[SignedIn]:
        """Make the first owner, by the token of the link that the first start printed."""
        if data.cookie:
            refuse_strange_page(backend, request)
        made = await setting_up.set_up(backend.database, data, device_of(request))
        return answer(backend, request, made)


def _hide(request: Request) -> None:
    # The token makes an owner, so it must not reach logs and traces with the path.
    request.record.path = "/setup/[token]"
