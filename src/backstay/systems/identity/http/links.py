"""The pages behind the links in mails: plain forms that run nothing and fetch nothing.

Scanners of mail follow links, so following one changes nothing: the form does, by POST.
"""

from __future__ import annotations

from html import escape
from typing import ClassVar, Final

from backstay.kernel.backend import Backend
from backstay.kernel.errors import BackstayError, BadRequest
from backstay.kernel.http import Controller, FromPath, Request, Response, get, post
from backstay.systems.identity.contracts import PASSWORD_LENGTH, MailPurpose, SessionKind
from backstay.systems.identity.http.browsers import answer, device_of, refuse_strange_page
from backstay.systems.identity.http.pages import fields_of, page_of
from backstay.systems.identity.service import accounts, passwords, signing_in

_ASKED: Final = {
    MailPurpose.VERIFY: ("Verify your address", "The password that you signed up with", "current-password"),
    MailPurpose.RESET: ("Choose a new password", "Your new password", "new-password"),
    MailPurpose.CHANGE: ("Verify your new address", "", ""),
}
_DONE: Final = {
    MailPurpose.VERIFY: "Your address is verified, and you are signed in.",
    MailPurpose.RESET: "Your password is changed. Sign in with it; every other session has ended.",
    MailPurpose.CHANGE: "Your account has this address now.",
}


class LinksController(Controller):
    """Links in mails."""

    path: ClassVar[str] = "/account"
    name: ClassVar[str] = "links"
    version: ClassVar[str | None] = None

    @get("/{purpose:str}/{token:str}", public=True, hidden=True)
    async def ask(
        self, request: Request, purpose: FromPath[MailPurpose], token: FromPath[str]
    ) -> Response[str]:
        """Show the form, whatever the token: whether it works shows when it is used."""
        _hide(request, purpose)
        del token
        return _form(purpose)

    @post("/{purpose:str}/{token:str}", public=True, hidden=True, status=200, body_limit=8192)
    async def use(
        self, backend: Backend, request: Request, purpose: FromPath[MailPurpose], token: FromPath[str]
    ) -> Response[str]:
        """Use the link."""
        _hide(request, purpose)
        refuse_strange_page(backend, request)
        password = await _password(request) if _ASKED[purpose][1] else ""
        try:
            await _use(backend, request, purpose, token, password)
        except BackstayError as failure:
            if failure.status >= 500:
                raise
            return _form(purpose, problem=failure.detail or failure.title, status=failure.status)
        return page_of(_ASKED[purpose][0], f"<p>{_DONE[purpose]}</p>")


async def _use(backend: Backend, request: Request, purpose: MailPurpose, token: str, password: str) -> None:
    database = backend.database
    match purpose:
        case MailPurpose.VERIFY:
            made = await signing_in.verify_mail(
                database, token, password, SessionKind.COOKIE, device_of(request), request.client
            )
            answer(backend, request, made)
        case MailPurpose.RESET:
            await passwords.reset_password(database, token, password)
        case MailPurpose.CHANGE:
            await accounts.use_change(database, token)


async def _password(request: Request) -> str:
    password = (await fields_of(request)).get("password", "")
    if not 0 < len(password) <= PASSWORD_LENGTH:
        raise BadRequest(f"The password must have 1 to {PASSWORD_LENGTH} characters.")
    return password


def _hide(request: Request, purpose: MailPurpose) -> None:
    # The token opens an account, so it must not reach logs and traces with the path.
    request.record.path = f"/account/{purpose.value}/[token]"


def _form(purpose: MailPurpose, *, problem: str = "", status: int = 200) -> Response[str]:
    title, label, kind = _ASKED[purpose]
    asked = (
        f'<label>{label}<input type="password" name="password" autocomplete="{kind}" required></label>'
        if label
        else ""
    )
    told = f'<p role="alert">{escape(problem)}</p>' if problem else ""
    return page_of(title, f'{told}<form method="post">{asked}<button>{title}</button></form>', status=status)
