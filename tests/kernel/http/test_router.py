"""Which route a path leads to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from typing import Any, ClassVar
from uuid import UUID

import pytest

from backstay.kernel.http import Controller, FromPath, create_app, get, post
from backstay.kernel.http.errors import MethodNotAllowed, NoSuchRoute
from backstay.kernel.http.router import Router
from tests.kernel.http import shelf
from tests.kernel.http.conftest import Opener

ID = "018f0000-0000-7000-8000-000000000001"


class Things(Controller):
    """Paths of every kind."""

    path: ClassVar[str] = "/things"
    version: ClassVar[str | None] = None

    @get(public=True)
    async def browse(self) -> None: ...

    @get("/new", public=True)
    async def new(self) -> None: ...

    @post("/{thing_id:uuid}", public=True)
    async def change(self, thing_id: FromPath[UUID]) -> None: ...

    @get("/{word:str}", public=True)
    async def word(self, word: FromPath[str]) -> None: ...

    @get("/{place:int}/parts/{day:date}", public=True)
    async def part(self, place: FromPath[int], day: FromPath[date]) -> None: ...

    @get("/archive/{year:int}", public=True)
    async def archive(self, year: FromPath[int]) -> None: ...

    @get("/files/{file:path}", public=True)
    async def file(self, file: FromPath[str]) -> None: ...


@pytest.fixture
async def router(open_app: Opener) -> AsyncIterator[Router]:
    async with open_app(shelf.module) as app:
        yield create_app(app.backend, controllers=[Things]).router


async def test_where_paths_lead(router: Router) -> None:
    def found(method: str, path: str) -> tuple[str, str, dict[str, Any]]:
        match = router.match(method, path)
        return match.endpoint.handler_name, match.template, dict(match.path_params)

    assert found("GET", "/things") == ("browse", "/things", {})
    assert found("HEAD", "/things/") == ("browse", "/things", {})
    assert found("GET", "/things/new") == ("new", "/things/new", {})
    assert found("GET", "/things/old/") == ("word", "/things/{word}", {"word": "old"})
    assert found("GET", f"/things/{ID}") == ("word", "/things/{word}", {"word": ID})
    assert found("POST", f"/things/{ID}") == ("change", "/things/{thing_id}", {"thing_id": UUID(ID)})
    part = {"place": -7, "day": date(2026, 11, 21)}
    assert found("GET", "/things//-7/parts/2026-11-21") == ("part", "/things/{place}/parts/{day}", part)
    assert found("GET", "/things/archive/1999") == ("archive", "/things/archive/{year}", {"year": 1999})
    assert found("GET", "/things/files/a/b.js") == ("file", "/things/files/{file}", {"file": "/a/b.js"})
    # No way back from a written-out name, and none into a plain path from a longer one.
    assert found("GET", "/things/new")[0] == "new"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("GET", "things"),
        ("GET", "/"),
        ("GET", "//things"),
        ("POST", "/things/no-uuid"),
        ("GET", "/things/seven/parts/2026-11-21"),
        ("GET", "/things/7/parts/tomorrow"),
        ("GET", "/things/7/parts"),
        ("GET", "/things/archive/99999999999999999999"),
        ("GET", "/things/archive/1999/parts"),
        ("GET", "/things/files"),
        ("GET", "/things/" + "x" * 2048),
    ],
)
async def test_where_paths_lead_nowhere(router: Router, method: str, path: str) -> None:
    with pytest.raises(NoSuchRoute):
        router.match(method, path)


async def test_another_method_is_refused_with_those_there_are(router: Router) -> None:
    with pytest.raises(MethodNotAllowed) as caught:
        router.match("DELETE", "/things/new")
    assert caught.value.headers == {"allow": "GET, HEAD, OPTIONS"}
    assert router.allowed("/things/old") == "GET, HEAD, OPTIONS, POST"
    assert router.allowed("/things/old/older") == ""
