"""The mails that this module itself sends."""

from __future__ import annotations

from typing import Self

from typing_extensions import override

from backstay.kernel.database import UnitOfWork
from backstay.kernel.trail import record
from backstay.systems.mail.contracts import MailReceipt, MailTemplate, TestMailRequest
from backstay.systems.mail.service.mailer import Mailer
from backstay.systems.mail.service.sending import send
from backstay.systems.mail.service.templates import sample_of


class TestMail(MailTemplate, frozen=True, kw_only=True):
    """Shows that mails get through."""

    __test__ = False  # not a test, whatever pytest thinks of its name

    deployment: str
    note: str

    @classmethod
    @override
    def sample(cls) -> Self:
        """One to look at."""
        return cls(deployment="backstay", note="If you can read this, everything between us works.")


async def send_test(uow: UnitOfWork, wanted: TestMailRequest) -> MailReceipt:
    """Send any template with its sample data.

    Raises:
        NoSuchTemplate: there is none of this name.
        BadAddress: the address is none.
    """
    mailer = uow.part(Mailer)
    mail = sample_of(mailer.templates.named(wanted.template))
    if isinstance(mail, TestMail):
        mail = TestMail(deployment=mailer.deployment, note=mail.note)
    receipt = await send(uow, mail, to=wanted.to)
    record(uow, "mail.test_sent", subject=("mail", receipt.id), after={"template": wanted.template})
    return receipt
