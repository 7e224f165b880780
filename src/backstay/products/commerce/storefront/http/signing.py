"""Signing up, in and out on a shop's pages: identity's own steps, quotas and refusals, behind our forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

import msgspec

from backstay.kernel.auth import clear_cookie
from backstay.kernel.backend import Backend
from backstay.kernel.errors import BackstayError, Invalid
from backstay.kernel.http import Controller, FromPath, Request, Response, get, post
from backstay.products.commerce.shops import NoSuchShop, Slug
from backstay.products.commerce.storefront.http.cookies import path_of
from backstay.products.commerce.storefront.http.forms import FORM_LIMIT, form_of, id_in
from backstay.products.commerce.storefront.http.showing import Page, see, show
from backstay.products.commerce.storefront.http.visits import onward, to_sign_in, visit
from backstay.systems.identity import contracts, doors

_UNAVAILABLE: Final = 503
_PASSWORD: Final = ("password",)
_WRONG: Final = {
    "mail": "This is no mail address.",
    "password": "A password has 1 to 256 letters.",
    "name": "A name has at most 100 letters.",
}
_FORM: Final[dict[str, Any]] = {
    "public": True,
    "hidden": True,
    "status": 303,
    "body_limit": FORM_LIMIT,
    "problems": [NoSuchShop],
}


class SigningController(Controller):
    """Who somebody is."""

    path: ClassVar[str] = "/store/{shop:str}"
    name: ClassVar[str] = "page"
    version: ClassVar[str | None] = None

    @get("/sign-in", public=True, hidden=True, any_query=True, problems=[NoSuchShop], declares=[Page()])
    async def ask(self, request: Request, backend: Backend, shop: FromPath[Slug]) -> Response[str]:
        """Ask for address and password."""
        there = _onward(shop, next(iter(request.query.get("next", ())), ""))
        here = await visit(backend, request, shop)
        if here.person is not None:
            return see(there)
        return show(here, "sign-in", unseen=True, onward=there, fields={}, wrong=None)

    @post("/sign-in", **_FORM, declares=[Page(), doors.SIGN_IN])
    async def sign_in(self, request: Request, backend: Backend, shop: FromPath[Slug]) -> Response[str]:
        """Sign in, and go on; with a second factor that has yet to be shown, to its page first."""
        fields = await form_of(request, as_typed=_PASSWORD)
        there = _onward(shop, fields.get("next", ""))
        try:
            wanted = _read(fields, contracts.PasswordSignIn, "mail", "password")
            made = await doors.sign_in(backend, request, msgspec.structs.replace(wanted, cookie=True))
        except BackstayError as refused:
            return await _again(backend, request, shop, "sign-in", refused, fields)
        if made.second_factor or made.enrolment:
            return see(f"{path_of(shop)}/second-factor?{_next(there)}")
        return see(there)

    @get("/sign-up", public=True, hidden=True, any_query=True, problems=[NoSuchShop], declares=[Page()])
    async def ask_anew(self, request: Request, backend: Backend, shop: FromPath[Slug]) -> Response[str]:
        """Ask for what an account needs."""
        here = await visit(backend, request, shop)
        if here.person is not None:
            return see(_onward(shop, ""))
        return show(here, "sign-up", unseen=True, fields={}, wrong=None)

    @post("/sign-up", **_FORM, declares=[Page(), doors.ACCOUNT_MAILS])
    async def sign_up(self, request: Request, backend: Backend, shop: FromPath[Slug]) -> Response[str]:
        """Make an account. Everybody sees the same; the mail says whether there was one already."""
        fields = await form_of(request, as_typed=_PASSWORD)
        try:
            await doors.sign_up(backend, _read(fields, contracts.SignUp, "mail", "password", "name"))
        except BackstayError as refused:
            return await _again(backend, request, shop, "sign-up", refused, fields)
        return show(await visit(backend, request, shop), "sent", unseen=True, forgot=False)

    @get("/forgot", public=True, hidden=True, any_query=True, problems=[NoSuchShop], declares=[Page()])
    async def ask_whose(self, request: Request, backend: Backend, shop: FromPath[Slug]) -> Response[str]:
        """Ask whose password is forgotten."""
        return show(await visit(backend, request, shop), "forgot", unseen=True, fields={}, wrong=None)

    @post("/forgot", **_FORM, declares=[Page(), doors.ACCOUNT_MAILS])
    async def forgot(self, request: Request, backend: Backend, shop: FromPath[Slug]) -> Response[str]:
        """Let a link to a new password go to the address, if somebody has it; everybody sees the same."""
        fields = await form_of(request)
        try:
            await doors.forgot(backend, _read(fields, contracts.MailRequest, "mail").mail)
        except BackstayError as refused:
            return await _again(backend, request, shop, "forgot", refused, fields)
        return show(await visit(backend, request, shop), "sent", unseen=True, forgot=True)

    @get("/second-factor", public=True, hidden=True, any_query=True, problems=[NoSuchShop], declares=[Page()])
    async def ask_more(self, request: Request, backend: Backend, shop: FromPath[Slug]) -> Response[str]:
        """Ask for a second factor, or say that one has to be added first."""
        there = _onward(shop, next(iter(request.query.get("next", ())), ""))
        return await _second_page(backend, request, shop, there)

    @post("/second-factor", **_FORM, declares=[Page(), doors.SIGN_IN])
    async def show_factor(self, request: Request, backend: Backend, shop: FromPath[Slug]) -> Response[str]:
        """Show a code, and go on; or let one be sent to a phone."""
        fields = await form_of(request)
        there = _onward(shop, fields.get("next", ""))
        phone = id_in(fields, "phone")
        try:
            if phone is not None:
                sent = await doors.send_code(backend, request, phone)
                return await _second_page(backend, request, shop, there, sent=sent.hint)
            kind = next((one for one in ("code", "sms_code", "recovery_code") if fields.get(one)), "code")
            try:
                proof = msgspec.convert({kind: fields.get(kind, "")}, contracts.SecondFactorProof)
            except msgspec.ValidationError:
                return await _second_page(
                    backend, request, shop, there, status=422, wrong="A code has six digits."
                )
            await doors.show_factor(backend, request, proof)
        except BackstayError as refused:
            if refused.status > _UNAVAILABLE:
                raise
            return await _second_page(
                backend, request, shop, there, status=refused.status, wrong=_said(refused)
            )
        return see(there)

    @post("/sign-out", **_FORM, declares=[Page()])
    async def sign_out(self, request: Request, backend: Backend, shop: FromPath[Slug]) -> Response[str]:
        """End the session in this browser, also one of the settings' principals."""
        await doors.sign_out(backend, request)
        secure = request.scheme == "https"
        request.reply_headers.append((b"set-cookie", clear_cookie(secure=secure).encode("ascii")))
        return see(path_of(shop))


def _onward(shop: str, wanted: str) -> str:
    return onward(shop, wanted) or f"{path_of(shop)}/account"


def _next(there: str) -> str:
    return to_sign_in("", there).partition("?")[2]


def _read(fields: Mapping[str, str], kind: Any, *names: str) -> Any:
    """What a form says, as the API takes it.

    Raises:
        Invalid: a field cannot be that.
    """
    try:
        return msgspec.convert({name: fields.get(name, "") for name in names}, kind)
    except msgspec.ValidationError as wrong:
        name = next((one for one in names if f"$.{one}`" in str(wrong)), names[0])
        raise Invalid(detail=_WRONG[name]) from None


async def _again(
    backend: Backend,
    request: Request,
    shop: str,
    name: str,
    refused: BackstayError,
    fields: Mapping[str, str],
) -> Response[str]:
    """The form once more, with what is wrong; it never says who has an account, as the API does not."""
    if refused.status > _UNAVAILABLE:
        raise refused
    here = await visit(backend, request, shop)
    there = _onward(shop, fields.get("next", ""))
    kept = {key: value for key, value in fields.items() if key != "password"}
    page = show(
        here, name, status=refused.status, unseen=True, onward=there, fields=kept, wrong=_said(refused)
    )
    _wait(request, refused)
    return page


async def _second_page(
    backend: Backend,
    request: Request,
    shop: str,
    there: str,
    *,
    status: int = 200,
    wrong: str | None = None,
    sent: str | None = None,
) -> Response[str]:
    here = await visit(backend, request, shop)
    actor = await doors.who(backend, request)
    if here.person is not None:
        return see(there)
    if actor is None or not actor.pending:
        # Nobody is half signed in, or too many wrong codes have ended the session.
        return see(to_sign_in(shop, there))
    enrol = not actor.may(contracts.SECOND_FACTOR)
    ways = None if enrol else await doors.ways(backend, request)
    return show(
        here, "second-factor", status=status, unseen=True, onward=there, ways=ways, wrong=wrong, sent=sent
    )


def _said(refused: BackstayError) -> str:
    detail = refused.detail or ""
    if isinstance(refused, Invalid):
        return detail or refused.title
    return f"{refused.title}. {detail}".strip() if detail else f"{refused.title}."


def _wait(request: Request, refused: BackstayError) -> None:
    for name, value in refused.headers.items():
        if name.lower() == "retry-after":
            request.reply_headers.append((b"retry-after", value.encode("ascii")))
