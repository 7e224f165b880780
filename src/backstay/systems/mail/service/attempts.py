"""One hand-over as it is written down: before the first byte leaves, and after the provider's answer."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct

from backstay.kernel.actor import Actor
from backstay.kernel.database import (
    CommitFailed,
    CommitUnknown,
    Database,
    DatabaseUnavailable,
    LostRace,
    UnitOfWork,
)
from backstay.systems.mail.contracts import MailState, StepKind
from backstay.systems.mail.engines.transport import Envelope, Handover, Verdict
from backstay.systems.mail.queries import messages as queries
from backstay.systems.mail.queries import suppressions
from backstay.systems.mail.queries.messages import Mail
from backstay.systems.mail.queries.pauses import Pause
from backstay.systems.mail.service import pausing
from backstay.systems.mail.service.composing import compose, is_international
from backstay.systems.mail.service.ledger import note
from backstay.systems.mail.service.mailer import Mailer
from backstay.systems.mail.service.providers import Provider
from backstay.systems.mail.service.sending import words_of

WORTH_A_LINE: Final = 5.0
"""Seconds of waiting before an attempt that the ledger mentions."""
OPEN: Final = (MailState.QUEUED, MailState.DEFERRED, MailState.SENDING, MailState.UNKNOWN)
"""States in which a mail may still have to be handed over."""
_OPEN: Final = [one.value for one in OPEN]
_STEPS: Final = {
    Verdict.SENT: StepKind.SENT,
    Verdict.TEMPORARY: StepKind.TEMPORARY,
    Verdict.UNFIT: StepKind.UNFIT,
    Verdict.PERMANENT: StepKind.PERMANENT,
    Verdict.UNKNOWN: StepKind.UNKNOWN,
}
_GIVEN_UP: Final = {
    Verdict.PERMANENT: "refused for good",
    Verdict.UNFIT: "given up: no provider can take such a mail",
    Verdict.TEMPORARY: "given up: no attempt is left",
}
PATIENCE: Final = (0.1, 0.5, 2.0, 5.0, 10.0)
"""Seconds between tries to write a provider's answer down while the database is away."""


class Lost(Exception):
    """Another attempt has begun since."""


class Attempt(Struct, frozen=True):
    """A mail in hand."""

    mail: Mail
    envelope: Envelope
    providers: list[Provider]
    pinned: bool
    """Only one provider may have it, because its outcome there is unknown."""
    pauses: dict[str, Pause]
    """By provider: those that did not work when they were last asked."""
    now: datetime
    """The unit's."""


async def prepare(
    uow: UnitOfWork, mailer: Mailer, mail_id: UUID, job_id: UUID | None = None
) -> Attempt | MailState | None:
    """Read what is to be handed over; otherwise the mail's state, when there is nothing to do any more.

    Args:
        uow: the attempt's first unit.
        mailer: providers and keys.
        mail_id: which mail.
        job_id: whose attempt it is; a job that handed the mail on does nothing more.
    """
    mail = await uow.first(queries.GET, id=mail_id)
    if mail is None or mail.state not in OPEN or job_id not in {None, mail.job_id}:
        return None if mail is None else mail.state
    pinned = mail.provider if mail.state in {MailState.SENDING, MailState.UNKNOWN} else None
    if mail.state is MailState.SENDING:
        words = "the worker that had it ended without a word; only this provider may have it again"
        await note(uow, mail_id, StepKind.UNKNOWN, words, provider=mail.provider)
        await _move(uow, mail, MailState.UNKNOWN)
    elif mail.state is MailState.QUEUED:
        waited = (uow.now() - mail.created_at).total_seconds()
        if waited >= WORTH_A_LINE:
            await note(uow, mail_id, StepKind.WAITED, f"{waited:.1f} s for its turn")
    if pinned is None:
        against = await uow.first(suppressions.AGAINST, address=mail.to_key, category=mail.category)
        if against is not None:
            await note(uow, mail_id, StepKind.SUPPRESSED, words_of(against))
            await _move(uow, mail, MailState.SUPPRESSED)
            return MailState.SUPPRESSED
    pauses = await pausing.known(uow)
    providers = mailer.order(pinned)
    if not providers:
        words = "this provider is not configured any more: reconcile the mail by hand"
        await note(uow, mail_id, StepKind.UNKNOWN, words, provider=pinned)
        return MailState.UNKNOWN
    message = compose(mail, await uow.all(queries.FILES, id=mail_id))
    if mailer.signing is not None:
        message = mailer.signing.header(message) + message
    international = is_international(mail) or not mailer.return_path.isascii()
    envelope = Envelope(mailer.return_path, mail.to_address, message, international)
    return Attempt(mail, envelope, providers, pinned is not None, pauses, uow.now())


async def postpone(uow: UnitOfWork, mail_id: UUID, seen: int, held: list[Pause]) -> float:
    """No provider that works may have it: write down why, the first time; seconds until one may be tried."""
    mail = await uow.first(queries.GET, id=mail_id)
    if mail is not None and mail.attempts == seen and mail.state is MailState.QUEUED:
        for pause in held:
            words = f"it is paused until {pause.until:%H:%M:%S} UTC: {pause.why}"
            await note(uow, mail_id, StepKind.WAITED, words, provider=pause.provider)
        await _move(uow, mail, MailState.DEFERRED)
    return pausing.wait_of(uow, held)


async def _move(uow: UnitOfWork, mail: Mail, state: MailState) -> None:
    """Change the state that was read; when it has changed since, the whole unit runs again."""
    moved = await uow.execute(
        queries.MOVE, id=mail.id, was=mail.state.value, seen=mail.attempts, state=state.value
    )
    if not moved:
        raise LostRace


async def begin(uow: UnitOfWork, mail_id: UUID, seen: int, provider: Provider, why: str) -> None:
    """Write down who gets it now.

    Raises:
        Lost: another worker took the mail, or ended it, since it was read.
    """
    if not await uow.execute(queries.BEGIN, id=mail_id, seen=seen, open=_OPEN, provider=provider.name):
        raise Lost
    await note(uow, mail_id, StepKind.HANDING, why, provider=provider.name)


class End(Struct, frozen=True):
    """How a hand-over ended."""

    provider: Provider
    handover: Handover
    state: MailState
    """The mail's, now."""
    last: bool
    """No further attempt will come."""
    trial: Pause | None = None
    """The pause that it put to the test."""


async def finish(database: Database, actor: Actor, mail_id: UUID, seen: int, end: End) -> None:
    """Write the end down, also when the database is away for a while.

    Raises:
        Lost: another attempt has begun since.
    """

    async def work(uow: UnitOfWork) -> bool:
        if tries:
            # The COMMIT before may have happened although nobody said so.
            mail = await uow.first(queries.GET, id=mail_id)
            if mail is not None and (mail.attempts, mail.state) == (seen, end.state):
                return True
        return await write(uow, mail_id, seen, end)

    tries = 0
    while True:
        try:
            if not await database.run(actor, work):
                raise Lost
        except (DatabaseUnavailable, CommitFailed, CommitUnknown):
            if tries == len(PATIENCE):
                raise
            await asyncio.sleep(PATIENCE[tries])
            tries += 1
        else:
            return


async def write(uow: UnitOfWork, mail_id: UUID, seen: int, end: End) -> bool:
    """Write down how an attempt ended; False when another has begun since."""
    sent, provider, handover = end.state is MailState.SENT, end.provider.name, end.handover
    kept = await uow.execute(
        queries.FINISH,
        id=mail_id,
        seen=seen,
        state=end.state.value,
        provider=None if end.state is MailState.DEFERRED else provider,
        sent_at=uow.now() if sent else None,
    )
    await pausing.learn(uow, end.provider, handover, end.trial)
    late = "" if kept else "late, for another worker had taken the mail over: "
    if not kept and sent:
        await uow.execute(queries.SENT_AFTER_ALL, id=mail_id, open=_OPEN, provider=provider)
    step = _STEPS[handover.verdict]
    await note(uow, mail_id, step, f"{late}{handover.reply}", provider=provider, code=handover.code)
    if kept and end.state is MailState.FAILED:
        await note(uow, mail_id, StepKind.FAILED, _GIVEN_UP[handover.verdict], provider=provider)
    if kept and end.state is MailState.UNKNOWN and end.last:
        words = "no attempt is left: reconcile the mail by hand"
        await note(uow, mail_id, StepKind.UNKNOWN, words, provider=provider)
    return bool(kept)
