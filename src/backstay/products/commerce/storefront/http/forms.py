"""What pages send: forms, and only from pages of ours."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from backstay.kernel.auth import METHOD_HEADER, CrossSiteRequest, is_from_own_page
from backstay.kernel.backend import Backend
from backstay.kernel.errors import BadRequest
from backstay.kernel.http import Request

FORM_LIMIT: Final = 16 * 1024
"""Bytes that a form may have."""
_FORM: Final = "application/x-www-form-urlencoded"
_MOST: Final = 40
_MANY: Final = 9


async def form_of(request: Request, *, as_typed: Collection[str] = ()) -> dict[str, str]:
    """The fields that were sent, without the spaces around them; of a name that came twice, the last.

    `as_typed`: fields whose spaces mean something, as a password's do.

    Raises:
        BadRequest: it is not the form of a page.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _FORM:
        raise BadRequest("Send the form as it is on the page.")
    try:
        text = (await request.body()).decode()
        fields = parse_qs(text, keep_blank_values=True, max_num_fields=_MOST, errors="strict")
    except ValueError:
        raise BadRequest("Send the form as it is on the page.") from None
    if any("\0" in value for values in fields.values() for value in values):
        raise BadRequest("A field holds a NUL character.")
    return {name: values[-1] if name in as_typed else values[-1].strip() for name, values in fields.items()}


def refuse_strange_page(backend: Backend, request: Request) -> None:
    """Let a form pass that a page of ours sent; its cookie proves a cart or an order.

    Raises:
        CrossSiteRequest: another site may have provoked it.
    """
    public = urlsplit(backend.settings.http.public_url or "")
    own = [f"{public.scheme}://{public.netloc}"] if public.netloc else []
    if not is_from_own_page({**request.headers, METHOD_HEADER: request.method}, own):
        raise CrossSiteRequest("Send the form from a page of this shop.")


def id_in(fields: dict[str, str], name: str) -> UUID | None:
    """A field that holds an id; None where it is missing or no id."""
    try:
        return UUID(fields.get(name, ""))
    except ValueError:
        return None


def number_in(fields: dict[str, str], name: str, default: int) -> int:
    """A field that holds a whole number; the default where it is missing or none."""
    text = fields.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MANY else default
