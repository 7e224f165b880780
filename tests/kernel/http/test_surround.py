"""What modules put around routes: at which moments, in which order, and what they may do there."""

from __future__ import annotations

from typing import Final

import pytest
from msgspec import Struct
from typing_extensions import override

from backstay.kernel.actor import Permission
from backstay.kernel.backend import Backend
from backstay.kernel.database import UnitOfWork
from backstay.kernel.errors import FieldError
from backstay.kernel.http import (
    Answer,
    Controller,
    Endpoint,
    HeaderTaken,
    JSONBody,
    Proceed,
    Request,
    Streaming,
    Surround,
    Surrounds,
    TooManyRequests,
    get,
    post,
)
from backstay.kernel.module import CompositionError, Module
from tests.kernel.http.conftest import AS_ADA, AS_GUEST, Opener

WRITE: Final = Permission("around:write", "Write")
told: Final[list[str]] = []


class Told(Struct, frozen=True):
    """The declaration of these tests."""

    word: str


class Asked(Struct, forbid_unknown_fields=True):
    word: str


class Teller(Surround):
    """Tells every moment, and what it sees there."""

    problems = (TooManyRequests,)
    takes = (HeaderTaken(name="Word", description="A word.", max_length=5),)

    def __init__(self, name: str) -> None:
        self.name = name

    @override
    def read(self, request: Request, errors: list[FieldError]) -> None:
        told.append(f"{self.name} reads")
        if len(request.headers.get("word", "")) > 7:
            errors.append(FieldError(pointer="@word", code="length", message="is too long"))

    @override
    async def arrive(self, request: Request, proceed: Proceed) -> Answer | Streaming:
        return await self._around("arrive", request, proceed)

    @override
    async def admit(self, request: Request, proceed: Proceed) -> Answer | Streaming:
        return await self._around("admit", request, proceed)

    @override
    async def execute(self, request: Request, proceed: Proceed) -> Answer | Streaming:
        return await self._around("execute", request, proceed)

    @override
    async def conclude(self, request: Request, uow: UnitOfWork, answer: Answer) -> None:
        told.append(f"{self.name} concludes {answer.status}")
        if request.headers.get("word") == "fail":
            raise TooManyRequests("Not this one.")

    async def _around(self, moment: str, request: Request, proceed: Proceed) -> Answer | Streaming:
        told.append(f"{self.name} {moment} {request.actor.name if request.actor else 'nobody'}")
        if request.headers.get("word") == moment:
            raise TooManyRequests("Not this one.")
        request.reply_headers.append((b"told", self.name.encode()))
        answer = await proceed()
        told.append(f"{self.name} leaves {moment}")
        return answer


class Routes(Controller):
    path = "/around"

    @post("", permission=WRITE, declares=[Told("first"), Told("second")])
    async def write(self, uow: UnitOfWork, data: JSONBody[Asked]) -> Asked:
        """Write."""
        told.append("handler")
        return data

    @get("/free", public=True)
    async def free(self) -> str:
        """Stand alone."""
        return "free"


def _make(backend: Backend, endpoint: Endpoint) -> Surround | None:
    words = [one.word for one in endpoint.declared(Told)]
    return Teller("+".join(words)) if words else None


def _outer(backend: Backend, endpoint: Endpoint) -> Surround | None:
    return Teller("outer") if endpoint.declared(Told) else None


OUTER: Final = Module(name="outer", summary="Outer.", package=__package__, surrounds=Surrounds(make=_outer))
AROUND: Final = Module(
    name="around",
    summary="Around.",
    package=__package__,
    requires=("outer",),
    permissions=[WRITE],
    controllers=[Routes],
    surrounds=Surrounds(make=_make, knows=(Told,)),
)
URL: Final = "/v1/around"


@pytest.fixture(autouse=True)
def nothing_told() -> None:
    told.clear()


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


async def test_moments_come_from_the_outside_in(open_app: Opener, database_url: str) -> None:
    async with open_app(AROUND, OUTER, database_url=database_url) as app:
        answer = await app.client.post(URL, json={"word": "hi"}, headers=AS_ADA)
    assert (answer.status_code, answer.json()) == (201, {"word": "hi"})
    assert told == [
        "outer arrive nobody",
        "first+second arrive nobody",
        "outer admit ada",
        "first+second admit ada",
        "outer reads",
        "first+second reads",
        "outer execute ada",
        "first+second execute ada",
        "handler",
        "outer concludes 201",
        "first+second concludes 201",
        "first+second leaves execute",
        "outer leaves execute",
        "first+second leaves admit",
        "outer leaves admit",
        "first+second leaves arrive",
        "outer leaves arrive",
    ]


async def test_who_may_not_call_is_never_admitted(open_app: Opener, database_url: str) -> None:
    async with open_app(AROUND, OUTER, database_url=database_url) as app:
        answer = await app.client.post(URL, json={"word": "hi"}, headers=AS_GUEST)
    assert answer.status_code == 403
    assert told == ["outer arrive nobody", "first+second arrive nobody"]


async def test_what_is_not_valid_is_not_executed(open_app: Opener, database_url: str) -> None:
    async with open_app(AROUND, OUTER, database_url=database_url) as app:
        answer = await app.client.post(URL, json={}, headers=AS_ADA)
    assert answer.status_code == 422
    assert [line.split(" ", 1)[1] for line in told] == [
        "arrive nobody",
        "arrive nobody",
        "admit ada",
        "admit ada",
        "reads",
        "reads",
    ]


async def test_what_is_wrong_with_a_header_is_named_with_everything_else(
    open_app: Opener, database_url: str
) -> None:
    async with open_app(AROUND, OUTER, database_url=database_url) as app:
        answer = await app.client.post(URL, json={}, headers={**AS_ADA, "word": "too long a word"})
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["@word", "@word", "/word"]
    assert "handler" not in told


@pytest.mark.parametrize(("moment", "headers"), [("arrive", 0), ("admit", 2), ("execute", 4), ("fail", 6)])
async def test_an_error_of_a_moment_is_the_answer(
    open_app: Opener, database_url: str, moment: str, headers: int
) -> None:
    async with open_app(AROUND, OUTER, database_url=database_url) as app:
        answer = await app.client.post(URL, json={"word": "hi"}, headers={**AS_ADA, "word": moment})
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_requests")
    assert len(answer.headers.get_list("told")) == headers
    assert ("handler" in told) is (moment == "fail")


async def test_a_route_that_declares_nothing_is_left_alone(open_app: Opener, database_url: str) -> None:
    async with open_app(AROUND, OUTER, database_url=database_url) as app:
        assert (await app.client.get(f"{URL}/free")).json() == "free"
    assert told == []


async def test_a_declaration_that_nobody_knows_stops_the_start(open_app: Opener) -> None:
    stranger = Module(
        name="around", summary="Around.", package=__package__, permissions=[WRITE], controllers=[Routes]
    )
    with pytest.raises(CompositionError, match=r"POST /v1/around .*declares Told\(word='first'\), which no"):
        async with open_app(stranger):
            pass


async def test_the_description_tells_what_surrounds_take_and_answer(open_app: Opener) -> None:
    async with open_app(AROUND, OUTER) as app:
        described = (await app.client.get("/openapi.json")).json()["paths"][URL]["post"]
    taken = [one for one in described["parameters"] if one["name"] == "Word"]
    assert taken[0] == {
        "name": "Word",
        "in": "header",
        "required": False,
        "description": "A word.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 5},
    }
    assert described["responses"]["429"]["description"] == (
        "Too Many Requests: `too_many_requests` (Too many requests)"
    )
