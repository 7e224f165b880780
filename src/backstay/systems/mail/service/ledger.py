"""The ledger: why a mail was, or was not, sent; one row a decision."""

from __future__ import annotations

from uuid import UUID

from backstay.kernel.database import UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.systems.mail.contracts import StepKind
from backstay.systems.mail.queries import messages as queries

_LENGTH = 1000


async def note(
    uow: UnitOfWork,
    mail_id: UUID,
    kind: StepKind,
    detail: str = "",
    *,
    provider: str | None = None,
    code: int | None = None,
) -> None:
    """Write one line."""
    await uow.execute(
        queries.NOTE,
        id=uuid7(),
        mail_id=mail_id,
        at=uow.now(),
        kind=kind.value,
        provider=provider,
        code=code,
        detail=detail[:_LENGTH],
    )
