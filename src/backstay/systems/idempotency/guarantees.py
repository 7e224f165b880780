"""What idempotency promises: one effect and one answer, whatever dies; and nothing of a zombie's."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any, Final

from backstay.kernel.database import UnitOfWork
from backstay.kernel.guarantees import Client, Finding, Lab, Patch, Server, Verdict, guarantee, judge
from backstay.kernel.http import Answer
from backstay.systems.idempotency import queries
from backstay.systems.idempotency.service.claims import Asked, Claim, Claims
from backstay.systems.idempotency.service.surrounding import Replaying

_NOTES: Final = "/v1/notes"
_LEASE: Final = 1.0
_QUICK: Final = {"BACKSTAY_IDEMPOTENCY_LEASE": f"{_LEASE}s"}
_AT_ONCE: Final = 100
_PATIENCE: Final = 300
"""Tries of one client: a claim whose process was killed is in flight until its lease ends."""


class _Answers:
    """What was asked under which key, and how it was answered."""

    def __init__(self) -> None:
        self.bodies: dict[str, set[bytes]] = {}
        self.unanswered: list[str] = []

    async def insist(self, client: Client, title: str) -> None:
        """Create a note under a key of its name, again and again until it is answered."""
        bodies = self.bodies.setdefault(title, set())
        for _ in range(_PATIENCE):
            headers = {"Idempotency-Key": title}
            reply = await client.request("POST", _NOTES, json={"title": title}, headers=headers, about=title)
            if reply.ok:
                bodies.add(reply.body)
                return
            await asyncio.sleep(0.1)
        self.unanswered.append(title)

    async def judge(self, app: Server) -> Verdict:
        """Every key has one note and one answer."""
        notes = Counter([note["title"] async for note in app.walk(f"{_NOTES}?limit=100")])
        silent = Finding(f"{self.unanswered[0]!r} was never answered") if self.unanswered else None
        breaches = (_breach(title, notes[title], bodies) for title, bodies in self.bodies.items())
        return judge(silent, *breaches, keys=len(self.bodies), notes=sum(notes.values()))


def _breach(title: str, notes: int, bodies: set[bytes]) -> Finding | None:
    if notes != 1:
        return Finding(f"{title!r} was sent with one key and done {notes} times")
    return None if len(bodies) == 1 else Finding(f"{title!r} was answered in {len(bodies)} ways")


@guarantee(
    "one-key-has-one-effect",
    promise="However many clients send a request with one key at once, and whatever server is killed in the "
    "middle, it has one effect, and every answer is the same to the byte.",
    safety="break",
    faults=["kill"],
    trials=3,
    core=False,  # the core set has a minute for all systems
)
async def one_key_has_one_effect(lab: Lab) -> Verdict:
    """Let a hundred clients send one request until each is answered, and kill both servers meanwhile."""
    app = await lab.server(processes=2, env=_QUICK)
    answers = _Answers()
    for _ in lab.trials():
        title = lab.unique("once")

        async def ask(client: Client, title: str = title) -> None:
            await answers.insist(client, title)

        load = asyncio.create_task(lab.clients(_AT_ONCE).each(1, ask))
        # The first requests are at every step between the claim and the answer then.
        await asyncio.sleep(lab.random.uniform(0.05, 0.4))
        await app.kill()
        await app.restart()
        await load
    return await answers.judge(app)


async def _unfenced(claims: Claims, uow: UnitOfWork, claim: Claim, answer: Answer) -> None:
    """Keep the answer if the claim is one's own; commit in any case."""
    await uow.all(queries.CONCLUDE, **claims._concluding(claim, answer))


@one_key_has_one_effect.sabotage("look whether it was answered, and execute it if it was not")
def unclaimed(patch: Patch) -> None:
    """What layers on a cache do: twins that come at once both see nothing, and both execute."""
    claiming = Claims._claiming

    def no_lease(claims: Claims, asked: Asked) -> dict[str, object]:
        return claiming(claims, asked) | {"lease": 0}

    patch(Claims, "_claiming", no_lease)
    patch(Claims, "conclude", _unfenced)


@one_key_has_one_effect.sabotage("keep the answer in a commit of its own, after the effect's")
def kept_afterwards(patch: Patch) -> None:
    """A server that dies between the two has done it and knows nothing of it."""
    execute = Replaying._execute

    async def conclude(_replaying: Replaying, _request: Any, _uow: UnitOfWork, _answer: Answer) -> None:
        return None

    async def keep_later(replaying: Replaying, request: Any, proceed: Any, claim: Claim) -> Answer:
        answer = await execute(replaying, request, proceed, claim)
        await asyncio.sleep(0.5)
        await replaying._claims.keep(claim, answer)
        return answer

    patch(Replaying, "conclude", conclude)
    patch(Replaying, "_execute", keep_later)


@guarantee(
    "zombie-requests-change-nothing",
    promise="A server that stood still in the middle of a request with a key, until another one took the key "
    "over, changes nothing when it goes on.",
    safety="break",
    faults=["pause"],
    trials=3,
    core=False,  # the core set has a minute for all systems
)
async def zombie_requests_change_nothing(lab: Lab) -> Verdict:
    """Stop one of two servers beyond its lease while both are sent the same requests, and let it go on."""
    app = await lab.server(processes=2, env=_QUICK)
    answers = _Answers()
    for _ in lab.trials():
        titles = [lab.unique("zombie") for _ in range(30)]

        async def ask(client: Client, titles: list[str] = titles) -> None:
            # Each in an order of its own: then both servers execute some of them at every moment.
            for title in client.random.sample(titles, len(titles)):
                await answers.insist(client, title)

        load = asyncio.create_task(lab.clients(6, timeout=20).each(1, ask))
        await asyncio.sleep(lab.random.uniform(0.05, 0.3))
        await app.processes[0].pause()
        await asyncio.sleep(_LEASE * 2.5)
        app.processes[0].resume()
        await load
    return await answers.judge(app)


@zombie_requests_change_nothing.sabotage("commit without asking whose the key is")
def unfenced(patch: Patch) -> None:
    """And stand still where it hurts: between the claim and the effect."""
    execute = Replaying._execute

    async def dawdle(replaying: Replaying, request: Any, proceed: Any, claim: Claim) -> Answer:
        await asyncio.sleep(0.05)
        return await execute(replaying, request, proceed, claim)

    patch(Replaying, "_execute", dawdle)
    patch(Claims, "conclude", _unfenced)
