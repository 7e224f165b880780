"""The tiny server's promises, with bugs that break them."""

from __future__ import annotations

import sqlite3
import sys
import time
from contextlib import closing

from backstay.kernel.guarantees import (
    Client,
    Lab,
    Patch,
    Verdict,
    guarantee,
    judge,
    nothing_invented,
    nothing_lost,
    results_are_exact,
    sum_is_possible,
)


@guarantee(
    "tiny-counter-is-exact",
    promise="The counter ends at what was acknowledged.",
    safety="probe",
    engines=["sqlite"],
)
async def counter_is_exact(lab: Lab) -> Verdict:
    app = await lab.server(processes=2)
    await lab.clients(6).each(15, lambda client: client.post("/counter", json={"amount": 1}))
    adds = [op for op in lab.history if op.name == "POST /counter"]
    final = (await app.get("/counter"))["value"]
    return judge(
        results_are_exact(adds, lambda op: op.answer["value"]), sum_is_possible(final, adds), final=final
    )


@counter_is_exact.sabotage("read, add in Python, write back")
def lost_update(patch: Patch) -> None:
    store = sys.modules["store"]

    def add(amount: int) -> int:
        with closing(store.connect()) as db:
            (value,) = db.execute("SELECT value FROM counter").fetchone()
            # Long enough for another to read the same value, on a busy machine too.
            time.sleep(0.01)
            db.execute("UPDATE counter SET value = ?", (value + amount,))
            return int(value) + amount

    patch(store, "add", add)


@guarantee(
    "tiny-items-survive-kill",
    promise="No acknowledged item is lost when the server is killed.",
    safety="break",
    engines=["sqlite"],
    faults=["kill"],
    trials=2,
)
async def items_survive_kill(lab: Lab) -> Verdict:
    app = await lab.server()

    async def write(client: Client) -> None:
        title = client.unique("item")
        await client.post("/items", json={"title": title}, about=title)

    for _ in lab.trials():
        async with lab.clients(3).running(write):
            await lab.acknowledged(lab.random.randint(10, 30))
            await app.kill()
        await app.restart()
    there = [item["title"] async for item in app.walk("/items")]
    writes = [op for op in lab.history if op.name == "POST /items"]
    return judge(nothing_lost(writes, there), nothing_invented(writes, there), there=len(there))


@items_survive_kill.sabotage("acknowledge now, write later")
def write_behind(patch: Patch) -> None:
    store = sys.modules["store"]
    put, waiting = store.put, []

    def later(title: str) -> bool:
        waiting.append(title)
        if len(waiting) > 5:
            put(waiting.pop(0))
        return True

    patch(store, "put", later)


@guarantee(
    "tiny-full-disk-is-told",
    promise="A commit that fails is never answered with success.",
    safety="break",
    engines=["sqlite"],
    faults=["disk-full"],
)
async def full_disk_is_told(lab: Lab) -> Verdict:
    app = await lab.server()
    clients = lab.clients(2)

    async def write(client: Client) -> None:
        title = client.unique("item")
        await client.post("/items", json={"title": title}, about=title)

    await clients.each(3, write)
    async with app.disk_full():
        await clients.each(3, write)
    await clients.each(3, write)
    there = [item["title"] async for item in app.walk("/items")]
    writes = [op for op in lab.history if op.name == "POST /items"]
    return judge(
        nothing_lost(writes, there), nothing_invented(writes, there), failed=len(lab.history.indeterminate())
    )


@full_disk_is_told.sabotage("swallow the error of COMMIT")
def swallow(patch: Patch) -> None:
    store = sys.modules["store"]
    put = store.put

    def forgiving(title: str) -> bool:
        try:
            return bool(put(title))
        except sqlite3.Error:
            return True

    patch(store, "put", forgiving)


GUARANTEES = (counter_is_exact, items_survive_kill, full_disk_is_told)
