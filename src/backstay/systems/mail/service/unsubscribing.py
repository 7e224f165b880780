"""One-click unsubscribe (RFC 8058): a signed link that says all by itself, so that it outlives the mail."""

from __future__ import annotations

from uuid import UUID

import msgspec
from msgspec import Struct

from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.systems.mail.contracts import SuppressionReason
from backstay.systems.mail.errors import NoSuchUnsubscribe
from backstay.systems.mail.queries import suppressions as queries
from backstay.systems.mail.service.mailer import Mailer


class Unsubscription(Struct, frozen=True, array_like=True):
    """What a link stands for."""

    organization: UUID
    address: str
    category: str


def headers_for(mailer: Mailer, unsubscription: Unsubscription) -> dict[str, str]:
    """The two headers that mailbox providers ask for (RFC 2369, RFC 8058)."""
    return {
        "List-Unsubscribe": f"<{link_for(mailer, unsubscription)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def link_for(mailer: Mailer, unsubscription: Unsubscription) -> str:
    """The link itself."""
    token = mailer.links.sign(msgspec.msgpack.encode(unsubscription))
    return f"{mailer.public_url}/v1/mail/unsubscribe/{token}"


def unsubscription_of(reader: Reader, token: str) -> Unsubscription:
    """What the link stands for; changes nothing.

    Raises:
        NoSuchUnsubscribe: this deployment did not sign it.
    """
    payload = reader.part(Mailer).links.open(token)
    if payload is None:
        raise NoSuchUnsubscribe
    try:
        return msgspec.msgpack.decode(payload, type=Unsubscription)
    except msgspec.DecodeError:
        raise NoSuchUnsubscribe from None


async def unsubscribe(uow: UnitOfWork, token: str) -> Unsubscription:
    """End mails of the link's category to its address; once or a hundred times, it is the same.

    Raises:
        NoSuchUnsubscribe: this deployment did not sign it.
    """
    unsubscription = unsubscription_of(uow, token)
    await uow.execute(
        queries.SUPPRESS_FOR,
        id=uuid7(),
        organization=unsubscription.organization,
        address=unsubscription.address,
        category=unsubscription.category,
        reason=SuppressionReason.UNSUBSCRIBED.value,
        detail="one-click unsubscribe",
    )
    return unsubscription
