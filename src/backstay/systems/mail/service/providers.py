"""`MAIL_URL`: which providers there are, in the order in which they are tried."""

from __future__ import annotations

import re
from ipaddress import ip_address
from pathlib import Path
from typing import Final, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from msgspec import Struct

from backstay.kernel.settings import Problem, Secret, Settings, SettingsError, nearest, parse_duration
from backstay.systems.mail.settings import MailSettings

_PORTS: Final = {"smtp": 587, "smtps": 465}
_RATE: Final = re.compile(r"(\d{1,7})/(.+)")
_KNOWN: Final = ("tls", "rate", "connections", "ca")
Tls = Literal["none", "starttls", "implicit"]


class Provider(Struct, frozen=True, kw_only=True):
    """One place where mails can leave."""

    name: str
    """`smtp.example.com:587`: shown in the ledger; unique within the deployment."""
    kind: Literal["console", "smtp"]
    host: str = ""
    port: int = 0
    user: str | None = None
    password: Secret | None = None
    tls: Tls = "none"
    ca: Path | None = None
    """Whose certificates are believed; the machine's when None."""
    connections: int = 4
    """Open at once, in each process."""
    rate: tuple[int, float] | None = None
    """(mails, seconds): how many may be handed to it in that time, counted over all workers."""


class _UnusableError(Exception):
    """Why a URL cannot be used; never holds the URL, which has a password in it."""


def providers_of(settings: Settings) -> tuple[Provider, ...]:
    """The providers of a deployment.

    Raises:
        SettingsError: `mail.url` cannot be used; names what is wrong, without its password.
    """
    url = settings.module(MailSettings).url
    if url is None:
        return (Provider(name="console", kind="console"),)
    try:
        return _named([_provider(part.strip()) for part in url.reveal().split(",")])
    except _UnusableError as unusable:
        raise SettingsError([Problem("mail.url", settings.source("mail.url"), str(unusable))]) from None


def _named(providers: list[Provider]) -> tuple[Provider, ...]:
    names = [provider.name for provider in providers]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise _UnusableError(f"names {twice} twice: each provider once")
    if len(names) > 1 and "console" in names:
        raise _UnusableError("has console: beside others: it takes every mail, so it stands alone")
    return tuple(providers)


def _provider(text: str) -> Provider:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise _UnusableError(
            "holds something that is no URL (special characters in passwords are written %2C, %40…)"
        ) from None
    if parts.scheme == "console":
        return Provider(name="console", kind="console")
    if parts.scheme not in _PORTS:
        raise _UnusableError("must begin with console:, smtp:// or smtps://")
    if not parts.hostname:
        raise _UnusableError("names no host: smtp://user:password@host:587")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    for name in options:
        if name not in _KNOWN:
            raise _UnusableError(f"has an unknown parameter {name!r}{nearest(name, _KNOWN)}")
    port = port or _PORTS[parts.scheme]
    if (parts.username is None) != (parts.password is None):
        raise _UnusableError("must name both user and password, or neither")
    tls = _tls(parts.scheme, options.get("tls"), parts.hostname)
    if parts.username is not None and tls == "none" and not _is_loopback(parts.hostname):
        raise _UnusableError("would send the password in clear: take tls=none out")
    return Provider(
        name=f"{parts.hostname}:{port}",
        kind="smtp",
        host=parts.hostname,
        port=port,
        user=None if parts.username is None else unquote(parts.username),
        password=None if parts.password is None else Secret(unquote(parts.password)),
        tls=tls,
        ca=_ca(options.get("ca")),
        connections=_connections(options.get("connections", "4")),
        rate=_rate(options.get("rate")),
    )


def _tls(scheme: str, wanted: str | None, host: str) -> Tls:
    if scheme == "smtps":
        if wanted not in {None, "implicit"}:
            raise _UnusableError(
                "smtps:// is TLS from the first byte; for STARTTLS write smtp://…?tls=starttls"
            )
        return "implicit"
    match wanted:
        case None:
            # What does not leave the machine needs no TLS; everything else gets it, or does not go.
            return "none" if _is_loopback(host) else "starttls"
        case "none" | "starttls":
            return wanted
        case _:
            raise _UnusableError("has a wrong tls=: starttls or none")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _ca(text: str | None) -> Path | None:
    if text is None:
        return None
    path = Path(text)
    if not path.is_file():
        raise _UnusableError("has a ca= that is no file")
    return path


def _connections(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:4]) <= 100:
        raise _UnusableError("has a wrong connections=: a number from 1 to 100")
    return int(text)


def _rate(text: str | None) -> tuple[int, float] | None:
    if text is None:
        return None
    match = _RATE.fullmatch(text)
    try:
        rate = (int(match[1]), parse_duration(match[2])) if match else (0, 0.0)
    except ValueError:
        rate = (0, 0.0)
    if rate[0] < 1 or rate[1] <= 0:
        raise _UnusableError("has a wrong rate=: mails and a time, such as 14/1s or 1000/1h")
    return rate
