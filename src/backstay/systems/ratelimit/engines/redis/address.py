"""Where the limits' Redis is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

PREFIX: Final = "backstay"


@dataclass(frozen=True)
class Address:
    """`redis://host:6379/0?prefix=backstay`, or `rediss:` for TLS."""

    url: str
    """As redis-py writes it, without our own parameters."""
    prefix: str

    @classmethod
    def parse(cls, url: str) -> Address:
        """Take our parameter out of the URL.

        Raises:
            ValueError: it names no Redis, or its prefix has characters that a hash tag cannot have.
        """
        parts = urlsplit(url)
        if parts.scheme not in {"redis", "rediss", "unix"}:
            raise ValueError(
                f"RATELIMIT_URL begins with {parts.scheme!r}; a Redis is redis:, rediss: or unix:"
            )
        query = dict(parse_qsl(parts.query))
        prefix = query.pop("prefix", PREFIX)
        if re.fullmatch(r"[A-Za-z0-9_.:-]{1,64}", prefix) is None:
            raise ValueError(
                f"RATELIMIT_URL has the prefix {prefix!r}; use at most 64 letters, digits, or any of '_.:-'"
            )
        return cls(urlunsplit(parts._replace(query=urlencode(query))), prefix)

    @property
    def limits(self) -> bytes:
        """What the keys of limits begin with; the braces are a hash tag: a request's keys share a slot."""
        return b"{%b}:limit:" % self.prefix.encode()

    @property
    def places(self) -> bytes:
        """What the keys of places begin with."""
        return b"{%b}:place:" % self.prefix.encode()
