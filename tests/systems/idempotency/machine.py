"""What happens to keys, for Hypothesis to make sequences of, each compared with a model.

What happens: requests of two people under a few keys, the same and others, on two processes; deaths after
the claim, in the handler, between answer and commit, and between commit and answer; failures that are kept
and that are not; requests that stand still and go on later, perhaps as zombies; time; pruning.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from datetime import timedelta
from typing import Any, NamedTuple, TypeVar

import httpx
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from backstay.kernel.actor import Actor
from backstay.kernel.clock import ManualClock
from backstay.systems.idempotency.service import Claim, Claims, prune_all
from tests.conftest import make_actor
from tests.house import House
from tests.systems.idempotency.conftest import ORGANIZATION, replayed, send, titles
from tests.systems.idempotency.desk import Desk, Order

T = TypeVar("T")
LEASE, RETENTION = 30, 600
MOMENTS = (1, 29, 30, 31, 60, 570, 599, 600)
"""Seconds: around every limit."""
KEYS = st.sampled_from(("a", "a", "a", "b"))
WORDS = st.sampled_from(("x", "x", "x", "y"))
WHO = st.sampled_from((0, 0, 0, 1))
WHERE = st.sampled_from((0, 1))
DEATHS = ("claimed", "handler", "concluded")


class Entry:
    """A key, as the model knows it."""

    def __init__(self, word: str, now: float) -> None:
        self.word = word
        self.claim = 0
        self.lease_end = 0.0
        self.prune_at = now + RETENTION
        self.done = False
        self.status = 0
        self.answer: bytes | None = None
        """None while nobody has seen it."""


class Held(NamedTuple):
    """A request that stands still."""

    task: asyncio.Task[httpx.Response]
    order: Order
    name: tuple[int, str]
    entry: Entry
    claim: int


class Harbour:
    """Two processes on one database, reached from the thread in which Hypothesis works."""

    def __init__(
        self, houses: tuple[House, House], clock: ManualClock, loop: asyncio.AbstractEventLoop
    ) -> None:
        self.houses = houses
        self.clock = clock
        self.loop = loop
        self.sequences = 0
        self.executed = 0
        self.replays = 0
        self.zombies = 0

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run it on the event loop of the test, and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)


class KeyMachine(RuleBasedStateMachine):
    """Two people, new ones for each sequence."""

    harbour: Harbour

    def __init__(self) -> None:
        super().__init__()
        self.people: list[Actor] = [make_actor(name, organization=ORGANIZATION) for name in ("ada", "bob")]
        self.entries: dict[tuple[int, str], Entry] = {}
        self.effects: list[list[str]] = [[], []]
        self.held: list[Held] = []
        self.claims = 0
        self.harbour.sequences += 1

    @property
    def now(self) -> float:
        return self.harbour.clock.now().timestamp()

    def expect(self, name: tuple[int, str], word: str) -> tuple[str, Entry]:
        """What the model says of a request, and the entry it is about; claims it where it is free."""
        entry = self.entries.get(name)
        if entry is None or entry.prune_at <= self.now:
            entry = self.entries[name] = Entry(word, self.now)
        elif entry.word != word:
            return "reused", entry
        elif entry.done:
            return "replay", entry
        elif entry.lease_end > self.now:
            return "in flight", entry
        self.claims += 1
        entry.claim, entry.lease_end = self.claims, self.now + LEASE
        return "execute", entry

    @rule(key=KEYS, word=WORDS, who=WHO, where=WHERE)
    def ask(self, key: str, word: str, who: int, where: int) -> None:
        self._ask((who, key), word, where, "done")

    @rule(key=KEYS, word=WORDS, who=WHO, where=WHERE, fate=st.sampled_from((*DEATHS, "lost")))
    def die(self, key: str, word: str, who: int, where: int, fate: str) -> None:
        self._ask((who, key), word, where, fate)

    @rule(key=KEYS, word=WORDS, who=WHO, where=WHERE, fate=st.sampled_from(("bug", "unavailable")))
    def fail(self, key: str, word: str, who: int, where: int, fate: str) -> None:
        self._ask((who, key), word, where, fate)

    @rule(key=KEYS, word=WORDS, who=WHO, where=WHERE)
    def hold(self, key: str, word: str, who: int, where: int) -> None:
        """Begin a request that stands still in its handler."""
        name = (who, key)
        said, entry = self.expect(name, word)
        order = Order("done", held=True)
        if said == "execute":
            task = self.harbour.do(self._begin(name, word, where, order))
            self.held.append(Held(task, order, name, entry, entry.claim))
        else:
            self._judge(said, entry, self.harbour.do(self._sent(name, word, where, Order("done"))))

    @precondition(lambda self: self.held)
    @rule(which=st.integers(0, 3))
    def go_on(self, which: int) -> None:
        """Let one of those go on, whatever has happened since."""
        one = self.held.pop(which % len(self.held))
        answer = self.harbour.do(self._resumed(one))
        if answer is None:
            raise AssertionError("a request that stood still was never answered")
        if self.entries.get(one.name) is one.entry and one.entry.claim == one.claim and not one.entry.done:
            self._executed(one.name, one.entry, "done")
            self._judge("execute", one.entry, answer)
        else:
            self.harbour.zombies += 1
            assert (answer.status_code, answer.json().get("code")) == (409, "idempotency_key_in_flight")
        self._count(one.name[0])

    @rule(seconds=st.sampled_from(MOMENTS))
    def wait(self, seconds: int) -> None:
        self.harbour.clock.move(timedelta(seconds=seconds))

    @rule(where=WHERE)
    def prune(self, where: int) -> None:
        self.harbour.do(prune_all(self.harbour.houses[where].backend.database))
        self.entries = {name: one for name, one in self.entries.items() if one.prune_at > self.now}

    def teardown(self) -> None:
        for one in self.held:
            self.harbour.do(self._resumed(one))

    def _ask(self, name: tuple[int, str], word: str, where: int, fate: str) -> None:
        said, entry = self.expect(name, word)
        answer = self.harbour.do(self._sent(name, word, where, Order(fate)))
        if said == "execute":
            self._executed(name, entry, fate)
        if said == "execute" and fate in DEATHS:
            assert answer is None
        elif said == "execute" and fate == "unavailable":
            assert answer is not None
            assert answer.status_code == 503
        elif not (said == "execute" and fate == "lost"):
            self._judge(said, entry, answer)
        self._count(name[0])

    def _executed(self, name: tuple[int, str], entry: Entry, fate: str) -> None:
        self.harbour.executed += 1
        if fate in DEATHS:
            return
        if fate == "unavailable":
            del self.entries[name]
            return
        entry.done, entry.status = True, 500 if fate == "bug" else 201
        if fate != "bug":
            self.effects[name[0]].append(entry.word)

    def _judge(self, said: str, entry: Entry, answer: httpx.Response | None) -> None:
        assert answer is not None, said
        if said in {"reused", "in flight"}:
            code = "idempotency_key_reused" if said == "reused" else "idempotency_key_in_flight"
            assert answer.json().get("code") == code
            return
        assert (answer.status_code, replayed(answer)) == (entry.status, said == "replay")
        self.harbour.replays += said == "replay"
        if entry.answer is None:
            entry.answer = answer.content
        assert answer.content == entry.answer

    def _count(self, who: int) -> None:
        done = self.harbour.do(titles(self.harbour.houses[0], self.people[who]))
        assert done == sorted(self.effects[who])[:100]

    async def _sent(
        self, name: tuple[int, str], word: str, where: int, order: Order
    ) -> httpx.Response | None:
        """The answer, or None when the process died."""
        Desk.order = order
        house = self.harbour.houses[where]
        with suppress(asyncio.CancelledError):
            return await send(house, "machine", word, key=name[1], who=self.people[name[0]])
        return None

    async def _begin(
        self, name: tuple[int, str], word: str, where: int, order: Order
    ) -> asyncio.Task[httpx.Response]:
        Desk.order = order
        house = self.harbour.houses[where]
        task = asyncio.create_task(send(house, "machine", word, key=name[1], who=self.people[name[0]]))
        reached = asyncio.create_task(order.reached.wait())
        await asyncio.wait([task, reached], return_when=asyncio.FIRST_COMPLETED)
        assert reached.done(), "the model says that it is executed"
        return task

    async def _resumed(self, one: Held) -> httpx.Response:
        assert one.order.held is not None
        Desk.order = one.order
        one.order.held.set()
        return await one.task


def dying(claims: Claims) -> None:
    """Let the process of a request die where its order says."""
    claim, conclude = claims.claim, claims.conclude

    async def claimed(asked: Any) -> Any:
        found = await claim(asked)
        if Desk.order.fate == "claimed" and isinstance(found, Claim):
            raise asyncio.CancelledError
        return found

    async def concluded(uow: Any, held: Any, answer: Any) -> None:
        await conclude(uow, held, answer)
        if Desk.order.fate == "concluded":
            raise asyncio.CancelledError

    claims.claim = claimed  # type: ignore[method-assign]  # where a process may die
    claims.conclude = concluded  # type: ignore[method-assign, assignment]  # as above
