"""Any sequence of joining, looking, leaving, buying and waiting, beside a model of plain lists."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from tests.products.commerce.drops.conftest import STORE, Rush

AT_ONCE, SECONDS, OPENS_IN, STEPS = 2, 60, 90, 60


class Play:
    """A drop, and what should be of it."""

    def __init__(self, rush: Rush, drop: dict[str, Any]) -> None:
        self.rush, self.drop = rush, drop
        self.opens_at = rush.clock.now() + timedelta(seconds=OPENS_IN)
        self.joined: dict[str, dict[str, Any]] = {}
        self.order: list[str] = []
        self.states: dict[str, str] = {}
        self.until: dict[str, datetime] = {}

    @property
    def is_open(self) -> bool:
        return self.rush.clock.now() >= self.opens_at

    def lapse(self) -> None:
        for one, state in self.states.items():
            if state == "admitted" and self.until[one] <= self.rush.clock.now():
                self.states[one] = "lapsed"

    def let_in(self) -> None:
        """The next, as many as there is room for."""
        if not self.is_open:
            return
        for one in self.order:
            if list(self.states.values()).count("admitted") < AT_ONCE and self.states[one] == "waiting":
                self.states[one] = "admitted"
                self.until[one] = self.rush.clock.now() + timedelta(seconds=SECONDS)

    async def join(self) -> None:
        before = self.is_open
        made = await self.rush.join(self.drop)
        id_ = made["place"]["id"]
        self.joined[id_], self.states[id_] = made, "waiting"
        listed = [one["id"] for one in await self.listed()]
        assert set(listed) == set(self.joined)
        # Whoever is drawn takes any place; whoever comes afterwards is last. Nobody else moves.
        assert [one for one in listed if one != id_] == self.order
        assert listed[-1] == id_ or not before
        self.order = listed
        self.let_in()

    async def look(self, id_: str) -> None:
        seen = await self.rush.look(self.joined[id_])
        if self.states[id_] == "waiting":
            self.let_in()
        assert seen["state"] == self.states[id_]
        waits = seen["state"] == "waiting" and self.is_open
        ahead = [one for one in self.order[: self.order.index(id_)] if self.states[one] == "waiting"]
        assert seen["ahead"] == (len(ahead) if waits else None)

    async def leave(self, id_: str) -> None:
        path, token = f"{STORE}/{self.drop['id']}/place", self.joined[id_]["token"]
        seen = await self.rush.ask("DELETE", path, x_drop_place=token)
        if self.states[id_] in {"waiting", "admitted"}:
            self.states[id_] = "left"
        assert seen["state"] == self.states[id_]

    async def buy(self, id_: str) -> None:
        status, _ = await self.rush.order(self.joined[id_]["token"], boots=1)
        assert status == (201 if self.states[id_] == "admitted" else 403)
        if status == 201:
            self.states[id_] = "bought"

    async def upkeep(self) -> None:
        await self.rush.upkeep()
        self.let_in()

    async def listed(self) -> list[dict[str, Any]]:
        found = await self.rush.manage("GET", f"/drops/{self.drop['id']}/places?limit=100")
        items: list[dict[str, Any]] = found["items"]
        return items

    async def agree(self) -> None:
        """Fail unless the real one is as the model says."""
        assert {one["id"]: one["state"] for one in await self.listed()} == self.states
        assert list(self.states.values()).count("admitted") <= AT_ONCE


@pytest.mark.parametrize("seed", range(4))
async def test_the_queue_is_as_its_model(rush: Rush, seed: int) -> None:
    random = Random(seed)
    await rush.offer("boots", 500, stock=1000)
    play = Play(rush, await rush.drop("boots", opens_in=OPENS_IN, at_once=AT_ONCE, seconds=SECONDS))
    for _ in range(STEPS):
        step = random.choice(
            ["join", "join", "look", "look", "look", "buy", "buy", "leave", "wait", "upkeep"]
        )
        if step == "wait":
            rush.clock.move(timedelta(seconds=random.choice([5, 30, 60])))
        play.lapse()
        if step == "join":
            await play.join()
        elif step == "upkeep":
            await play.upkeep()
        elif step != "wait" and play.order:
            # Half of the time whose turn it is, if there is anybody; they are few.
            in_turn = [one for one in play.order if play.states[one] == "admitted"]
            among = in_turn if in_turn and random.random() < 0.5 else play.order
            await getattr(play, step)(random.choice(among))
        await play.agree()
