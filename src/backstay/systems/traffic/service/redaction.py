"""Taking secrets out of what is kept. What looks like a secret goes; when in doubt, it goes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

import msgspec

from backstay.kernel.telemetry import looks_secret

HIDDEN: Final = "[redacted]"

# Beside the words that telemetry knows: names that mean something secret on the wire, also run together.
_SECRET_NAME: Final = re.compile(
    r"pass(word|wd|phrase|code)|secret|token|authori[sz]ation|cookie|session|credential|signature|pin$"
    r"|(api|private|secret|access|signing)[-_]?key|^(key|code|sig|state|nonce|auth)$|cvv|cvc"
    r"|card[-_]?number|iban|ssn",
    re.IGNORECASE,
)
_SECRET_SEGMENT: Final = re.compile(r"\{(\w*(token|secret|code|key)\w*)(:\w+)?\}", re.IGNORECASE)
_SECRET_VALUE: Final = re.compile(r"\beyJ[\w-]{8,}\.|^\s*(bearer|basic|digest|negotiate)\s", re.IGNORECASE)
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_URL: Final = re.compile(r"^([a-z][a-z0-9+.-]*:)?//[^/?#]*|^/", re.IGNORECASE)
_MAX_HEADERS: Final = 40
_MAX_VALUE: Final = 512
_MAX_PATH: Final = 1024
_MAX_QUERY: Final = 2048
_LONGEST_NAME: Final = 100
_LONGEST_PLAIN: Final = 15
"""Characters of a path's segment that is shown although no route vouches for it."""
_DEEPEST: Final = 64
_BODY_ROOM: Final = 4
"""Bodies up to so many times the cap are looked at."""


@lru_cache(4096)
def _known_secret(name: str) -> bool:
    return looks_secret(name) or _SECRET_NAME.search(name) is not None


def secret_name(name: str) -> bool:
    """Whether what goes by this name is hidden."""
    # Longer than any honest name: not worth a place in the cache.
    return len(name) > _LONGEST_NAME or _known_secret(name)


def path(sent: str, route: str | None) -> str:
    """The path; the route's template where one of its parameters is a secret.

    Where no route matched, nothing tells which part is a secret, so long parts go: a link's
    token is as secret with a letter too many, or under a method that the route does not take.
    """
    vouched = route if route is not None and _SECRET_SEGMENT.search(route) else sent
    shown = _unvouched(sent) if route is None else vouched
    return shown.replace("\0", "\ufffd")[:_MAX_PATH]


def headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Header names and values, secrets hidden, long values cut."""
    kept: dict[str, str] = {}
    for name, value in list(raw)[:_MAX_HEADERS]:
        text = name.decode("latin-1").lower()
        hidden = secret_name(text)
        kept[text[:_LONGEST_NAME]] = HIDDEN if hidden else _value(value.decode("latin-1"))
    return kept


def query(raw: bytes) -> str:
    """The query string with the values of secret names hidden."""
    if not raw:
        return ""
    pairs = parse_qsl(raw.decode("latin-1")[: 4 * _MAX_QUERY], keep_blank_values=True)
    hidden = [(name[:_LONGEST_NAME], HIDDEN if secret_name(name) else _value(value)) for name, value in pairs]
    return urlencode(hidden)[:_MAX_QUERY]


def body(raw: bytes | None, cap: int) -> str | None:
    """A JSON body with secrets hidden, cut at `cap` characters; other text cannot be judged and goes."""
    if not raw or not cap or len(raw) > _BODY_ROOM * cap:
        return None
    try:
        decoded = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if isinstance(decoded, str):
        return None  # it has no name by which to judge it
    text = msgspec.json.encode(_hide(decoded, 0)).decode()
    return text if len(text) <= cap else text[:cap] + "…"


def _hide(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return HIDDEN if _SECRET_VALUE.search(value) else value
    if depth == _DEEPEST:
        return HIDDEN
    if isinstance(value, dict):
        return {name: HIDDEN if secret_name(name) else _hide(item, depth + 1) for name, item in value.items()}
    if isinstance(value, list):
        return [_hide(item, depth + 1) for item in value]
    return value


def _value(text: str) -> str:
    """The value of a name that is no secret: hidden if it is a credential, without secrets if it is a URL."""
    if _SECRET_VALUE.search(text):
        return HIDDEN
    if "/" in text and (begin := _URL.match(text)) is not None:
        text = _address(text, begin.end())
    return text[:_MAX_VALUE].replace("\0", "\ufffd")


def _address(text: str, end_of_host: int) -> str:
    """A URL (`Referer`, `Location`) without password, secret parameters, fragment and long parts."""
    rest = text[end_of_host:].partition("#")[0]
    shown, _, parameters = rest.partition("?")
    host = text[:end_of_host]
    if "@" in host:
        host = f"{host[: host.index('//') + 2]}{HIDDEN}@{host.rpartition('@')[2]}"
    address = host + _unvouched(shown)
    return f"{address}?{query(parameters.encode('latin-1', 'replace'))}" if parameters else address


def _unvouched(sent: str) -> str:
    return "/".join(
        part if len(part) <= _LONGEST_PLAIN or _UUID.fullmatch(part) else HIDDEN for part in sent.split("/")
    )
