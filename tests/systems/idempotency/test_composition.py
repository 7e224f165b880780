"""Which routes can be `Replayable`, and what is said of those that cannot."""

from __future__ import annotations

from typing import Any, Final

import pytest

from backstay.kernel.actor import Permission
from backstay.kernel.backend import Backend
from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.http import Controller, EventStream, patch, post, put
from backstay.kernel.module import CompositionError
from backstay.systems.idempotency import Replayable
from tests.house import open_house
from tests.systems.idempotency.conftest import MODULES

WORK: Final = Permission("notes:write", "Work")


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


class Public(Controller):
    path = "/public"

    @post(public=True, declares=[Replayable()])
    async def write(self, uow: UnitOfWork) -> None:
        """Anybody writes."""


class Guarded(Controller):
    path = "/guarded"

    @post(permission=WORK, declares=[Replayable(proof="X-Cart-Token")])
    async def write(self, uow: UnitOfWork) -> None:
        """Whose callers are known."""


class Effectless(Controller):
    path = "/effectless"

    @post(permission=WORK, declares=[Replayable()])
    async def look(self, reader: Reader, backend: Backend) -> None:
        """Nothing commits with the answer."""


class Idempotent(Controller):
    path = "/idempotent"

    @put(permission=WORK, declares=[Replayable()])
    async def set(self, uow: UnitOfWork) -> None:
        """PUT is idempotent as it is."""


class Streamed(Controller):
    path = "/streamed"

    @post(permission=WORK, declares=[Replayable()])
    async def tell(self, uow: UnitOfWork) -> EventStream:
        """Tell without an end."""
        raise NotImplementedError


class Twice(Controller):
    path = "/twice"

    @patch(permission=WORK, declares=[Replayable(), Replayable(required=True)])
    async def say(self, uow: UnitOfWork) -> None:
        """Say it twice."""


@pytest.mark.parametrize(
    ("controller", "message"),
    [
        (Public, r"POST /v1/public: cannot be Replayable: it is public"),
        (Guarded, r"POST /v1/guarded: cannot be Replayable: it names a `proof`, but it is guarded"),
        (Effectless, r"POST /v1/effectless: cannot be Replayable: it takes no `uow: UnitOfWork`"),
        (Idempotent, r"PUT /v1/idempotent: cannot be Replayable: it is idempotent by its method"),
        (Streamed, r"POST /v1/streamed: cannot be Replayable: it answers with a stream"),
        (Twice, r"PATCH /v1/twice: cannot be Replayable: it says twice how it is"),
    ],
)
async def test_what_cannot_be_replayed_stops_the_start(
    database_url: str, controller: Any, message: str
) -> None:
    with pytest.raises(CompositionError, match=message):
        async with open_house(MODULES, database_url, controllers=[controller]):
            pass


async def test_the_description_tells_of_the_key(database_url: str) -> None:
    async with open_house(MODULES, database_url) as house:
        described = (await house.client.get("/openapi.json")).json()["paths"]["/v1/notes"]["post"]
    (taken,) = [one for one in described["parameters"] if one["name"] == "Idempotency-Key"]
    assert (taken["in"], taken["required"], taken["schema"]["maxLength"]) == ("header", False, 255)
    assert "`idempotency_key_in_flight`" in described["responses"]["409"]["description"]
    assert "`idempotency_key_reused`" in described["responses"]["422"]["description"]
    assert "`idempotency_answer_not_kept`" in described["responses"]["410"]["description"]
