"""Many hands on one counter, through several servers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from backstay.kernel.database import (
    UnitOfWork,
    param,
    statement,
    upsert,
)
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
    results_are_exact,
    sum_is_possible,
)
from backstay.kernel.ids import uuid7
from backstay.products.counter import queries, service
from backstay.products.counter.contracts import Counter
from backstay.products.counter.tables import counters

_COUNTERS: Final = "/v1/counters"


@guarantee(
    "counter-is-exact",
    promise="However many clients move a counter at once, on however many servers, it ends at the sum of "
    "what was acknowledged.",
    safety="probe",
)
async def counter_is_exact(lab: Lab) -> Verdict:
    """Clients of two servers add to one counter."""
    app = await lab.server(processes=2)
    url = f"{_COUNTERS}/{lab.unique('exact')}"

    async def add(client: Client) -> None:
        amount = client.random.randint(1, 9)
        await client.request(
            "POST", f"{url}/increment", json={"by": amount}, about=amount, name="POST increment"
        )

    await lab.clients(8).each(40, add)
    final = (await app.get(url))["value"]
    adds = [op for op in lab.history if op.name == "POST increment"]
    return judge(
        results_are_exact(adds, lambda op: int(op.answer["value"])),
        sum_is_possible(final, adds, lambda op: int(op.about)),
        seen=final,
        acknowledged=sum(op.about for op in adds if op.ended is Ended.OK),
    )


@counter_is_exact.sabotage("keep the value in the process's memory, and write it through")
def cached(patch: Patch) -> None:
    """Each process adds to what it last wrote itself."""
    write = statement(
        upsert(counters, key=("organization_id", "owner_id", "name"))
        .insert(id=param("id"), value=param("value"))
        .update(value=param("value"))
        .returning(counters.c.name, counters.c.value, counters.c.version, counters.c.updated_at),
        Counter,
    )
    values: dict[str, int] = {}

    async def add(
        uow: UnitOfWork, owner_id: UUID, name: str, amount: int, *, key: str | None = None
    ) -> Counter:
        del key
        values[name] = values.get(name, 0) + amount
        return await uow.one(write, id=uuid7(), owner_id=owner_id, name=name, value=values[name])

    patch(service, "add", add)


@guarantee(
    "stale-if-match-changes-nothing",
    promise="A change that names a version which is no longer the present one is refused, however close "
    "the race.",
    safety="probe",
)
async def stale_if_match_changes_nothing(lab: Lab) -> Verdict:
    """Clients of two servers read one counter and reset it with the version that they saw."""
    app = await lab.server(processes=2)
    url = f"{_COUNTERS}/{lab.unique('contested')}"
    await lab.clients(1).each(1, lambda client: client.post(f"{url}/increment", json={"by": 1}))

    async def reset(client: Client) -> None:
        read = await client.get(url)
        await client.request(
            "POST",
            f"{url}/reset",
            json={"value": client.random.randint(0, 9)},
            headers={"If-Match": read.headers["etag"]},
            about=read.headers["etag"],
            name="POST reset",
        )

    await lab.clients(8).each(25, reset)
    resets = [op for op in lab.history if op.name == "POST reset"]
    refused = [op for op in resets if op.status == 412]
    last = (await app.get(url))["version"]
    return judge(
        _one_change_a_version(resets),
        _counted(resets, last),
        untried=None if refused else "no two clients ever held the same version, so there was no race",
        won=len(resets) - len(refused),
        refused=len(refused),
    )


def _one_change_a_version(resets: Iterable[Operation]) -> Finding | None:
    winners: dict[str, Operation] = {}
    for op in resets:
        if op.ended is Ended.OK and winners.setdefault(op.about, op) is not op:
            first = winners[op.about]
            return Finding(f"two changes of version {op.about} were both acknowledged", (first.id, op.id))
    return None


def _counted(resets: list[Operation], last: int) -> Finding | None:
    """The version grew by one for every acknowledged reset, and by nothing else."""
    finding = sum_is_possible(last - 1, resets)
    return finding and Finding(f"the counter is at version {last}: {finding.sentence}", finding.operations)


@stale_if_match_changes_nothing.sabotage("drop the version from the WHERE of the update")
def unconditional(patch: Patch) -> None:
    """The last writer wins."""
    reset = statement(
        counters.update()
        .where(counters.c.owner_id == param("owner_id"), counters.c.name == param("name"))
        .where(counters.c.version + param("expected") > 0)
        .values(value=param("value"))
        .returning(
            counters.c.id, counters.c.name, counters.c.value, counters.c.version, counters.c.updated_at
        ),
        queries.CounterRow,
    )
    patch(queries, "RESET", reset)
