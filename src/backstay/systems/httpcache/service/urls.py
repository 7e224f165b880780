"""Addresses as keys: what clients may write in several ways is written in one."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

PORTS: Final = {"http": ":80", "https": ":443"}


def canonical(url: str) -> str:
    """A URL with its scheme and host in lower case, without the scheme's own port and a fragment.

    Path and query stay to the letter: which of them mean the same, only the origin knows.

    Raises:
        ValueError: it is none of http or https.
    """
    scheme, _, rest = url.partition("://")
    scheme = scheme.lower()
    try:
        parts = urlsplit(url)
        _ = parts.port  # judged when it is asked for
    except ValueError:
        raise ValueError(f"{url!r} is no address of http or https") from None
    if scheme not in PORTS or not parts.hostname or parts.username is not None:
        raise ValueError(f"{url!r} is no address of http or https")
    authority, slash, path = rest.partition("#")[0].partition("/")
    return f"{scheme}://{authority.lower().removesuffix(PORTS[scheme])}/{path if slash else ''}"


def is_address(url: str) -> bool:
    """Whether it is an address of http or https, which `canonical` takes."""
    try:
        canonical(url)
    except ValueError:
        return False
    return True
