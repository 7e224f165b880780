"""What every kind of identity provider has in common: what it is asked, what it says, and how it fails."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Protocol, TypeVar
from urllib.parse import quote, urlencode

import msgspec
from msgspec import Struct

from backstay.systems.identity.service.outgoing import NoAnswer, Outgoing
from backstay.systems.identity.settings import ProviderSettings

T = TypeVar("T")

_FORM: Final = "application/x-www-form-urlencoded"


class BadAnswer(Exception):
    """What a provider says does not hold; the message says why, for the log."""


class Question(Struct, frozen=True, kw_only=True):
    """One visit to a provider, as it is told there and as its answer is judged by."""

    redirect_uri: str
    state: str
    nonce: str
    verifier: str
    """PKCE's (RFC 7636)."""
    challenge: str
    """The verifier's SHA-256."""
    again: bool
    """Whether the provider shall ask for the password, or whatever it asks for, once more."""
    began_at: datetime


class Vouched(Struct, frozen=True, kw_only=True):
    """Who a provider says that somebody is."""

    issuer: str
    subject: str
    mail: str
    """An address that the provider says is theirs and verified; empty when it says that of none."""
    name: str
    second_factor: bool = False
    """Whether they showed one there, as far as the settings let that count."""
    proven_at: datetime | None = None
    """When they signed in there; None when it does not say."""


class Provider(Protocol):
    """Somebody who vouches for people."""

    settings: ProviderSettings

    async def address(self, question: Question) -> str:
        """Where to send the browser.

        Raises:
            NoAnswer: the provider does not say where it is asked.
            BadAnswer: what it says does not hold.
        """
        ...

    async def vouched(self, question: Question, code: str, issuer: str | None) -> Vouched:
        """Who came back with the code; `issuer` is what the answer says of itself (RFC 9207).

        Raises:
            NoAnswer: the provider does not answer.
            BadAnswer: what it says does not hold.
        """
        ...


class Client:
    """Us, as a provider knows us."""

    def __init__(self, settings: ProviderSettings, outgoing: Outgoing) -> None:
        self._settings = settings
        self._outgoing = outgoing

    def authorization(self, endpoint: str, question: Question, scopes: tuple[str, ...], **more: str) -> str:
        """The authorization request (RFC 6749, 4.1.1; RFC 7636, 4.3)."""
        asked = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": question.redirect_uri,
            "scope": " ".join(self._settings.scopes or scopes),
            "state": question.state,
            "code_challenge": question.challenge,
            "code_challenge_method": "S256",
            **more,
        }
        return endpoint + ("&" if "?" in endpoint else "?") + urlencode(asked, quote_via=quote)

    async def redeem(
        self, endpoint: str, question: Question, code: str, kind: type[T], *, by_header: bool
    ) -> T:
        """What the provider gives for a code (RFC 6749, 4.1.3).

        Raises:
            NoAnswer: it does not answer.
            BadAnswer: it refuses, or answers something else.
        """
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": question.redirect_uri,
            "code_verifier": question.verifier,
        }
        headers = {"Content-Type": _FORM}
        secret = self._settings.client_secret
        if secret is not None and by_header:
            # Encoded as a form's field each, and only then together (RFC 6749, 2.3.1).
            pair = f"{quote(self._settings.client_id, safe='')}:{quote(secret.reveal(), safe='')}"
            headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        else:
            fields["client_id"] = self._settings.client_id
            if secret is not None:
                fields["client_secret"] = secret.reveal()
        return await self.ask("POST", endpoint, kind, headers, urlencode(fields).encode())

    async def ask(
        self,
        method: str,
        url: str,
        kind: type[T],
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> T:
        """The JSON of an answer.

        Raises:
            NoAnswer: there is none, or the provider says that it is at fault itself.
            BadAnswer: it refuses, or it is not of this form.
        """
        answer = await self._outgoing.ask(method, url, headers or {}, content)
        place = url.partition("?")[0]
        if answer.status >= 500 or answer.status == 429:
            raise NoAnswer(f"{place} answered {answer.status}")
        if answer.status != 200:
            raise BadAnswer(f"{place} answered {answer.status}{_error_in(answer.body)}")
        try:
            return msgspec.json.decode(answer.body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError) as failure:
            raise BadAnswer(f"{place}: {failure}{_error_in(answer.body)}") from None


def _error_in(body: bytes) -> str:
    """The code of an OAuth error (RFC 6749, 5.2): nothing else of a body is repeated in the log."""
    try:
        told: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    code = told.get("error") if isinstance(told, dict) else None
    return f" ({code[:60]!r})" if isinstance(code, str) else ""
