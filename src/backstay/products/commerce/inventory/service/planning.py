"""Out of which locations units are taken: arithmetic alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from backstay.products.commerce.inventory.contracts import Want
from backstay.products.commerce.inventory.queries.moving import LevelRow


def summed(wants: Iterable[Want]) -> dict[UUID, int]:
    """Units of each variant: two lines of one variant are one wish."""
    units: dict[UUID, int] = {}
    for want in wants:
        units[want.variant_id] = units.get(want.variant_id, 0) + want.quantity
    return units


def promisable(levels: Iterable[LevelRow]) -> int:
    """Units that may be promised, back orders included."""
    return sum(row.on_hand + row.backorder_limit - row.reserved for row in levels if row.active)


def allot(levels: Sequence[LevelRow], quantity: int, own: Mapping[UUID, int]) -> dict[UUID, int] | None:
    """Units to have of each of a variant's levels, or None when there are not as many.

    What is held already stays where it is. More is taken from the first location that has all of it,
    else from each in turn; back orders come last.

    Args:
        levels: of one variant, in the order in which goods are taken from them.
        quantity: units wanted.
        own: units that the asker has of each level, which are in its `reserved`.
    """
    allotted: dict[UUID, int] = {}
    left = quantity
    for row in levels:
        if kept := min(own.get(row.id, 0), left):
            allotted[row.id] = kept
            left -= kept
    if not left:
        return allotted
    lying = {row.id: max(0, row.on_hand - row.reserved) for row in levels if row.active}
    promised = {row.id: row.on_hand + row.backorder_limit - row.reserved for row in levels if row.active}
    if sum(promised.values()) < left:
        return None
    whole = next((level_id for level_id, units in lying.items() if units >= left), None)
    if whole is not None:
        return _added(allotted, {whole: left})
    taken = fill(lying, left)
    rest = {level_id: units - taken.get(level_id, 0) for level_id, units in promised.items()}
    return _added(_added(allotted, taken), fill(rest, left - sum(taken.values())))


def fill(capacity: Mapping[UUID, int], units: int) -> dict[UUID, int]:
    """So many units, or as many as there are, of each in turn."""
    filled: dict[UUID, int] = {}
    for level_id, most in capacity.items():
        if taken := min(most, units):
            filled[level_id] = taken
            units -= taken
    return filled


def _added(some: Mapping[UUID, int], more: Mapping[UUID, int]) -> dict[UUID, int]:
    return {
        level_id: some.get(level_id, 0) + more.get(level_id, 0) for level_id in dict.fromkeys([*some, *more])
    }
