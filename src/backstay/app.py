"""The composition: the one list of modules, and the only file that knows them all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from backstay.kernel.module import Module
from backstay.products.counter.module import module as counter
from backstay.products.notes.module import module as notes
from backstay.systems.console.module import module as console
from backstay.systems.health.module import module as health
from backstay.systems.jobs.module import module as jobs
from backstay.systems.mail.module import module as mail
from backstay.systems.traffic.module import module as traffic

MODULES: Final[Sequence[Module]] = [
    health,
    traffic,
    console,
    jobs,
    mail,
    counter,
    notes,
]
