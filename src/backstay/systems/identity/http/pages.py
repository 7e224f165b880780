"""Plain pages with a form: they run nothing, fetch nothing, and are kept by nobody."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qs

from backstay.kernel.errors import BadRequest
from backstay.kernel.http import Request, Response

_FORM: Final = "application/x-www-form-urlencoded"
_UNSEEN: Final = {
    "cache-control": "no-store",
    "x-robots-tag": "noindex, nofollow",
}
_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 1.1rem/1.6 system-ui, sans-serif; max-width: 34rem; margin: 4rem auto; padding: 0 1rem }}
:root {{ color-scheme: light dark }}
button, input {{ font: inherit; padding: .6rem 1rem; display: block; margin: .4rem 0 1rem; width: 100% }}
button, input {{ box-sizing: border-box }}
</style></head><body><main><h1>{title}</h1>{content}</main></body></html>
"""


async def fields_of(request: Request, *, most: int = 4) -> dict[str, str]:
    """The fields of a form that was sent.

    Raises:
        BadRequest: it is not the form of a page.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _FORM:
        raise BadRequest("Send the form as it is on the page.")
    try:
        fields = parse_qs((await request.body()).decode(), strict_parsing=True, max_num_fields=most)
    except ValueError:
        raise BadRequest("Send the form as it is on the page.") from None
    return {name: values[0] for name, values in fields.items()}


def page_of(title: str, content: str, *, status: int = 200) -> Response[str]:
    """A page; `content` is HTML."""
    page = _PAGE.format(title=title, content=content)
    return Response(page, status=status, headers=_UNSEEN, media_type="text/html; charset=utf-8")
