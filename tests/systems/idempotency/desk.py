"""Routes that go well, fail, wait and answer at length, each of which leaves a note that can be counted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from backstay.kernel.actor import Actor, Permission
from backstay.kernel.database import LostRace, UnitOfWork
from backstay.kernel.errors import Conflict, FieldError, Forbidden, Invalid, Unavailable
from backstay.kernel.http import (
    Controller,
    FromHeader,
    IfMatch,
    JSONBody,
    Response,
    TooManyRequests,
    patch,
    post,
)
from backstay.products.notes.contracts import NewNote
from backstay.products.notes.service import create
from backstay.systems.idempotency import Replayable

WORK: Final = Permission("notes:write", "Work")
FAILURES: Final[dict[str, Callable[[], Exception]]] = {
    "bug": lambda: RuntimeError("a bug"),
    "conflict": lambda: Conflict("Not now."),
    "invalid": lambda: Invalid(FieldError(pointer="/word", code="choice", message="is no word of ours")),
    "forbidden": lambda: Forbidden("Not you."),
    "limited": lambda: TooManyRequests("Not so fast."),
    "unavailable": lambda: Unavailable("Not there."),
    "race": LostRace,
}


class Gate:
    """Where handlers wait, so that a test decides what happens meanwhile."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.open = asyncio.Event()
        self.passed = 0

    async def wait(self) -> None:
        self.reached.set()
        await self.open.wait()
        self.passed += 1


class Word(Struct, frozen=True, forbid_unknown_fields=True):
    word: str


class Told(Struct, frozen=True):
    word: str
    executions: int


class Order:
    """What is to become of a request of the state machine's."""

    def __init__(self, fate: str, *, held: bool = False) -> None:
        self.fate = fate
        self.reached = asyncio.Event()
        self.held = asyncio.Event() if held else None


class Desk:
    """What the routes share with the tests."""

    gate: Gate
    executions: int
    fail_once: list[str]
    order: Order


class DeskController(Controller):
    path = "/desk"

    @post("/work", permission=WORK, declares=[Replayable()])
    async def work(
        self, uow: UnitOfWork, data: JSONBody[Word], x_mood: FromHeader[str] = "calm"
    ) -> Response[Told]:
        Desk.executions += 1
        await create(uow, NewNote(title=data.word))
        return Response(Told(data.word, Desk.executions), headers={"location": f"/v1/desk/{x_mood}"})

    @post("/failing", permission=WORK, declares=[Replayable()])
    async def fail(self, uow: UnitOfWork, data: JSONBody[Word]) -> Told:
        Desk.executions += 1
        await create(uow, NewNote(title=data.word))
        if Desk.fail_once:
            failure = FAILURES[Desk.fail_once[0] if data.word == "always" else Desk.fail_once.pop()]()
            raise failure
        return Told(data.word, Desk.executions)

    @post("/waiting", permission=WORK, declares=[Replayable()])
    async def wait(self, uow: UnitOfWork, data: JSONBody[Word]) -> Told:
        Desk.executions += 1
        number = Desk.executions
        if number == 1:
            # Before the first statement: on SQLite the unit is then nobody's writer yet.
            await Desk.gate.wait()
        await create(uow, NewNote(title=data.word))
        return Told(data.word, number)

    @post("/machine", permission=WORK, declares=[Replayable()])
    async def obey(self, uow: UnitOfWork, data: JSONBody[Word]) -> Told:
        """Do as the state machine says."""
        order = Desk.order
        if order.held is not None:
            order.reached.set()
            await order.held.wait()
        Desk.executions += 1
        number = Desk.executions
        await create(uow, NewNote(title=data.word))
        match order.fate:
            case "handler":
                raise asyncio.CancelledError
            case "bug" | "unavailable":
                failure = FAILURES[order.fate]()
                raise failure
            case _:
                return Told(data.word, number)

    @post("/required", permission=WORK, declares=[Replayable(required=True)])
    async def require(self, uow: UnitOfWork, data: JSONBody[Word]) -> Told:
        Desk.executions += 1
        await create(uow, NewNote(title=data.word))
        return Told(data.word, Desk.executions)

    @post("/proven", public=True, declares=[Replayable(required=True, proof="X-Cart-Token")])
    async def prove(self, uow: UnitOfWork, actor: Actor | None, data: JSONBody[Word]) -> Told:
        Desk.executions += 1
        await create(uow, NewNote(title=data.word))
        return Told(data.word, Desk.executions)

    @post("/secret", permission=WORK, declares=[Replayable(secret=True)])
    async def show(self, uow: UnitOfWork) -> Told:
        Desk.executions += 1
        await create(uow, NewNote(title="secret"))
        return Told("hunter2", Desk.executions)

    @post("/large", permission=WORK, declares=[Replayable()])
    async def answer_at_length(self, uow: UnitOfWork, data: JSONBody[Word]) -> Told:
        Desk.executions += 1
        await create(uow, NewNote(title="large"))
        return Told(data.word * 300_000, Desk.executions)

    @post("/nothing", permission=WORK, status=204, declares=[Replayable()])
    async def say_nothing(self, uow: UnitOfWork) -> None:
        Desk.executions += 1
        await create(uow, NewNote(title="nothing"))

    @patch("/changed", permission=WORK, declares=[Replayable()])
    async def change(self, uow: UnitOfWork, expected: IfMatch, data: JSONBody[Word]) -> Told:
        Desk.executions += 1
        await create(uow, NewNote(title=f"{data.word} {expected}"))
        return Told(data.word, Desk.executions)
