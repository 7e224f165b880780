"""How a contender is spoken to: the same paths and bodies for all, each with its own token."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import jwt

from bench.http_crud.data import User

SECRET: Final = "the-key-that-signs-every-token-of-this-benchmark"
"""Known to all contenders and worth nothing elsewhere."""


POOL_SIZE: Final = 8
"""The most database connections a contender may hold."""


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """What differs between contenders on the wire."""

    token: Callable[[User, Sequence[str], datetime], str]
    """A signed token of a user with these scopes that ends then."""
    list_path: Callable[[str, str | None], str]
    """The path of a page of 20 of one status, newest first, from a cursor on."""
    wrong: frozenset[int] = frozenset({400, 422})
    """How it may answer a request with invalid fields."""


def in_half_a_day() -> datetime:
    """When the benchmark's tokens end."""
    return datetime.now(UTC) + timedelta(hours=12)


def peers_token(user: User, scopes: Sequence[str], ends: datetime) -> str:
    """The token that the peers read: HS256, with the organization and an OAuth `scope`."""
    claims: dict[str, Any] = {
        "sub": str(user.id),
        "org": str(user.organization_id),
        "scope": " ".join(scopes),
        "iat": int(datetime.now(UTC).timestamp()),
        "exp": int(ends.timestamp()),
    }
    return jwt.encode(claims, SECRET, algorithm="HS256")


def peers_list_path(status: str, cursor: str | None) -> str:
    """The peers' spelling of a page."""
    path = f"/v1/items?status={status}&limit=20"
    return f"{path}&cursor={cursor}" if cursor else path


PEERS: Final = Dialect(token=peers_token, list_path=peers_list_path)
