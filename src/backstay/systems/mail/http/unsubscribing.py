"""One-click unsubscribe (RFC 8058), for anyone with the link: no cookies, no login."""

from __future__ import annotations

from html import escape
from typing import ClassVar, Final

from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.http import Controller, FromPath, Request, Response, get, post
from backstay.systems.mail import service
from backstay.systems.mail.errors import NoSuchUnsubscribe

_UNSEEN: Final = {"cache-control": "no-store", "x-robots-tag": "noindex, nofollow"}
_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 1.1rem/1.6 system-ui, sans-serif; max-width: 34rem; margin: 4rem auto; padding: 0 1rem }}
:root {{ color-scheme: light dark }}
button {{ font: inherit; padding: .6rem 1.2rem }}
</style></head><body><main><h1>{title}</h1>{content}</main></body></html>
"""


class UnsubscribeController(Controller):
    """The link in the header of every mail that has a category."""

    path: ClassVar[str] = "/mail/unsubscribe"
    name: ClassVar[str] = "unsubscribe"

    @get("/{token:str}", public=True, hidden=True, problems=[NoSuchUnsubscribe])
    async def ask(self, request: Request, reader: Reader, token: FromPath[str]) -> Response[str]:
        """Ask whether to unsubscribe. This never unsubscribes: scanners of mail follow links, too."""
        _hide(request)
        found = service.unsubscription_of(reader, token)
        content = (
            f"<p>No more mails about <b>{escape(found.category)}</b> to <b>{escape(found.address)}</b>?</p>"
            '<form method="post"><button>Unsubscribe</button></form>'
        )
        return _page("Unsubscribe", content)

    @post("/{token:str}", public=True, hidden=True, status=200, problems=[NoSuchUnsubscribe], body_limit=4096)
    async def unsubscribe(self, request: Request, uow: UnitOfWork, token: FromPath[str]) -> Response[str]:
        """Unsubscribe. Doing it again changes nothing."""
        _hide(request)
        done = await service.unsubscribe(uow, token)
        content = (
            f"<p><b>{escape(done.address)}</b> gets no more mails about <b>{escape(done.category)}</b>.</p>"
        )
        return _page("You are unsubscribed", content)


def _hide(request: Request) -> None:
    # The token lets its holder unsubscribe somebody, so it must not reach logs and traces with the path.
    request.record.path = "/v1/mail/unsubscribe/[token]"


def _page(title: str, content: str) -> Response[str]:
    page = _PAGE.format(title=title, content=content)
    return Response(page, headers=_UNSEEN, media_type="text/html; charset=utf-8")
