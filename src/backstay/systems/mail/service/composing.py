"""The mail as it goes over the wire: MIME, the same whenever it is made, with the DKIM signature in front."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from backstay.kernel.settings import Problem, Settings, SettingsError
from backstay.systems.mail.queries.messages import File, Mail
from backstay.systems.mail.settings import MailSettings

if TYPE_CHECKING:
    from email.headerregistry import Address as HeaderAddress

MARK: Final = "X-Backstay-Mail"
"""Our own id, for providers that put a Message-ID of theirs in the place of ours."""
_SIGNED: Final = (
    "from",
    "from",  # once more than it is there, so that nobody can add a second (RFC 6376, 8.15)
    "to",
    "subject",
    "date",
    "message-id",
    "reply-to",
    "mime-version",
    "content-type",
    "list-unsubscribe",
    "list-unsubscribe-post",
)
_CONTENT_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,100}")


class Signing(Struct, frozen=True):
    """The key that signs (RFC 6376)."""

    domain: str
    selector: str
    key: bytes
    """PEM, PKCS #1 or #8."""

    def header(self, message: bytes) -> bytes:
        """The `DKIM-Signature` line for a message, ended by CRLF."""
        # Late: with what it needs of the DNS it is three megabytes, and most deployments sign elsewhere.
        import dkim

        present = {name.lower() for name in EmailHeaders.names(message)}
        signed: bytes = dkim.sign(
            message,
            self.selector.encode("ascii"),
            self.domain.encode("ascii"),
            self.key,
            canonicalize=(b"relaxed", b"relaxed"),
            include_headers=[name.encode("ascii") for name in _SIGNED if name in present],
        )
        return signed


class EmailHeaders:
    """Just enough of a look at raw headers."""

    @staticmethod
    def names(message: bytes) -> list[str]:
        """Header names, in order."""
        head = message.partition(b"\r\n\r\n")[0]
        return [
            line.partition(b":")[0].decode("ascii")
            for line in head.split(b"\r\n")
            if line and line[:1] not in b" \t"
        ]


def signing_of(settings: Settings) -> Signing | None:
    """The deployment's key, if it signs.

    Raises:
        SettingsError: the key cannot be read or signs nothing.
    """
    mail = settings.module(MailSettings)
    if mail.dkim_domain is None:
        return None
    # Late, as above.
    import dkim

    name = "mail.dkim_key" if mail.dkim_key is not None else "mail.dkim_key_file"
    try:
        if mail.dkim_key is not None:
            key = mail.dkim_key.reveal().encode()
        elif mail.dkim_key_file is not None:
            key = mail.dkim_key_file.read_bytes()
        else:
            problem = Problem(
                "mail.dkim_key", settings.source("mail.dkim_domain"), "is missing: dkim_domain is set"
            )
            raise SettingsError([problem])
        signing = Signing(mail.dkim_domain, mail.dkim_selector, key)
        signing.header(b"From: a@b.example\r\nTo: c@d.example\r\n\r\n\r\n")
    except (OSError, dkim.DKIMException, ValueError, UnicodeError):
        raise SettingsError(
            [Problem(name, settings.source(name), "is no RSA private key in PEM that can be read")]
        ) from None
    return signing


def compose(mail: Mail, files: Sequence[File]) -> bytes:
    """The message with CRLF line ends, byte for byte the same whenever it is made."""
    # Late: a parser of every header there is comes with it, for the first mail.
    from email import policy

    message = EmailMessage(policy=policy.SMTPUTF8 if is_international(mail) else policy.SMTP)
    message["From"] = _header(mail.from_address, mail.from_name)
    message["To"] = _header(mail.to_address, mail.to_name)
    if mail.reply_to is not None:
        message["Reply-To"] = _header(mail.reply_to, "")
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(_second(mail.created_at))
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    html = message.get_payload()[1]  # type: ignore[index]  # multipart/alternative holds a list
    for file in files:
        main, _, sub = file.content_type.partition("/")
        if file.content_id is not None:
            html.add_related(  # type: ignore[union-attr]  # as above
                file.content,
                main,
                sub,
                cid=f"<{file.content_id}>",
                filename=file.filename,
                disposition="inline",
            )
    for file in files:
        main, _, sub = file.content_type.partition("/")
        if file.content_id is None:
            message.add_attachment(file.content, main, sub, filename=file.filename)
    # Python would draw boundaries at random, and a retry would be another message.
    for number, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"=_{mail.id.hex}_{number}")
    # Written by hand, because Python's folding would encode a link that is longer than a line.
    by_hand = {"Message-ID": mail.message_id, MARK: str(mail.id), **mail.headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in by_hand.items())
    return head.encode("ascii") + message.as_bytes()


def is_international(mail: Mail) -> bool:
    """Whether its addresses need SMTPUTF8, in the envelope or in the headers (RFC 6531, 3.4)."""
    return not f"{mail.to_address}{mail.from_address}{mail.reply_to or ''}".isascii()


def is_content_id(text: str) -> bool:
    """Whether it can name an inline image."""
    return _CONTENT_ID.fullmatch(text) is not None


def _header(email: str, name: str) -> HeaderAddress:
    # Late, as above.
    from email.headerregistry import Address as HeaderAddress

    local, _, domain = email.rpartition("@")
    return HeaderAddress(display_name=name, username=local, domain=domain)


def _second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)
