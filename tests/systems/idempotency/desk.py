"""Routes that go well, fail, wait and answer at length, each of which leaves a note that can be counted."""

from __future__ import annotations

import asyncio
from typing import Final

from msgspec import Struct

from backstay.kernel.actor import Permission
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
FAILURES: Final = {
    "bug": RuntimeError("a bug"),
    "conflict": Conflict("Not now."),
    "invalid": Invalid(FieldError(pointer="/word", code="choice", message="is no word of ours")),
    "forbidden": Forbidden("Not you."),
    "limited": TooManyRequests("Not so fast."),
    "unavailable": Unavailable("Not there."),
    "race": LostRace(),
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


class Desk:
    """What the routes share with the tests."""

    gate: Gate
    executions: int
    fail_once: list[str]


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
            raise FAILURES[Desk.fail_once[0] if data.word == "always" else Desk.fail_once.pop()]
        return Told(data.word, Desk.executions)

    @post("/waiting", permission=WORK, declares=[Replayable()])
    async def wait(self, uow: UnitOfWork, data: JSONBody[Word]) -> Told:
        Desk.executions += 1
        number = Desk.executions
        # Before the first statement: on SQLite the unit is then nobody's writer yet.
        await Desk.gate.wait()
        await create(uow, NewNote(title=data.word))
        return Told(data.word, number)

    @post("/required", permission=WORK, declares=[Replayable(required=True)])
    async def require(self, uow: UnitOfWork, data: JSONBody[Word]) -> Told:
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
