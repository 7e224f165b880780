"""Backstay's own options in PostgreSQL's URL: `app_role=NAME` and `pgbouncer=true`."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

_ROLE: Final = "app_role"
_POOLER: Final = "pgbouncer"
_NAME: Final = re.compile(r"[a-z_][a-z0-9_]{0,62}")


def app_role_of(url: str) -> str | None:
    """The role of the second wall that the URL asks for, if it asks for one.

    Raises:
        ValueError: it is no plain lower-case name.
    """
    role = _options(url).get(_ROLE)
    if role is not None and _NAME.fullmatch(role) is None:
        raise ValueError(f"app_role={role!r} in DATABASE_URL must be a lower-case name of letters and digits")
    return role


def is_pooled(url: str) -> bool:
    """Whether a proxy that lends connections by the transaction stands before the database.

    Nothing then outlives a transaction: no prepared statement, no LISTEN, no setting.

    Raises:
        ValueError: the option is neither `true` nor `false`.
    """
    said = _options(url).get(_POOLER, "false")
    if said not in {"true", "false"}:
        raise ValueError(f"pgbouncer={said!r} in DATABASE_URL must be true or false")
    return said == "true"


def driver_url(url: str) -> str:
    """The URL as drivers take it: without our options."""
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    kept = [pair for pair in pairs if pair[0] not in {_ROLE, _POOLER}]
    return url if kept == pairs else urlunsplit(parts._replace(query=urlencode(kept)))


def _options(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))
