"""Many who want the same, at several servers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from copy import deepcopy
from typing import Any, Final
from uuid import UUID

from backstay.kernel.database import UnitOfWork
from backstay.kernel.guarantees import (
    Client,
    Ended,
    Finding,
    Lab,
    Operation,
    Patch,
    Verdict,
    guarantee,
    judge,
)
from backstay.products.commerce.inventory.guarantees.shop import HOLD, Shop
from backstay.products.commerce.inventory.service import holding, moving
from backstay.products.commerce.inventory.service.moving import Change, Locked

_RACERS: Final = 12


@guarantee(
    "stock-is-never-oversold",
    promise="However many carts ask at once, on however many servers, exactly as many units are promised as "
    "there are; the others are told that there are not enough, and nothing else.",
    safety="probe",
    trials=4,
    core=False,  # the core set has a minute for all systems
)
async def stock_is_never_oversold(lab: Lab) -> Verdict:
    """Clients of two servers race for 1 and for 10 units, with baskets of one and of three lines."""
    app = await lab.server(processes=2)
    shop = Shop(lab)
    await shop.open(2)
    findings: list[Finding | None] = []
    for trial in lab.trials():
        units, lines = (1, 10)[trial % 2], (1, 3)[trial // 2 % 2]
        # The last unit of each variant lies in another place.
        variants = [await shop.stock(units - units // 2, units // 2) for _ in range(lines)]
        first = len(lab.history.operations)

        async def race(client: Client, variants: Sequence[str] = variants) -> None:
            await shop.hold(client, client.random.sample(variants, len(variants)))

        await lab.clients(_RACERS).each(2, race)
        asked = [op for op in lab.history.operations[first:] if op.name == HOLD]
        findings += [_otherwise_refused(asked), _promised(asked, units)]
        reserved: Counter[str] = Counter()
        for level in await shop.levels(app):
            reserved[level["variant_id"]] += level["reserved"]
        findings.append(_counted({variant: reserved[variant] for variant in variants}, units))
    return judge(*findings, asked=sum(op.name == HOLD for op in lab.history))


def _promised(asked: Sequence[Operation], units: int) -> Finding | None:
    won = [op for op in asked if op.ended is Ended.OK]
    if len(won) == units:
        return None
    return Finding(f"{len(won)} baskets were promised out of {units} units", tuple(op.id for op in won[:2]))


def _otherwise_refused(asked: Sequence[Operation]) -> Finding | None:
    for op in asked:
        code = op.answer.get("code") if isinstance(op.answer, dict) else None
        if op.ended is not Ended.OK and code != "insufficient_stock":
            return Finding(f"a basket was refused with {op.status} {code}", (op.id,))
    return None


def _counted(reserved: dict[str, int], units: int) -> Finding | None:
    wrong = {variant: count for variant, count in reserved.items() if count != units}
    return Finding(f"of {units} units, the levels count as promised {wrong}") if wrong else None


@stock_is_never_oversold.sabotage("believe what this process saw of a level first")
def remembered(patch: Patch) -> None:
    """A cache in each server that nobody tells of promises."""
    lock = moving.lock
    seen: dict[frozenset[UUID], Locked] = {}

    async def look_once(
        uow: UnitOfWork, shop_id: UUID, variant_ids: Any = (), *, holder: UUID = moving.NOBODY
    ) -> Locked:
        known = frozenset(variant_ids)
        if known not in seen:
            seen[known] = await lock(uow, shop_id, variant_ids, holder=holder)
        return deepcopy(seen[known])  # or it would learn from each try that the database refused

    patch(holding, "lock", look_once)


@stock_is_never_oversold.sabotage("look whether there is enough, and take it when it is shipped")
def only_looked(patch: Patch) -> None:
    """What a check apart from its claim is worth."""

    async def no_move(_uow: UnitOfWork, _locked: Locked, _changes: Sequence[Change]) -> None:
        return None

    patch(holding, "move", no_move)
