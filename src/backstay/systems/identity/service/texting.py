"""`SMS_URL`: where codes by SMS leave; and the numbers that they go to."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from backstay.kernel.errors import FieldError, Invalid
from backstay.kernel.settings import Problem, Secret, Settings, SettingsError, nearest
from backstay.systems.identity.engines.twilio import Twilio
from backstay.systems.identity.settings import IdentitySettings

_NUMBER: Final = re.compile(r"\+[1-9][0-9]{7,14}")
"""E.164: a country's code and up to fifteen digits with it. Whether anybody has it, its code tells."""
_DECORATION: Final = re.compile(r"[\s().\-/\u2010-\u2015\u00a0]+")
_KNOWN: Final = ("from", "messaging_service", "ca", "account")
_SIDS: Final = {"messaging_service": "MG", "account": "AC"}


class _UnusableError(Exception):
    """Why a URL cannot be used; never holds the URL, which has a secret in it."""


class Texts:
    """Where texts leave."""

    def __init__(self, settings: Settings) -> None:
        """Read the setting.

        Raises:
            SettingsError: `identity.sms_url` cannot be used; it says why, without the secret.
        """
        url = settings.module(IdentitySettings).sms_url
        production = settings.app.environment == "production"
        self.twilio: Twilio | None = None
        self.keeps = url is None and not production
        """Whether texts are kept for operators to read, and not sent."""
        if url is None:
            return
        try:
            self.keeps = _keeps(url.reveal(), production=production)
            self.twilio = None if self.keeps else _twilio(url.reveal())
        except _UnusableError as unusable:
            source = settings.source("identity.sms_url")
            raise SettingsError([Problem("identity.sms_url", source, str(unusable))]) from None

    @property
    def available(self) -> bool:
        """Whether anybody can be sent a code here."""
        return self.keeps or self.twilio is not None


def number_of(text: str, prefixes: tuple[str, ...]) -> str:
    """A phone's number as E.164 writes it.

    Raises:
        Invalid: it is none, has no country, or is of a country that codes do not go to.
    """
    number = _DECORATION.sub("", text)
    if _NUMBER.fullmatch(number) is None:
        message = "must be a number with its country, such as +44 7700 900123"
        raise Invalid(FieldError(pointer="/number", code="format", message=message))
    if prefixes and not number.startswith(prefixes):
        message = "codes do not go to numbers that begin like this"
        raise Invalid(FieldError(pointer="/number", code="prefix", message=message))
    return number


def _keeps(text: str, *, production: bool) -> bool:
    if not text.startswith("console:"):
        return False
    if production:
        raise _UnusableError("keeps codes where operators read them, which production does not allow")
    return True


def _twilio(text: str) -> Twilio:
    try:
        parts = urlsplit(text)
        port = parts.port or 443
    except ValueError:
        raise _UnusableError("is no URL (special characters in secrets are written %2C, %40…)") from None
    if parts.scheme != "twilio" or not parts.hostname:
        raise _UnusableError("must be console: or twilio://SID:secret@api.twilio.com?from=+15005550006")
    options = dict(parse_qsl(parts.query.replace("+", "%2B"), keep_blank_values=True))
    for name in options:
        if name not in _KNOWN:
            raise _UnusableError(f"has an unknown parameter {name!r}{nearest(name, _KNOWN)}")
    user, secret = unquote(parts.username or ""), unquote(parts.password or "")
    account = options.get("account", user)
    for name, sid in (("account", account), ("messaging_service", options.get("messaging_service"))):
        if sid is not None and re.fullmatch(rf"{_SIDS[name]}[0-9a-zA-Z]{{1,40}}", sid) is None:
            raise _UnusableError(
                f"has no {name} that begins with {_SIDS[name]}: with an API key, add account=AC…"
            )
    if not secret:
        raise _UnusableError("names no secret")
    return Twilio(
        host=parts.hostname,
        port=port,
        account=account,
        user=user,
        secret=Secret(secret),
        sender=_sender(options),
        ca=_ca(options.get("ca")),
    )


def _sender(options: dict[str, str]) -> tuple[str, str]:
    sender, service = options.get("from"), options.get("messaging_service")
    if (sender is None) == (service is None):
        raise _UnusableError("must name one of from=+… and messaging_service=MG…")
    return ("From", sender) if sender is not None else ("MessagingServiceSid", service or "")


def _ca(text: str | None) -> Path | None:
    if text is None:
        return None
    path = Path(text)
    if not path.is_file():
        raise _UnusableError("has a ca= that is no file")
    return path
