"""Texts through Twilio's REST API (`2010-04-01`, the Messages resource), over HTTPS and nothing else.

One request a text, which follows no redirect and reads little of the answer. What is raised names
Twilio's own error numbers (https://www.twilio.com/docs/api/errors), never the number or the text.
"""

from __future__ import annotations

import json
import ssl
from base64 import b64encode
from http.client import HTTPException, HTTPSConnection
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from msgspec import Struct

from backstay.kernel.settings import Secret

_TIMEOUT: Final = 10.0
_ANSWER_BYTES: Final = 65_536
_TOO_MANY: Final = 429
_LONGEST_VALIDITY: Final = 36_000
"""Seconds: the most that Twilio takes as `ValidityPeriod`."""


class TextNotSentError(Exception):
    """Twilio did not take it now, or nobody knows; trying again may help."""


class TextRefusedError(Exception):
    """Twilio will not take it, ever: no such number, a country that is closed, a wrong secret."""


class Twilio(Struct, frozen=True, kw_only=True):
    """An account at Twilio."""

    host: str
    port: int
    account: str
    """`AC…`"""
    user: str
    """The account, or an API key (`SK…`)."""
    secret: Secret
    sender: tuple[str, str]
    """`From` with a number, or `MessagingServiceSid` with an id."""
    ca: Path | None = None
    """Whose certificates are believed; the machine's when None."""

    def send(self, number: str, body: str, seconds: float) -> None:
        """Hand a text over, which nobody delivers after so many seconds. Blocks: for threads.

        Raises:
            TextNotSentError: not now, or the answer was lost.
            TextRefusedError: never.
        """
        validity = max(1, min(int(seconds), _LONGEST_VALIDITY))
        form = dict([("To", number), ("Body", body), ("ValidityPeriod", str(validity)), self.sender])
        proof = b64encode(f"{self.user}:{self.secret.reveal()}".encode()).decode("ascii")
        headers = {
            "Authorization": f"Basic {proof}",
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        }
        context = ssl.create_default_context(cafile=None if self.ca is None else str(self.ca))
        connection = HTTPSConnection(self.host, self.port, timeout=_TIMEOUT, context=context)
        try:
            path = f"/2010-04-01/Accounts/{self.account}/Messages.json"
            connection.request("POST", path, urlencode(form), headers)
            answer = connection.getresponse()
            status, content = answer.status, answer.read(_ANSWER_BYTES)
        except (OSError, HTTPException) as error:
            # Not `from`: what is below may hold the request.
            raise TextNotSentError(f"Twilio does not answer ({type(error).__name__})") from None
        finally:
            connection.close()
        if 200 <= status < 300:
            return
        said = f"Twilio answered {status}, error {_error_in(content)}"
        if status == _TOO_MANY or status >= 500:
            raise TextNotSentError(said)
        raise TextRefusedError(said)


def _error_in(content: bytes) -> str:
    try:
        code = json.loads(content)["code"]
    except (ValueError, LookupError, TypeError):
        return "unknown"
    return str(code) if type(code) is int else "unknown"
