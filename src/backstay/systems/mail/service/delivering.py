"""Delivering: one attempt of a mail's job.

What is about to be tried is written down and committed before the first byte leaves; how it
ended, after the provider's answer. A worker that dies in between leaves the mail `sending`,
and the next one knows that nobody knows.

Another provider is tried only when the one before surely does not have the mail. After an
unknown outcome only the same provider gets it again, under the same Message-ID, until
somebody reconciles it.
"""

from __future__ import annotations

import asyncio
from typing import Final
from uuid import UUID

from msgspec import Struct

from backstay.kernel.actor import Actor
from backstay.kernel.database import Database, DatabaseUnavailable, UnitOfWork
from backstay.systems.mail.contracts import MailState, StepKind
from backstay.systems.mail.engines.transport import Envelope, Handover, Verdict
from backstay.systems.mail.errors import MailDeferred
from backstay.systems.mail.queries import messages as queries
from backstay.systems.mail.queries import suppressions
from backstay.systems.mail.queries.messages import Mail
from backstay.systems.mail.service.composing import compose, is_international
from backstay.systems.mail.service.ledger import note
from backstay.systems.mail.service.mailer import Mailer
from backstay.systems.mail.service.providers import Provider
from backstay.systems.mail.service.sending import words_of

WORTH_A_LINE: Final = 5.0
"""Seconds of waiting before an attempt that the ledger mentions."""
OPEN: Final = (MailState.QUEUED, MailState.DEFERRED, MailState.SENDING, MailState.UNKNOWN)
"""States in which a mail may still have to be handed over."""
_STEPS: Final = {
    Verdict.SENT: StepKind.SENT,
    Verdict.TEMPORARY: StepKind.TEMPORARY,
    Verdict.PERMANENT: StepKind.PERMANENT,
    Verdict.UNKNOWN: StepKind.UNKNOWN,
}


PATIENCE: Final = (0.1, 0.5, 2.0, 5.0, 10.0)
"""Seconds between tries to write a provider's answer down while the database is away."""


class _Lost(Exception):
    """Another attempt has begun since."""


class _Attempt(Struct, frozen=True):
    """A mail in hand."""

    mail: Mail
    envelope: Envelope
    providers: list[Provider]
    pinned: bool
    """Only one provider may have it, because its outcome there is unknown."""


async def deliver(
    database: Database, actor: Actor, mailer: Mailer, mail_id: UUID, *, last: bool
) -> MailState | None:
    """Try once to hand the mail over, to each provider in turn while that is safe.

    Args:
        database: where mails are kept; each step is a unit of its own.
        actor: of the mail's organization.
        mailer: templates, providers, keys.
        mail_id: which mail.
        last: no further attempt will come, so a temporary failure is the end.

    Returns:
        The mail's state now; None when it is gone (pruned) or another worker has it.

    Raises:
        MailDeferred: no provider took it; the job is to try again later.
    """
    prepared = await database.run(actor, lambda uow: _prepare(uow, mailer, mail_id))
    if not isinstance(prepared, _Attempt):
        return prepared
    mail, seen, why = prepared.mail, prepared.mail.attempts, ""
    untried = list(prepared.providers)
    try:
        while True:
            provider = untried.pop(0)
            await _begin(database, actor, mail.id, seen, provider, why)
            seen += 1
            handover = await mailer.transport(provider).hand_over(prepared.envelope)
            mailer.cool(provider, down=handover.down)
            state = _state_after(handover.verdict, pinned=prepared.pinned, last=last and not untried)
            await _finish(database, actor, mail.id, seen, provider, handover, state)
            if handover.verdict is not Verdict.TEMPORARY or not untried:
                break
            why = f"because {provider.name} could not take it"
    except _Lost:
        return None
    if handover.verdict in {Verdict.TEMPORARY, Verdict.UNKNOWN} and not last:
        raise MailDeferred(f"{provider.name}: {handover.reply}")
    return state


def _state_after(verdict: Verdict, *, pinned: bool, last: bool) -> MailState:
    match verdict:
        case Verdict.SENT:
            return MailState.SENT
        case Verdict.UNKNOWN:
            return MailState.UNKNOWN
        case _ if pinned:
            # What became of the first hand-over is not told by a second one that fails.
            return MailState.UNKNOWN
        case Verdict.PERMANENT:
            return MailState.FAILED
        case Verdict.TEMPORARY:
            return MailState.FAILED if last else MailState.DEFERRED


async def _prepare(uow: UnitOfWork, mailer: Mailer, mail_id: UUID) -> _Attempt | MailState | None:
    """Read what is to be handed over, unless there is nothing to do any more."""
    mail = await uow.first(queries.GET, id=mail_id)
    if mail is None or mail.state not in OPEN:
        return None if mail is None else mail.state
    pinned = mail.provider if mail.state in {MailState.SENDING, MailState.UNKNOWN} else None
    if mail.state is MailState.SENDING:
        words = "the worker that had it ended without a word; only this provider may have it again"
        await note(uow, mail_id, StepKind.UNKNOWN, words, provider=mail.provider)
        await uow.execute(queries.SET_STATE, id=mail_id, state=MailState.UNKNOWN.value)
    elif mail.state is MailState.QUEUED:
        waited = (uow.now() - mail.created_at).total_seconds()
        if waited >= WORTH_A_LINE:
            await note(uow, mail_id, StepKind.WAITED, f"{waited:.1f} s for its turn")
    if pinned is None:
        against = await uow.first(suppressions.AGAINST, address=mail.to_key, category=mail.category)
        if against is not None:
            await note(uow, mail_id, StepKind.SUPPRESSED, words_of(against))
            await uow.execute(queries.SET_STATE, id=mail_id, state=MailState.SUPPRESSED.value)
            return MailState.SUPPRESSED
    providers = mailer.order(pinned)
    if not providers:
        words = "this provider is not configured any more: reconcile the mail by hand"
        await note(uow, mail_id, StepKind.UNKNOWN, words, provider=pinned)
        return MailState.UNKNOWN
    message = compose(mail, await uow.all(queries.FILES, id=mail_id))
    if mailer.signing is not None:
        message = mailer.signing.header(message) + message
    envelope = Envelope(mailer.return_path, mail.to_address, message, is_international(mail))
    return _Attempt(mail, envelope, providers, pinned is not None)


async def _begin(
    database: Database, actor: Actor, mail_id: UUID, seen: int, provider: Provider, why: str
) -> None:
    async def work(uow: UnitOfWork) -> None:
        if not await uow.execute(queries.BEGIN, id=mail_id, seen=seen, provider=provider.name):
            raise _Lost
        await note(uow, mail_id, StepKind.HANDING, why, provider=provider.name)

    await database.run(actor, work)


async def _finish(
    database: Database,
    actor: Actor,
    mail_id: UUID,
    seen: int,
    provider: Provider,
    handover: Handover,
    state: MailState,
) -> None:
    async def work(uow: UnitOfWork) -> bool:
        return await _write(uow, mail_id, seen, provider, handover, state)

    for wait in PATIENCE:
        try:
            kept = await database.run(actor, work)
            break
        except DatabaseUnavailable:
            await asyncio.sleep(wait)
    else:
        kept = await database.run(actor, work)
    if not kept:
        raise _Lost


async def _write(
    uow: UnitOfWork, mail_id: UUID, seen: int, provider: Provider, handover: Handover, state: MailState
) -> bool:
    """Write down how an attempt ended; False when another has begun since."""
    sent = state is MailState.SENT
    kept = await uow.execute(
        queries.FINISH,
        id=mail_id,
        seen=seen,
        state=state.value,
        provider=None if state is MailState.DEFERRED else provider.name,
        sent_at=uow.now() if sent else None,
    )
    late = "" if kept else "late, for another worker had taken the mail over: "
    if not kept and sent:
        await uow.execute(
            queries.SENT_AFTER_ALL, id=mail_id, open=[one.value for one in OPEN], provider=provider.name
        )
    step = _STEPS[handover.verdict]
    await note(uow, mail_id, step, f"{late}{handover.reply}", provider=provider.name, code=handover.code)
    if kept and state is MailState.FAILED:
        words = "refused for good" if step is StepKind.PERMANENT else "given up: no attempt is left"
        await note(uow, mail_id, StepKind.FAILED, words, provider=provider.name)
    return bool(kept)
