"""Lists over HTTP: `limit`, `sort`, `cursor` and typed filters in the query, a `Link` in the answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from urllib.parse import parse_qsl, quote, urlencode

import msgspec

from backstay.kernel.database import MAX_LIMIT, MAX_SORTS, Listing, ListRequest, Page
from backstay.kernel.errors import FieldError
from backstay.kernel.http.conversion import check_text, from_text
from backstay.kernel.http.validation import control_characters

if TYPE_CHECKING:
    from backstay.kernel.http.request import Request

DEFAULT_LIMIT: Final = 20
MAX_CURSOR: Final = 2048
CURSOR_PATTERN: Final = "^[A-Za-z0-9_-]+$"
"""What a cursor is made of: base64url without padding (RFC 4648, 5)."""
_CURSOR: Final = re.compile(CURSOR_PATTERN.strip("^$"))
_PLAIN_PATH: Final = re.compile("[A-Za-z0-9_.~/-]+")
"""What `quote` leaves as it is."""
_PLAIN_QUERY: Final = re.compile("(?:[A-Za-z0-9_.-]+=[A-Za-z0-9_.,~-]*(?:&(?!$)|$))*")
_REMEMBERED: Final = 64
"""Queries of one list."""
_LONGEST_REMEMBERED: Final = 256
LIST_NAMES: Final = ("limit", "sort", "cursor")
"""The query parameters of every list."""

ListQuery: TypeAlias = ListRequest
"""Take it as a parameter of a route with `listing=`; pass it on to `Reader.page`."""


def apart(query: bytes) -> tuple[bytes, bytes | None]:
    """The query but for its cursor, and the cursor as it is written there, where that stands at the end.

    There links have it (`link_header`). Where it stands elsewhere, or twice, it is left in the query.
    """
    rest, cursor_name, cursor = query.rpartition(b"cursor=")
    if not cursor_name or b"&" in cursor or not (rest == b"" or rest.endswith(b"&")):
        return query, None
    return rest[:-1], cursor


class ListReader:
    """Reads what queries ask of one list, and remembers what it was asked for before.

    Clients turn pages: the same sort and the same filters again, under another cursor.
    """

    def __init__(
        self, listing: Listing[Any], refuse: Callable[[Request, list[FieldError]], None] | None
    ) -> None:
        """`refuse`: complains of parameters that the route does not take; None where it takes any."""
        self._listing = listing
        self._refuse = refuse
        self._known: dict[bytes, ListRequest] = {}

    def __call__(self, request: Request, errors: list[FieldError]) -> ListRequest:
        """What the request's query asks of the list; every fault is added to `errors`."""
        rest, written = apart(request.scope["query_string"])
        known = self._known.get(rest)
        if known is not None:
            cursor = None if written is None else written.decode("latin-1")
            if cursor is None or (len(cursor) <= MAX_CURSOR and _CURSOR.fullmatch(cursor)):
                return ListRequest(
                    limit=known.limit, sort=known.sort, cursor=cursor, filters={**known.filters}
                )
        faults = len(errors)
        asked = read_list(self._listing, request.query, errors)
        if self._refuse is not None:
            self._refuse(request, errors)
        # The second: its cursor stands elsewhere, and so in the rest.
        if len(errors) == faults and (written is None) == (asked.cursor is None):
            self._remember(rest, asked)
        return asked

    def _remember(self, rest: bytes, asked: ListRequest) -> None:
        if len(rest) > _LONGEST_REMEMBERED:
            return
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[rest] = asked


def read_list(listing: Listing[Any], query: Mapping[str, list[str]], errors: list[FieldError]) -> ListRequest:
    """What the query asks of the list; every fault is added to `errors`."""
    single: dict[str, str] = {}
    for name, values in query.items():
        if name not in LIST_NAMES and name not in listing.filters:
            continue  # not the list's: the route's own, or complained of elsewhere
        if len(values) > 1:
            errors.append(FieldError(pointer=f"?{name}", code="duplicate", message="is given more than once"))
        else:
            single[name] = values[0]
    return ListRequest(
        limit=_limit(single.get("limit"), errors),
        sort=_sort(listing, single.get("sort"), errors),
        cursor=_cursor(single.get("cursor"), errors),
        filters={
            name: _filter(chosen.type, name, single[name], errors)
            for name, chosen in listing.filters.items()
            if name in single
        },
    )


def _limit(text: str | None, errors: list[FieldError]) -> int:
    if text is None:
        return DEFAULT_LIMIT
    if text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MAX_LIMIT:
        return int(text)
    errors.append(
        FieldError(pointer="?limit", code="range", message=f"must be a whole number from 1 to {MAX_LIMIT}")
    )
    return DEFAULT_LIMIT


def _sort(listing: Listing[Any], text: str | None, errors: list[FieldError]) -> tuple[str, ...]:
    if text is None:
        return ()
    words = tuple(word.strip() for word in text.split(","))
    if len(words) > MAX_SORTS:
        errors.append(FieldError(pointer="?sort", code="length", message=f"must name at most {MAX_SORTS}"))
    offered = ", ".join(sorted(listing.sorts)) or "none"
    kept: dict[str, str] = {}
    for word in words:
        name = word.removeprefix("-")
        if name not in listing.sorts:
            message = f"cannot sort by {name[:40]!r}; there are: {offered}"
            errors.append(FieldError(pointer="?sort", code="choice", message=message))
        kept.setdefault(name, word)  # sorting by a key once more changes nothing
    return tuple(kept.values())


def _cursor(text: str | None, errors: list[FieldError]) -> str | None:
    if text is not None and (len(text) > MAX_CURSOR or not _CURSOR.fullmatch(text)):
        errors.append(FieldError(pointer="?cursor", code="format", message="is not a cursor of this API"))
        return None
    return text


def _filter(kind: Any, name: str, text: str, errors: list[FieldError]) -> Any:
    pointer = f"?{name}"
    try:
        value = from_text(kind, text)
    except msgspec.ValidationError:
        errors += check_text(kind, text, pointer)
        return None
    if "\0" in text:
        errors += control_characters(text, pointer)
    return value


def link_header(path: str, query: bytes, page: Page[Any]) -> bytes | None:
    """`Link` to the pages around this one (RFC 8288), the rest of the query kept; None if there are none."""
    if page.next_cursor is None and page.previous_cursor is None:
        return None
    rest, cursor = apart(query)
    if cursor is None and b"cursor=" in rest:
        rest = b"&".join([pair for pair in rest.split(b"&") if not pair.startswith(b"cursor=")])
    # A cursor is base64url and needs no quoting.
    before = _address(path, rest.decode("ascii"))
    links = [
        f'<{before}{cursor}>; rel="{relation}"'
        for relation, cursor in (("next", page.next_cursor), ("prev", page.previous_cursor))
        if cursor is not None
    ]
    return ", ".join(links).encode()


@lru_cache(1024)
def _address(path: str, rest: str) -> str:
    """Where a list is, for a cursor to follow; not decoded and encoded anew where nothing in it is quoted."""
    path = path if _PLAIN_PATH.fullmatch(path) else quote(path)
    if not _PLAIN_QUERY.fullmatch(rest):
        pairs = parse_qsl(rest, keep_blank_values=True)
        rest = urlencode([(name, value) for name, value in pairs if name != "cursor"])
    return f"{path}?{rest}&cursor=" if rest else f"{path}?cursor="
