"""The mock provider's pages, and the way back to the shop. They run and fetch nothing."""

from __future__ import annotations

import logging
from html import escape
from typing import ClassVar, Final
from urllib.parse import urlencode

from backstay.kernel.backend import Backend
from backstay.kernel.database import UnitOfWork
from backstay.kernel.errors import BackstayError
from backstay.kernel.http import Controller, FromPath, Request, Response, get, post
from backstay.kernel.money import exponent
from backstay.systems.payments.contracts import OPEN
from backstay.systems.payments.engines.mock import Choice
from backstay.systems.payments.errors import NoSuchPage
from backstay.systems.payments.queries.mock import MockSession
from backstay.systems.payments.service import calling, payments
from backstay.systems.payments.service.part import Payments, house_of

_log: Final = logging.getLogger("backstay.payments")
_HEADERS: Final = {
    "cache-control": "no-store",
    "x-robots-tag": "noindex, nofollow",
    "referrer-policy": "no-referrer",
}
_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 1.1rem/1.6 system-ui, sans-serif; max-width: 34rem; margin: 4rem auto; padding: 0 1rem }}
:root {{ color-scheme: light dark }}
button {{ font: inherit; padding: .6rem 1.2rem; display: block; margin: .6rem 0; width: 100% }}
.amount {{ font-size: 2rem }}
table {{ width: 100%; border-collapse: collapse }}
td + td {{ text-align: right; font-variant-numeric: tabular-nums }}
</style></head><body><main><h1>{title}</h1>{content}</main></body></html>
"""
_BUTTON: Final = '<button formaction="/v1/payments/mock/{reference}/{choice}">{words}</button>'
_FIRST: Final = {
    "pay": "Pay",
    "challenge": "Pay with 3-D Secure",
    "decline": "Pay with a card that is declined",
    "abandon": "Leave without paying",
}
_SECOND: Final = {"approve": "It is me", "refuse": "It is not me", "abandon": "Leave without answering"}


class MockPageController(Controller):
    """What a customer sees at the mock provider: no card, no money, every outcome at hand."""

    path: ClassVar[str] = "/payments/mock"
    name: ClassVar[str] = "mock_payment"

    @get("/{reference:str}", public=True, hidden=True, problems=[NoSuchPage])
    async def show(self, request: Request, backend: Backend, reference: FromPath[str]) -> Response[str]:
        """Show what is to be paid, and the ways in which it can go."""
        _hide(request, "mock")
        session = await backend.part(Payments).mock.page(reference)
        return _page(session, over=session.expires_at <= backend.clock.now())

    @post(
        "/{reference:str}/{choice:str}",
        public=True,
        hidden=True,
        status=303,
        problems=[NoSuchPage],
        body_limit=4096,
    )
    async def choose(
        self, request: Request, uow: UnitOfWork, reference: FromPath[str], choice: FromPath[Choice]
    ) -> Response[str]:
        """Do what was chosen; then back to the shop, or to the page for what is left to do."""
        _hide(request, "mock")
        mock = uow.part(Payments).mock
        session = await mock.choose(uow, reference, choice)
        stays = session.status in {"pending", "challenged"} and choice != "abandon"
        return _redirect(mock.url_of(reference) if stays else session.return_url)


class ReturnController(Controller):
    """Where a provider sends the customer back to."""

    path: ClassVar[str] = "/payments/return"
    name: ClassVar[str] = "payment_return"

    @get("/{token:str}", public=True, hidden=True, any_query=True, status=303, problems=[NoSuchPage])
    async def come_back(self, request: Request, backend: Backend, token: FromPath[str]) -> Response[str]:
        """Catch up with the provider, for its event may be later than its customer; then on to the shop."""
        _hide(request, "return")
        organization_id, payment_id = backend.part(Payments).returned(token)
        house = house_of(organization_id)
        reader = backend.database.reader(house)
        payment = await payments.find(reader, payment_id)
        if payment.status in OPEN:
            try:
                await calling.sync(backend.database, house, payment_id)
            except BackstayError as failure:
                # The event, or the reconciliation, will tell.
                _log.warning("payments: could not catch up with %s: %s", payment_id, failure)
            payment = await payments.find(reader, payment_id)
        said = urlencode({"payment": str(payment.id), "payment_status": payment.status.value})
        address, hash_, fragment = payment.return_url.partition("#")
        joint = "&" if "?" in address else "?"
        return _redirect(f"{address}{joint}{said}{hash_}{fragment}")


def _hide(request: Request, what: str) -> None:
    # Whoever has the address may use it, so it must not reach logs and traces with the path.
    request.record.path = f"/v1/payments/{what}/[token]"


def _redirect(location: str) -> Response[str]:
    return Response("", status=303, headers={**_HEADERS, "location": location})


def _page(session: MockSession, *, over: bool) -> Response[str]:
    choices = _SECOND if session.status == "challenged" else _FIRST
    about = f"<p>{escape(session.description)}</p>{_sum(session)}"
    error = f'<p role="alert">That did not work: {escape(session.error)}.</p>' if session.error else ""
    if over or session.status not in {"pending", "challenged"}:
        title, content = "Nothing left to pay here", about + f"<p>This page is over: {session.status}.</p>"
    else:
        title = "Is it really you?" if session.status == "challenged" else "Pay"
        buttons = "".join(
            _BUTTON.format(reference=escape(session.reference), choice=choice, words=words)
            for choice, words in choices.items()
        )
        note = "<p>A page of the mock provider: no money moves.</p>"
        content = f'{about}{error}<form method="post">{buttons}</form>{note}'
    page = _PAGE.format(title=title, content=content)
    return Response(page, headers=_HEADERS, media_type="text/html; charset=utf-8")


def _sum(session: MockSession) -> str:
    """What is to be paid, and what was taken off before."""
    amount = f'<p class="amount">{_shown(session.amount, session.currency)}</p>'
    if not session.discounts:
        return amount
    before = session.amount + sum(session.discounts.values())
    rows = "".join(
        f"<tr><td>{escape(code)}</td><td>&minus;{_shown(off, session.currency)}</td></tr>"
        for code, off in session.discounts.items()
    )
    first = f"<tr><td>Before discounts</td><td>{_shown(before, session.currency)}</td></tr>"
    return f"<table>{first}{rows}</table>{amount}"


def _shown(amount: int, currency: str) -> str:
    places = exponent(currency)
    whole, part = divmod(amount, 10**places)
    return f"{whole}.{part:0{places}} {currency}" if places else f"{whole} {currency}"
