"""What pricing promises: an order adds up, whatever is in it."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from importlib.resources import files
from typing import Any, Final

import msgspec

from backstay.kernel.guarantees import Client, Lab, Patch, Verdict, guarantee, held_if
from backstay.kernel.money import divided
from backstay.products.commerce.pricing.service import discounts

_TOTALS: Final = "/v1/pricing/totals"
_BASKETS: Final = 150
_RATES: Final = (190_000, 70_000, 62_500, 26_250, 0)


@guarantee(
    "an-order-adds-up",
    promise="For any basket, discounts, taxes and rounding policy, every figure of the header is the sum of "
    "the lines', every total is the end of its waterfall, and the golden baskets come to their totals.",
    safety="probe",
    core=False,  # the core set has a minute for all systems
)
async def an_order_adds_up(lab: Lab) -> Verdict:
    """Have baskets made at random, and the golden ones, reckoned by a server; add up what it says."""
    await lab.server()
    golden = _golden()
    left = list(golden)
    wrong: list[str] = []

    async def made_up(client: Client) -> None:
        reply = await client.post(_TOTALS, json=_basket(client.random))
        wrong.extend(_faults(reply.json))

    async def known(client: Client) -> None:
        vector = left.pop()
        reply = await client.post(_TOTALS, json=vector["basket"])
        if reply.json != vector["totals"]:
            wrong.append(f"the golden basket {vector['name']!r} comes to other totals")

    tally = await lab.clients(3).each(50, made_up)
    await lab.clients(1).each(len(golden), known)
    return held_if(not wrong, "; ".join(wrong[:3]), baskets=tally.ok, golden=len(golden), wrong=len(wrong))


@an_order_adds_up.sabotage("round each line's share of a discount by itself")
def each_by_itself(patch: Patch) -> None:
    """As most shops do: three thirds of 1.00 are 0.99 then."""

    def rounded(amount: int, weights: Sequence[int]) -> list[int]:
        whole = sum(weights)
        return [divided(amount * weight, whole) if whole else 0 for weight in weights]

    patch(discounts, "allocate", rounded)


def _golden() -> list[dict[str, Any]]:
    vectors = files("backstay.products.commerce.pricing").joinpath("vectors.json").read_bytes()
    return msgspec.json.decode(vectors, type=list[dict[str, Any]])


def _basket(dice: random.Random) -> dict[str, Any]:
    lines = [
        {
            "id": f"line-{number}",
            "unit_price": dice.choice([dice.randint(0, 99), dice.randint(100, 99_999)]),
            "quantity": dice.randint(1, 9),
            "taxes": [{"name": str(ppm), "ppm": ppm} for ppm in dice.sample(_RATES, dice.randint(0, 2))],
        }
        for number in range(dice.randint(1, 6))
    ]
    discounts_ = [
        {
            "id": f"off-{number}",
            "off": dice.choice(
                [
                    {"kind": "fixed", "amount": dice.randint(1, 5_000)},
                    {"kind": "percent", "ppm": dice.randint(1, 1_000_000)},
                ]
            ),
            "on": dice.choice(["lines", "lines", "shipping"]),
        }
        for number in range(dice.randint(0, 3))
    ]
    return {
        "currency": dice.choice(["EUR", "JPY", "KWD"]),
        "lines": lines,
        "discounts": discounts_,
        "shipping": [{"id": "post", "amount": dice.randint(0, 2_000)}][: dice.randint(0, 1)],
        "policy": {
            "prices": dice.choice(["added", "included"]),
            "rounded_per": dice.choice(["line", "total"]),
            "rounding": dice.choice(["half_up", "half_even"]),
        },
    }


def _faults(totals: dict[str, Any]) -> Iterator[str]:
    parts = [*totals["lines"], *totals["shipments"]]
    for figure in ("discount", "net", "tax", "total"):
        there, added = totals[figure], sum(part[figure] for part in parts)
        if there != added:
            yield f"{figure} is {there}, its parts add up to {added}"
    for part in (totals, *parts):
        end = sum(step["amount"] for step in part["steps"] if not step["included"])
        if end != part["total"]:
            yield f"a waterfall ends at {end}, its total is {part['total']}"
    shares: dict[str, int] = defaultdict(int)
    for part in parts:
        for step in part["steps"]:
            if step["kind"] == "discount":
                shares[step["id"]] += step["amount"]
    for step in totals["steps"]:
        if step["kind"] == "discount" and step["amount"] != shares[step["id"]]:
            yield f"{step['id']} takes {-step['amount']} off, its shares {-shares[step['id']]}"
