"""Delivering: one job's part in bringing a mail to a provider.

What is about to be tried is written down and committed before the first byte leaves; how it
ended, after the provider's answer. A worker that dies in between leaves the mail `sending`,
and the next one knows that nobody knows.

Another provider is tried only when the one before surely does not have the mail. After an
unknown outcome only the same provider gets it again, under the same Message-ID, until
somebody reconciles it.
"""

from __future__ import annotations

from typing import Final, NoReturn
from uuid import UUID

from backstay.kernel.actor import Actor
from backstay.kernel.database import Database, UnitOfWork
from backstay.systems.jobs import Snooze
from backstay.systems.mail.contracts import MailState
from backstay.systems.mail.engines.transport import Verdict
from backstay.systems.mail.errors import MailDeferred
from backstay.systems.mail.queries import messages as queries
from backstay.systems.mail.queries.pauses import Pause
from backstay.systems.mail.service.attempts import Attempt, End, Lost, begin, finish, postpone, prepare
from backstay.systems.mail.service.enqueueing import Turn, hand_on
from backstay.systems.mail.service.mailer import Mailer
from backstay.systems.mail.service.pausing import take_trial
from backstay.systems.mail.service.providers import Provider

_ON: Final = (Verdict.TEMPORARY, Verdict.UNFIT)
"""After these, the next provider may be asked."""

_AGAIN: Final = (Verdict.TEMPORARY, Verdict.UNKNOWN)
"""After these, the same provider may be asked again later."""


async def deliver(
    database: Database,
    actor: Actor,
    mailer: Mailer,
    mail_id: UUID,
    *,
    last: bool,
    turn: Turn | None = None,
    job_id: UUID | None = None,
) -> MailState | None:
    """Hand the mail over, to each provider in turn while that is safe.

    Args:
        database: where mails are kept; each step is a unit of its own.
        actor: of the mail's organization.
        mailer: templates, providers, keys.
        mail_id: which mail.
        last: no further round will come, so a temporary failure of all is the end.
        turn: how far earlier jobs came in this round.
        job_id: whose attempt it is; nothing is done for one that handed the mail on to another job.

    Returns:
        The mail's state now; None when it is gone (pruned) or another worker has it.

    Raises:
        MailDeferred: no provider took it; the job is to try again later.
        Snooze: every provider that it may be handed to is paused; the job is to come again.
    """
    attempt = await database.run(actor, lambda uow: prepare(uow, mailer, mail_id, job_id))
    if not isinstance(attempt, Attempt):
        return attempt
    round_ = _Round(database, actor, mailer, attempt, turn or Turn(), last=last)
    try:
        return await round_.go()
    except Lost:
        return None


class _Round:
    """What is left of a round for this job."""

    def __init__(
        self, database: Database, actor: Actor, mailer: Mailer, attempt: Attempt, turn: Turn, *, last: bool
    ) -> None:
        self._database = database
        self._actor = actor
        self._mailer = mailer
        self._attempt = attempt
        self._turn = turn
        self._last = last
        self._seen = attempt.mail.attempts
        self._tried = list(turn.tried)
        self._later = turn.later
        self._words = "nobody was left to ask"
        self._held: list[Pause] = []
        self._asked = False

    async def go(self) -> MailState:
        """Ask one after the other; returns the mail's state."""
        waiting = [
            each
            for each in self._attempt.providers
            if (self._attempt.pinned or each.name not in self._tried) and not self._hold(each)
        ]
        state, verdict = MailState.DEFERRED, Verdict.TEMPORARY
        while waiting:
            provider = waiting.pop(0)
            if provider.rate is not None and provider.name != self._turn.provider:
                turn = Turn(number=self._turn.number, tried=tuple(self._tried), later=self._later)
                return await self._hand_on(provider, turn, new_round=False)
            asked = await self._ask(provider, more=bool(waiting or self._held))
            if asked is None:
                continue
            state, verdict = asked
            if verdict not in _ON:
                break
        if self._held and verdict in _ON and (self._last or not self._asked):
            await self._wait()
        if state is MailState.UNKNOWN and verdict in _AGAIN and not self._last:
            raise MailDeferred(self._words)
        if state is not MailState.DEFERRED:
            return state
        if not self._turn.handed_on:
            raise MailDeferred(self._words)
        following = Turn(number=self._turn.number + 1)
        first = self._mailer.order(None, {pause.provider for pause in self._held})[0]
        return await self._hand_on(first, following, new_round=True)

    def _hold(self, provider: Provider) -> bool:
        """Whether nobody may ask this one for now."""
        pause = self._attempt.pauses.get(provider.name)
        if pause is None or pause.until <= self._attempt.now:
            return False
        self._held.append(pause)
        return True

    async def _wait(self) -> NoReturn:
        """Come again when a provider may be tried; that is no attempt, for nobody was asked."""
        held, seen, mail_id = self._held, self._seen, self._attempt.mail.id
        seconds = await self._database.run(self._actor, lambda uow: postpone(uow, mail_id, seen, held))
        names = ", ".join(pause.provider for pause in held)
        raise Snooze(seconds, f"it waits for {names}: paused, for it did not work")

    async def _ask(self, provider: Provider, *, more: bool) -> tuple[MailState, Verdict] | None:
        """How it ended; None when the provider is paused and another mail tries it just now."""
        mail_id = self._attempt.mail.id
        why = f"because {self._tried[-1]} could not take it" if self._tried else ""
        trial = self._attempt.pauses.get(provider.name)

        async def work(uow: UnitOfWork) -> bool:
            if trial is not None and not await take_trial(uow, provider):
                return False
            await begin(uow, mail_id, self._seen, provider, why)
            return True

        if not await self._database.run(self._actor, work):
            self._held += [] if trial is None else [trial]
            return None
        self._asked = True
        self._seen += 1
        handover = await self._mailer.transport(provider).hand_over(self._attempt.envelope)
        self._tried.append(provider.name)
        self._later = self._later or handover.verdict is Verdict.TEMPORARY
        self._words = f"{provider.name}: {handover.reply}"
        state = self._state_after(handover.verdict, more=more)
        end = End(provider, handover, state, last=self._last, trial=trial)
        await finish(self._database, self._actor, mail_id, self._seen, end)
        return state, handover.verdict

    def _state_after(self, verdict: Verdict, *, more: bool) -> MailState:
        match verdict:
            case Verdict.SENT:
                return MailState.SENT
            case Verdict.UNKNOWN:
                return MailState.UNKNOWN
            case _ if self._attempt.pinned:
                # What became of the first hand-over is not told by a second one that fails.
                return MailState.UNKNOWN
            case Verdict.PERMANENT:
                return MailState.FAILED
            case Verdict.TEMPORARY | Verdict.UNFIT:
                # Who cannot take such a mail will not learn it; who is away may come back.
                over = not more and (self._last or not self._later)
                return MailState.FAILED if over else MailState.DEFERRED

    async def _hand_on(self, provider: Provider, turn: Turn, *, new_round: bool) -> MailState:
        """Leave the rest to a job that waits for this provider's rate, or for the next round."""
        mail_id = self._attempt.mail.id

        async def work(uow: UnitOfWork) -> MailState | None:
            mail = await uow.first(queries.GET, id=mail_id)
            if mail is None or mail.attempts != self._seen:
                return None
            await hand_on(uow, mail_id, provider, turn, new_round=new_round)
            return mail.state

        state = await self._database.run(self._actor, work)
        if state is None:
            raise Lost
        return state
