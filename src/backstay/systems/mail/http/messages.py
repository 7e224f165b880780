"""Mails that were sent, or were not."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from backstay.kernel.database import Page, Reader, UnitOfWork
from backstay.kernel.http import Controller, FromPath, JSONBody, ListQuery, Response, get, post
from backstay.systems.idempotency import Replayable
from backstay.systems.mail import service
from backstay.systems.mail.contracts import (
    MailReceipt,
    Message,
    MessageSummary,
    Reconciliation,
    TestMailRequest,
)
from backstay.systems.mail.errors import BadAddress, NoSuchMail, NoSuchTemplate, NotReconcilable, NotRetryable
from backstay.systems.mail.http.permissions import OPERATE, READ, SEND, confined
from backstay.systems.mail.queries.messages import LIST


class MessagesController(Controller):
    """The organization's mails."""

    path: ClassVar[str] = "/mail/messages"
    name: ClassVar[str] = "messages"

    @get(permission=READ, listing=LIST)
    async def list_messages(self, reader: Reader, query: ListQuery) -> Page[MessageSummary]:
        """List mails, newest first."""
        return await service.list_messages(reader, query)

    @post("/test", permission=SEND, problems=[NoSuchTemplate, BadAddress], declares=[Replayable()])
    async def send_test(self, uow: UnitOfWork, data: JSONBody[TestMailRequest]) -> MailReceipt:
        """Send a template with its sample data."""
        return await service.send_test(uow, data)

    @get("/{mail_id:uuid}", permission=READ, problems=[NoSuchMail])
    async def read(self, reader: Reader, mail_id: FromPath[UUID]) -> Message:
        """Read a mail with its ledger: every decision about it, oldest first."""
        return await service.read_message(reader, mail_id)

    @get("/{mail_id:uuid}/html", permission=READ, hidden=True, problems=[NoSuchMail])
    async def read_html(self, reader: Reader, mail_id: FromPath[UUID]) -> Response[str]:
        """See a mail's HTML part as a page that can run and fetch nothing."""
        return confined(await service.html_of_message(reader, mail_id))

    @get("/{mail_id:uuid}/source", permission=READ, hidden=True, problems=[NoSuchMail])
    async def read_source(self, reader: Reader, mail_id: FromPath[UUID]) -> Response[bytes]:
        """Download a mail as it goes over the wire, without the DKIM signature."""
        return Response(
            await service.source_of_message(reader, mail_id),
            headers={"content-disposition": f'attachment; filename="{mail_id}.eml"'},
            media_type="message/rfc822",
        )

    @post(
        "/{mail_id:uuid}/retry",
        permission=OPERATE,
        status=200,
        problems=[NoSuchMail, NotRetryable],
        declares=[Replayable()],
    )
    async def retry(self, uow: UnitOfWork, mail_id: FromPath[UUID]) -> Message:
        """Send a mail again that failed, bounced or was suppressed."""
        return await service.retry(uow, mail_id)

    @post("/{mail_id:uuid}/reconcile", permission=OPERATE, status=200, problems=[NoSuchMail, NotReconcilable])
    async def reconcile(
        self, uow: UnitOfWork, mail_id: FromPath[UUID], data: JSONBody[Reconciliation]
    ) -> Message:
        """Settle a mail whose outcome is unknown. One that was not handed over is sent again."""
        return await service.reconcile(uow, mail_id, data)
