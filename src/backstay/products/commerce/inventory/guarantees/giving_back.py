"""Holds that are given back by many at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from backstay.kernel.database import UnitOfWork
from backstay.kernel.guarantees import Client, Ended, Finding, Lab, Patch, Verdict, guarantee, judge
from backstay.products.commerce.inventory.contracts import MovementKind
from backstay.products.commerce.inventory.guarantees.shop import END, Shop
from backstay.products.commerce.inventory.queries import holds
from backstay.products.commerce.inventory.service import by_hand, holding, moving
from backstay.products.commerce.inventory.service.moving import Change


@guarantee(
    "a-hold-is-given-back-once",
    promise="Whoever gives a hold back, how often at once, and whatever server is killed in the middle: each "
    "unit is for sale again once, in the location that it was promised out of.",
    safety="break",
    faults=["kill"],
    trials=3,
    core=False,  # the core set has a minute for all systems
)
async def a_hold_is_given_back_once(lab: Lab) -> Verdict:
    """Let several clients give the same holds back at once, over and over, while both servers are killed."""
    app = await lab.server(processes=2)
    shop = Shop(lab)
    await shop.open(2)
    kept: set[str] = set()
    for _ in lab.trials():
        holders: list[str] = []
        variants = [await shop.stock(4, 2) for _ in range(8)]

        async def take(
            client: Client, holders: list[str] = holders, variants: Sequence[str] = variants
        ) -> None:
            for variant in variants:
                # The first takes of one place, the second of both; either may be the one that stays.
                pair = [await shop.hold(client, [variant], 3) for _ in range(2)]
                given, stays = client.random.sample(pair, 2)
                holders.extend(filter(None, [given]))
                kept.update(filter(None, [stays]))

        await lab.clients(1).each(1, take)

        async def give_back(client: Client, holders: Sequence[str] = holders) -> None:
            for holder in client.random.sample(holders, len(holders)):
                await shop.end(client, holder)

        load = asyncio.create_task(lab.clients(4).each(1, give_back))
        await asyncio.sleep(lab.random.uniform(0.02, 0.15))
        await app.kill()
        await app.restart()
        await load
        await lab.clients(4).each(2, give_back)

    ended = Counter(op.about for op in lab.history if op.name == END and op.ended is Ended.OK)
    twice = next((holder for holder, times in ended.items() if times > 1), None)
    left = {hold["holder_id"] async for hold in app.walk(f"{shop.url}/reservations?limit=100")}
    levels = await shop.levels(app)
    return judge(
        Finding(f"{twice} was given back {ended[twice]} times") if twice else None,
        None if left == kept else Finding("other holds are left than were kept"),
        _as_kept(
            levels, [(await app.get(f"{shop.url}/reservations/{holder}")).json for holder in sorted(kept)]
        ),
        given_back=len(ended),
        kept=len(kept),
    )


def _as_kept(levels: Iterable[dict[str, Any]], kept: Iterable[dict[str, Any]]) -> Finding | None:
    """What each level has promised is what the holds that are left have of it."""
    promised: Counter[tuple[str, str]] = Counter()
    for hold in kept:
        for one in hold["allocations"]:
            promised[one["variant_id"], one["location_id"]] += one["quantity"]
    for level in levels:
        expected = promised[level["variant_id"], level["location_id"]]
        if level["reserved"] != expected:
            return Finding(f"a level has {level['reserved']} promised, and the holds {expected} of it")
    return None


@a_hold_is_given_back_once.sabotage("look for the hold, and leave it there")
def again(patch: Patch) -> None:
    """Whoever asks again is told again that it was done."""

    async def release(uow: UnitOfWork, holder: UUID) -> bool:
        row = await uow.one(holds.FIND, holder_id=holder)
        await holding._give_back(uow, row.shop_id, holder, MovementKind.RELEASED)
        return True

    patch(by_hand, "release", release)


@a_hold_is_given_back_once.sabotage("give everything back to the first location")
def one_place(patch: Patch) -> None:
    """What a stock with one number, taught a second location later, does."""

    async def give_back(uow: UnitOfWork, shop_id: UUID, holder: UUID, kind: MovementKind) -> None:
        locked = await moving.lock(uow, shop_id, holder=holder)
        held = {one.level_id: one.units for one in await uow.all(holds.OF_HOLDER, holder_id=holder)}
        first = min(held)
        change = Change(level_id=first, kind=kind, reserved=-sum(held.values()), holder_id=holder)
        await moving.move(uow, locked, [change])

    patch(holding, "_give_back", give_back)
