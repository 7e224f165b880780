"""A replay whose process is killed, and goes on."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Final

from backstay.kernel.actor import Actor
from backstay.kernel.database import Database
from backstay.kernel.guarantees import Client, Finding, Lab, Patch, Server, Verdict, guarantee, judge
from backstay.products.commerce.replay.contracts import Planned, Run
from backstay.products.commerce.replay.service import running
from backstay.products.commerce.replay.service.reading import COLUMNS
from backstay.products.commerce.shops import Shop

_INVOICES: Final = 240
_DEADLINE: Final = 180.0
"""Seconds that a command has: most of them are its start, on a busy machine."""


@guarantee(
    "a-replay-resumes-where-it-stopped",
    promise="A replay of invoices that is killed goes on where it was: every invoice is there once, and "
    "every invoice and month comes to what the file says, to the penny.",
    safety="break",
    faults=["kill"],
    trials=3,
    timeout=900,
    core=False,  # the core set has a minute for all systems
)
async def a_replay_resumes_where_it_stopped(lab: Lab) -> Verdict:
    """Kill the command among its commits, again and again; let it end, and compare the shop with the file."""
    app = await lab.server()
    shop = lab.unique("past").lower().replace("_", "-")

    async def open_shop(client: Client) -> None:
        body = {"slug": shop, "name": shop, "currency": "GBP", "country": "GB"}
        await client.post("/v1/shops", json=body)

    await lab.clients(1).each(1, open_shop)
    killed = 0
    with TemporaryDirectory() as folder:
        file = Path(folder) / "invoices.csv"
        write_excerpt(file, lab.random, _INVOICES)
        replay = ("commerce", "replay", str(file), "--shop", shop)
        for _ in lab.trials():
            newest = await _newest(app, shop)
            command = await lab.command(*replay, "--batch", "3")
            over = asyncio.ensure_future(command.exited(_DEADLINE))
            while not over.done() and await _newest(app, shop) == newest:  # noqa: ASYNC110 - it is another process
                await asyncio.sleep(0.02)
            await asyncio.sleep(lab.random.uniform(0, 0.4))
            if not over.done():
                killed += 1
                await command.kill()
            await over
        ended = await (await lab.command(*replay)).exited(_DEADLINE)
        compared = await (await lab.command(*replay, "--check")).exited(_DEADLINE)
    return judge(
        Finding(f"the replay ended with status {ended}") if ended else None,
        Finding(f"the shop is not what the file says: --check ended with status {compared}")
        if compared
        else None,
        untried=None if killed else "every replay had ended before it was killed",
        killed=killed,
        orders=len([one async for one in app.walk(f"/v1/shops/{shop}/orders?limit=100")]),
    )


async def _newest(app: Server, shop: str) -> str:
    """The number of the latest invoice that is an order by now."""
    found = (await app.get(f"/v1/shops/{shop}/orders?limit=1&sort=-placed_at")).json["items"]
    return str(found[0]["number"]) if found else ""


def write_excerpt(file: Path, random: Random, invoices: int) -> None:
    """A file in the form of the real one: sales, cancellations of them and of others, dirt."""
    at = datetime(2010, 12, 1, 8, 26, tzinfo=UTC)
    sold: list[tuple[str, int, str, str]] = []
    rows: list[tuple[object, ...]] = []
    for number in range(536365, 536365 + invoices):
        at += timedelta(minutes=random.randint(1, 240))
        time = at.isoformat().replace("+00:00", "Z")
        customer = random.choice(["17850", "13047", "12583", ""])
        if sold and random.random() < 0.15:
            code, quantity, price, whose = sold.pop(random.randrange(len(sold)))
            count = random.randint(1, quantity)
            rows.append((f"C{number}", code, f"THING {code}", -count, time, price, whose, "France"))
            continue
        if random.random() < 0.05:
            rows.append(
                (number, "22139", "damages", -random.randint(1, 9), time, "0.0", "", "United Kingdom")
            )
            continue
        for _ in range(random.randint(1, 6)):
            code = random.choice(["85123A", "85123a", "22139", "22752", "71053", "POST", "M", "21730"])
            quantity, price = random.randint(1, 48), random.choice(["2.55", "0.85", "1.25", "0.0", "0.001"])
            rows.append((number, code, f"THING {code}", quantity, time, price, customer, "France"))
            sold.append((code, quantity, price, customer))
    with file.open("w", encoding="utf-8", newline="") as lines:
        csv.writer(lines).writerows([COLUMNS, *rows])


@a_replay_resumes_where_it_stopped.sabotage("tell how far it is in a commit of its own, first")
def told_apart(patch: Patch) -> None:
    """Who is killed between the two goes on behind what was never written."""

    async def apart(database: Database, actor: Actor, shop: Shop, at: Run, some: Sequence[Planned]) -> Run:
        told = await database.run(actor, lambda uow: running.advance_to(uow, at, at.done + len(some), 0))
        await asyncio.sleep(0.3)
        await database.run(actor, lambda uow: running.take(uow, shop, at, some))
        return told

    patch(running, "step", apart)
