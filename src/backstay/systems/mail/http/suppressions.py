"""The suppression list, and the reports that fill it."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from backstay.kernel.database import Page, UnitOfWork
from backstay.kernel.database import Reader as DatabaseReader
from backstay.kernel.http import Controller, FromPath, JSONBody, ListQuery, Request, delete, get, post
from backstay.systems.idempotency import Replayable
from backstay.systems.mail import service
from backstay.systems.mail.contracts import Feedback, FeedbackResult, NewSuppression, Suppression
from backstay.systems.mail.errors import BadAddress, NoSuchSuppression, NotAReport
from backstay.systems.mail.http.permissions import OPERATE, READ
from backstay.systems.mail.queries.suppressions import LIST


class SuppressionsController(Controller):
    """Addresses that get no mail."""

    path: ClassVar[str] = "/mail/suppressions"
    name: ClassVar[str] = "suppressions"

    @get(permission=READ, listing=LIST)
    async def list_suppressions(self, reader: DatabaseReader, query: ListQuery) -> Page[Suppression]:
        """List them, newest first."""
        return await service.list_suppressions(reader, query)

    @post(permission=OPERATE, problems=[BadAddress], declares=[Replayable()])
    async def add(self, uow: UnitOfWork, data: JSONBody[NewSuppression]) -> Suppression:
        """Put an address on the list. One that is there stays as it is."""
        return await service.suppress(uow, data)

    @delete("/{suppression_id:uuid}", permission=OPERATE, problems=[NoSuchSuppression])
    async def remove(self, uow: UnitOfWork, suppression_id: FromPath[UUID]) -> None:
        """Take an entry off the list."""
        await service.unsuppress(uow, suppression_id)


class FeedbackController(Controller):
    """What providers and mail servers report."""

    path: ClassVar[str] = "/mail/feedback"
    name: ClassVar[str] = "feedback"

    @post(permission=OPERATE, status=200, problems=[BadAddress], declares=[Replayable()])
    async def report(self, uow: UnitOfWork, data: JSONBody[Feedback]) -> FeedbackResult:
        """Report a bounce, a complaint or a delivery. A hard bounce or a complaint suppresses at once."""
        return await service.take_feedback(uow, [data])

    @post("/message", permission=OPERATE, status=200, problems=[NotAReport])
    async def report_message(self, uow: UnitOfWork, request: Request) -> FeedbackResult:
        """Hand in a report as a mail server wrote it (RFC 3464, RFC 5965): the raw message is the body.

        Anybody can write to a bounce mailbox, so a report counts only where it names a mail that we sent.
        """
        return await service.take_feedback(uow, service.feedback_of(await request.body()), proven=False)
