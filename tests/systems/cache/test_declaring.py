"""Routes whose answers cannot be kept stop the start."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

import pytest

from backstay.kernel.database import UnitOfWork
from backstay.kernel.http import Controller, get, post
from backstay.kernel.module import CompositionError
from backstay.systems.audit.module import module as audit
from backstay.systems.cache import Cached, Sharing
from backstay.systems.cache.http import READ
from backstay.systems.cache.module import module as cache
from backstay.systems.idempotency.module import module as idempotency
from tests.house import open_house

MODULES = [idempotency, audit, cache]


def declaring(declared: Cached | list[Cached], **options: Any) -> type[Controller]:
    many = declared if isinstance(declared, list) else [declared]

    class Wrong(Controller):
        path: ClassVar[str] = "/wrong"

        if options.pop("changes", False):

            @post(permission=READ, declares=many)
            async def change(self) -> None:
                raise AssertionError

        elif options.pop("writes", False):

            @get(permission=READ, declares=many)
            async def write(self, uow: UnitOfWork) -> None:
                raise AssertionError

        else:

            @get(declares=many, **{"permission": READ, **options} if "public" not in options else options)
            async def read(self) -> None:
                raise AssertionError

    return Wrong


MINE = Cached(ttl=1, sharing=Sharing.PERSON)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (declaring(MINE, changes=True), "only the answer of a GET"),
        (declaring(MINE, writes=True), "only the answer of a GET"),
        (declaring(MINE, public=True), "shared by everyone"),
        (declaring([MINE, MINE]), "declares Cached twice"),
        (declaring(Cached(ttl=1, sharing=Sharing.PERSON, tags=("a.{b}",))), "its path does not have"),
    ],
)
async def test_a_route_whose_answer_cannot_be_kept_stops_the_start(
    wrong: type[Controller], words: str, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/{uuid4().hex}.db"
    with pytest.raises(CompositionError, match=words):
        async with open_house(MODULES, url, data_dir=tmp_path, controllers=[wrong]):
            raise AssertionError
