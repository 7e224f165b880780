"""What is acknowledged stays, what fails is told, and an ending server answers what it took in."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any, Final, TypeVar

from backstay.kernel.actor import Actor
from backstay.kernel.database import (
    CommitFailed,
    CommitUnknown,
    Database,
    DatabaseUnavailable,
    UnitOfWork,
)
from backstay.kernel.guarantees import (
    Client,
    Ended,
    Finding,
    Lab,
    Operation,
    Patch,
    Server,
    Verdict,
    guarantee,
    judge,
    nothing_invented,
    nothing_lost,
)

T = TypeVar("T")
Work = Callable[[UnitOfWork], Awaitable[T]]

_COUNTERS: Final = "/v1/counters"
_MOVED: Final = f"POST {_COUNTERS}"


async def _make(client: Client) -> None:
    """Move a counter of this client's own invention, for the first and only time."""
    name = client.unique("made")
    await client.request("POST", f"{_COUNTERS}/{name}/increment", json={"by": 1}, about=name, name=_MOVED)


async def _made(app: Server) -> list[str]:
    """Names of the counters that there are, each as often as it was moved."""
    return [
        counter["name"]
        async for counter in app.walk(f"{_COUNTERS}?limit=100")
        for _ in range(counter["value"])
    ]


def _writes(operations: Iterable[Operation]) -> list[Operation]:
    return [op for op in operations if op.name == _MOVED]


@guarantee(
    "acknowledged-survives-kill",
    promise="What was acknowledged is there after the server was killed in the middle of its work.",
    safety="break",
    faults=["kill"],
    trials=2,
)
async def acknowledged_survives_kill(lab: Lab) -> Verdict:
    """Kill the server under load, start it again, look for everything that it had acknowledged."""
    app = await lab.server()
    for _ in lab.trials():
        async with lab.clients(6).running(_make):
            await lab.acknowledged(lab.random.randint(40, 120))
            await app.kill()
        await app.restart()
    made, writes = await _made(app), _writes(lab.history)
    return judge(nothing_lost(writes, made), nothing_invented(writes, made), there=len(made))


@acknowledged_survives_kill.sabotage("answer first, commit in the background")
def answer_first(patch: Patch) -> None:
    """The unit of work goes on after its answer has left."""
    run = Database.run
    under_way: set[asyncio.Task[Any]] = set()

    async def answer_then_commit(database: Database, actor: Actor, work: Work[T]) -> T:
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        async def answered(uow: UnitOfWork) -> None:
            try:
                answer.set_result(await work(uow))
            except Exception as error:  # noqa: BLE001 - handed to the caller
                answer.set_exception(error)
            await asyncio.sleep(0.02)

        task = asyncio.create_task(run(database, actor, answered))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
        return await answer

    patch(Database, "run", answer_then_commit)


@guarantee(
    "failed-commit-is-told",
    promise="A commit that fails is never answered with success, leaves nothing behind that was said not to "
    "be there, and spoils no later request.",
    safety="break",
    faults={"sqlite": ["disk-full"], "postgres": ["cut"]},
    trials=5,
)
async def failed_commit_is_told(lab: Lab) -> Verdict:
    """Make COMMIT itself fail, then see what was said, what is there, and what comes to be there later."""
    app = await lab.server(database_proxy=True)
    clients, later = lab.clients(2), lab.clients(4)
    spoilt: list[Operation] = []
    ghosts: list[Operation] = []
    silent: list[Operation] = []
    failed = 0
    for _ in lab.trials():
        await clients.each(2, _make)
        async with app.commits_failing():
            struck = await _done_by(lab, clients.each(2, _make))
        silent += filter(_silent, struck)
        failed += sum(op.ended is not Ended.OK for op in struck)
        settled = set(await _made(app))
        spoilt += [op for op in await _done_by(lab, later.each(3, _make)) if op.ended is not Ended.OK]
        made = set(await _made(app))
        ghosts += [op for op in struck if op.about in made and (op.about not in settled or _denied(op))]
    made_at_last, writes = await _made(app), _writes(lab.history)
    return judge(
        nothing_lost(writes, made_at_last),
        nothing_invented(writes, made_at_last),
        _first(ghosts, "was answered as failed, and came to be there all the same"),
        _first(silent, "failed, and the answer did not say why"),
        _first(spoilt, "came after the fault had ended, and was not acknowledged"),
        untried=None if failed else "no COMMIT failed",
        failed=failed,
    )


async def _done_by(lab: Lab, load: Awaitable[object]) -> list[Operation]:
    before = len(lab.history.operations)
    await load
    return _writes(lab.history.operations[before:])


def _denied(op: Operation) -> bool:
    """Whether the answer said for certain that nothing was stored."""
    return isinstance(op.answer, dict) and op.answer.get("code") == CommitFailed.code


def _silent(op: Operation) -> bool:
    """Whether it failed, and the answer does not say that this was the database's doing."""
    said = op.answer.get("code") if isinstance(op.answer, dict) else None
    return op.ended is not Ended.OK and said not in {
        CommitFailed.code,
        CommitUnknown.code,
        DatabaseUnavailable.code,
    }


def _first(breaches: list[Operation], what: str) -> Finding | None:
    if not breaches:
        return None
    op = breaches[0]
    return Finding(f"{op.about!r} {what} ({op.status or op.error})", (op.id,))


@failed_commit_is_told.sabotage("swallow the error of COMMIT")
def swallow(patch: Patch) -> None:
    """The unit of work ends well whatever its COMMIT says."""
    transaction = Database.transaction

    @asynccontextmanager
    async def forgiving(database: Database, actor: Actor) -> AsyncIterator[UnitOfWork]:
        unit = transaction(database, actor)
        uow = await unit.__aenter__()
        try:
            yield uow
        except BaseException as error:
            await unit.__aexit__(type(error), error, error.__traceback__)
            raise
        with suppress(Exception):
            await unit.__aexit__(None, None, None)

    patch(Database, "transaction", forgiving)


@failed_commit_is_told.sabotage("run the unit again when its COMMIT was not confirmed", engines=["postgres"])
def again(patch: Patch) -> None:
    """What the database had done after all is done twice."""
    run = Database.run

    async def insist(database: Database, actor: Actor, work: Work[T]) -> T:
        try:
            return await run(database, actor, work)
        except CommitUnknown:
            return await run(database, actor, work)

    patch(Database, "run", insist)


@guarantee(
    "sigterm-loses-nothing",
    promise="A server that is told to end (SIGTERM) answers every request that reached it, and ends well.",
    safety="break",
    faults=["terminate"],
    trials=2,
)
async def sigterm_loses_nothing(lab: Lab) -> Verdict:
    """End the server under load: a request may find nobody there, but none may go in and not come out."""
    app = await lab.server()
    (process,) = app.processes
    statuses = []
    for _ in lab.trials():
        async with lab.clients(8).running(_make):
            await lab.acknowledged(lab.random.randint(40, 120))
            process.terminate()
            statuses.append(await process.exited())
        await app.restart()
    made, writes = await _made(app), _writes(lab.history)
    badly = [status for status in statuses if status]
    return judge(
        _first(
            [op for op in writes if op.sent and op.ended is not Ended.OK],
            "reached the server and was not answered",
        ),
        nothing_lost(writes, made),
        nothing_invented(writes, made),
        Finding(f"the server ended with status {badly[0]}") if badly else None,
        there=len(made),
    )


@sigterm_loses_nothing.sabotage("end at once on SIGTERM")
def end_at_once(patch: Patch) -> None:
    """Requests under way are dropped."""

    def stop(*_: object, **__: object) -> None:
        os._exit(0)

    # Not imported: the server that this process runs, if it runs one, is loaded by now.
    patch(sys.modules["backstay.kernel.http.serve.server"].Server, "stop", stop)
