"""Pausing: a provider that does not work is left alone, and one mail at a time tries whether it works again.

What does not work is the provider and not the mail: no connection, a wrong password, a good-bye
(421). All workers share what one has learnt, so that a provider which is away costs one mail's
time-outs now and then, and not every mail's.
"""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Final

from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.trail import record
from backstay.systems.mail.contracts import ProviderHealth, ProviderRate, ProviderState
from backstay.systems.mail.engines.transport import Handover
from backstay.systems.mail.errors import NoSuchProvider
from backstay.systems.mail.queries import pauses as queries
from backstay.systems.mail.queries.pauses import Pause
from backstay.systems.mail.service.mailer import Mailer
from backstay.systems.mail.service.providers import Provider

FIRST: Final = 5.0
"""Seconds until the first mail may try; each that fails doubles them."""
LONGEST: Final = 300.0
_TRIAL: Final = 60.0
"""Seconds that a mail which tries has, until another may: its worker may be killed."""
_SPREAD: Final = 2.0
"""Seconds, at most and at random, that a waiting mail comes later than it may."""


async def known(reader: Reader) -> dict[str, Pause]:
    """The providers that are paused, or to be tried, by name."""
    return {one.provider: one for one in await reader.all(queries.ALL)}


async def take_trial(uow: UnitOfWork, provider: Provider) -> bool:
    """Whether this mail may try the provider, whose pause is over; no other may then, for a while."""
    until = uow.now() + timedelta(seconds=_TRIAL)
    return bool(await uow.execute(queries.TAKE_TRIAL, provider=provider.name, until=until))


async def learn(uow: UnitOfWork, provider: Provider, handover: Handover, trial: Pause | None) -> None:
    """Pause a provider that does not work, or let it go on.

    Args:
        uow: the unit that writes the attempt's end down.
        provider: who was asked.
        handover: what it said.
        trial: the pause that this attempt put to the test, if it did.
    """
    if not handover.down:
        if trial is not None:
            await uow.execute(queries.CLOSE, provider=provider.name)
        return
    said = {"provider": provider.name, "code": handover.code, "why": handover.reply}
    if trial is not None:
        longer = min(LONGEST, FIRST * 2.0 ** min(trial.tries + 1, 62))
        if await uow.execute(queries.FAIL_TRIAL, until=uow.now() + timedelta(seconds=longer), **said):
            return
    await uow.execute(queries.OPEN, until=uow.now() + timedelta(seconds=FIRST), **said)


def wait_of(uow: UnitOfWork, held: list[Pause]) -> float:
    """Seconds until the first of these may be tried, and a little, so that not all mails come at once."""
    left = min((one.until - uow.now()).total_seconds() for one in held)
    return max(left, 1.0) + random.uniform(0, _SPREAD)  # noqa: S311 - not a secret


async def list_providers(reader: Reader) -> list[ProviderState]:
    """Every provider of the deployment, in the order in which they are asked."""
    paused = await known(reader)
    return [_state(reader, provider, paused.get(provider.name)) for provider in reader.part(Mailer).providers]


async def resume(uow: UnitOfWork, name: str) -> ProviderState:
    """Let mails be handed to a provider again; nothing when it is not paused.

    Raises:
        NoSuchProvider: the deployment has none of this name.
    """
    provider = next((one for one in uow.part(Mailer).providers if one.name == name), None)
    if provider is None:
        raise NoSuchProvider
    paused = await uow.first(queries.CLOSE, provider=name)
    if paused is not None:
        record(uow, "mail.provider_resumed", subject=("provider", name), before=paused)
    return _state(uow, provider, None)


def _state(reader: Reader, provider: Provider, paused: Pause | None) -> ProviderState:
    rate = None if provider.rate is None else ProviderRate(*provider.rate)
    if paused is None:
        health = ProviderHealth.WORKING
    elif paused.until > reader.now():
        health = ProviderHealth.PAUSED
    else:
        health = ProviderHealth.TRYING
    return ProviderState(
        name=provider.name,
        kind=provider.kind,
        tls=provider.tls,
        connections=provider.connections,
        rate=rate,
        state=health,
        paused_at=None if paused is None else paused.paused_at,
        paused_until=None if paused is None else paused.until,
        tries=0 if paused is None else paused.tries,
        code=None if paused is None else paused.code,
        why="" if paused is None else paused.why,
    )
