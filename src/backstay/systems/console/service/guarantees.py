"""The promises of the house, each with the runs that tried it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from backstay.kernel.actor import Actor
from backstay.kernel.backend import Backend
from backstay.systems.console.contracts import PROVE, GuaranteeInfo, GuaranteeList, SabotageInfo
from backstay.systems.console.errors import ProvingNotAllowed
from backstay.systems.console.service.house import engine_of
from backstay.systems.console.service.proofs import Proofs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backstay.kernel.guarantees import Guarantee
    from backstay.kernel.module import Module
    from backstay.systems.console.contracts import Proof


async def guarantees(backend: Backend, actor: Actor) -> GuaranteeList:
    """Every guarantee that a module of this server declares."""
    store = backend.part(Proofs)
    proofs = await asyncio.to_thread(store.all)
    # On a thread, too: the first look into them imports them.
    declared = await asyncio.to_thread(_declared, backend.modules)
    return GuaranteeList(
        engine=engine_of(backend),
        can_prove=refusal(backend, actor) is None,
        items=[_info(name, guarantee, store.of(guarantee.name, proofs)) for name, guarantee in declared],
    )


def refusal(backend: Backend, actor: Actor) -> ProvingNotAllowed | None:
    """Why this actor may not start runs here, if so."""
    if backend.settings.app.environment != "development":
        return ProvingNotAllowed(
            "Runs are started from the console in development only; elsewhere use `backstay prove`."
        )
    if backend.settings.http.workers > 1:
        return ProvingNotAllowed("This server has several processes; start runs with `backstay prove`.")
    if not actor.may(PROVE):
        return ProvingNotAllowed(f"This needs the permission {PROVE.name!r}.")
    return None


def _declared(modules: Sequence[Module]) -> list[tuple[str, Guarantee]]:
    return [(module.name, guarantee) for module in modules for guarantee in module.guarantees]


def _info(system: str, guarantee: Guarantee, proofs: Sequence[Proof]) -> GuaranteeInfo:
    return GuaranteeInfo(
        name=guarantee.name,
        system=system,
        promise=guarantee.promise,
        safety=guarantee.safety,
        engines=list(guarantee.engines),
        faults=list(dict.fromkeys(fault for kinds in guarantee.faults.values() for fault in kinds)),
        trials=guarantee.trials,
        core=guarantee.core,
        sabotages=[
            SabotageInfo(
                name=f"{guarantee.name}/{sabotage.number}",
                words=sabotage.words,
                engines=list(sabotage.engines),
            )
            for sabotage in guarantee.sabotages
        ],
        proofs=list(proofs),
    )
