"""What does not become an application, and what it is told."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from msgspec import Struct

from backstay.kernel.actor import Actor, Permission
from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.http import (
    Controller,
    FromPath,
    FromQuery,
    IfMatch,
    JSONBody,
    ListQuery,
    Request,
    create_app,
    delete,
    get,
    post,
)
from backstay.kernel.module import CompositionError, Module
from tests.kernel.http import shelf, shelf_tables
from tests.kernel.http.conftest import Opener

READ = Permission("odd:read", "Read")


class Loose(Struct):
    """Lets unknown fields pass."""

    name: str


class Holder(Struct, forbid_unknown_fields=True):
    """Holds a loose one."""

    inner: list[Loose]


class Nobody(Controller):
    @get("/x")
    async def handler(self) -> None: ...


class Both(Controller):
    @get("/x", permission=READ, public=True)
    async def handler(self) -> None: ...


class Unannotated(Controller):
    @get("/x", public=True)
    async def handler(self, thing) -> None: ...  # type: ignore[no-untyped-def]  # the fault under test


class Unmarked(Controller):
    @get("/x", public=True)
    async def handler(self, thing: int) -> None: ...


class LooseBody(Controller):
    @post("/x", public=True)
    async def handler(self, data: JSONBody[Holder]) -> None: ...


class BodyOfDelete(Controller):
    @delete("/x", public=True)
    async def handler(self, data: JSONBody[dict[str, str]]) -> None: ...


class ReaderAndUnit(Controller):
    @get("/x", public=True)
    async def handler(self, reader: Reader, uow: UnitOfWork) -> None: ...


class PublicActor(Controller):
    @get("/x", public=True)
    async def handler(self, actor: Actor) -> None: ...


class ListWithoutListing(Controller):
    @get("/x", public=True)
    async def handler(self, query: ListQuery) -> None: ...


class ListingWithoutList(Controller):
    @get("/x", public=True, listing=shelf_tables.BOOKS)
    async def handler(self) -> None: ...


class TakenByTheList(Controller):
    @get("/x", public=True, listing=shelf_tables.BOOKS)
    async def handler(self, query: ListQuery, limit: FromQuery[int]) -> None: ...


class UnknownPathParameter(Controller):
    @get("/x/{a:int}", public=True)
    async def handler(self, b: FromPath[int]) -> None: ...


class UntypedPath(Controller):
    @get("/x/{a}", public=True)
    async def handler(self, a: FromPath[int]) -> None: ...


class PartOfAPart(Controller):
    @get("/x/v{a:int}", public=True)
    async def handler(self, a: FromPath[int]) -> None: ...


class NoSuchType(Controller):
    @get("/x/{a:uid}", public=True)
    async def handler(self, a: FromPath[int]) -> None: ...


class RestInTheMiddle(Controller):
    @get("/x/{a:path}/y", public=True)
    async def handler(self, a: FromPath[str]) -> None: ...


class RestAndParameter(Controller):
    @get("/x/{a:str}", public=True)
    async def one(self, a: FromPath[str]) -> None: ...

    @post("/x/{b:path}", public=True)
    async def two(self, b: FromPath[str]) -> None: ...


class TwiceByOtherNames(Controller):
    @get("/x/{a:str}", public=True)
    async def one(self, a: FromPath[str]) -> None: ...

    @get("/x/{b:int}", public=True)
    async def two(self, b: FromPath[int]) -> None: ...


class OddVersion(Controller):
    @get("/x", public=True, version="two")
    async def handler(self) -> None: ...


class Twice(Controller):
    @get("/x", public=True)
    async def one(self) -> None: ...

    @get("/x", public=True)
    async def two(self) -> None: ...


class SameName(Controller):
    @get("/x", public=True)
    @get("/y", public=True)
    async def one(self) -> None: ...


async def compile_one(open_app: Opener, controller: type[Controller]) -> None:
    module = Module(name="odd", summary="Odd.", package="tests", controllers=[controller], permissions=[READ])
    async with open_app(module):
        pass


@pytest.mark.parametrize(
    ("controller", "words"),
    [
        (
            Nobody,
            r"GET /v1/x \(Nobody.handler\): says not who may call it: give it a permission=, or public=True",
        ),
        (Both, "is both public and guarded by 'odd:read'"),
        (Unannotated, "the parameter 'thing' has no annotation"),
        (Unmarked, "cannot supply the parameter 'thing': mark it FromPath"),
        (
            LooseBody,
            "the body's Loose would let unknown fields pass: derive it from backstay.kernel.http.Payload",
        ),
        (BodyOfDelete, "DELETE has no body"),
        (ReaderAndUnit, "takes both a UnitOfWork and a Reader"),
        (PublicActor, r"write `actor: Actor \| None`"),
        (ListWithoutListing, "`listing=` and a `ListQuery` parameter belong together"),
        (ListingWithoutList, "`listing=` and a `ListQuery` parameter belong together"),
        (TakenByTheList, "the query parameter 'limit' is declared twice"),
        (UnknownPathParameter, "the path's parameters are a, the handler takes b"),
        (UntypedPath, r"GET /v1/x/\{a\}: write a parameter as a whole part with its type: \{id:uuid\}"),
        (PartOfAPart, r"write a parameter as a whole part with its type"),
        (NoSuchType, "no type 'uid'; there are: date, datetime, decimal, float, int, path, str, uuid"),
        (RestInTheMiddle, r"\{a:path\} takes the whole rest, so it comes last"),
        (RestAndParameter, r"where \{b:path\} stands, another route's parameter is no rest"),
        (TwiceByOtherNames, r"GET /v1/x/\{b:int\} is /v1/x/\{a\} once more"),
        (OddVersion, "a version is a number such as '2', not 'two'"),
        (Twice, "the routes do not fit together: GET /v1/x is /v1/x once more"),
        (SameName, "GET /v1/x and GET /v1/y are both the operation 'odd_one'"),
    ],
)
async def test_a_route_that_cannot_be_served(
    open_app: Opener, controller: type[Controller], words: str
) -> None:
    with pytest.raises(CompositionError, match=words):
        await compile_one(open_app, controller)


async def test_a_modules_check_is_part_of_the_application(open_app: Opener) -> None:
    async with open_app(shelf.module) as app:
        looked: list[str] = []
        app.backend.checks.append(lambda: looked.append("into it"))
        later = create_app(app.backend, complete=False)
        assert looked == []
        await later.complete()
        assert looked == ["into it"]
        create_app(app.backend)
        assert looked == ["into it"] * 2


class Extra(Controller):
    """Belongs to no module."""

    version: ClassVar[str | None] = None

    @get("/extra", public=True)
    async def extra(
        self, request: Request, version: IfMatch | None, anything: FromQuery[Any] = 1
    ) -> dict[str, Any]:
        return {
            "path": request.path,
            "headers": dict(request.headers),
            "count": len(request.headers),
            "agent": request.headers["user-agent"],
            "version": version,
            "anything": anything,
        }


async def test_controllers_without_a_module(open_app: Opener) -> None:
    async with open_app(shelf.module) as app:
        app.app = create_app(app.backend, controllers=[Extra])
        answer = await app.client_at("127.0.0.1").get("/extra", headers={"accept": "*/*"})
    assert answer.json()["path"] == "/extra"
    assert answer.json()["anything"] == 1
    assert answer.json()["headers"]["accept"] == "*/*"
    assert answer.json()["count"] == len(answer.json()["headers"])
    assert answer.json()["agent"].startswith("python-httpx")
