from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from backstay.kernel.actor import Actor
from backstay.kernel.clock import ManualClock
from backstay.products.notes.module import module as notes
from backstay.systems.idempotency.module import module as idempotency
from tests.conftest import make_actor
from tests.house import House, open_house
from tests.systems.idempotency.desk import Desk, DeskController, Gate

MODULES = [replace(idempotency, services=()), replace(notes, services=())]
ORGANIZATION = UUID(int=7)
ADA = make_actor("ada", organization=ORGANIZATION)
BOB = make_actor("bob", organization=ORGANIZATION)

OpenHouse = Callable[..., AbstractAsyncContextManager[House]]


@pytest.fixture(autouse=True)
def fresh_desk() -> None:
    Desk.gate, Desk.executions, Desk.fail_once = Gate(), 0, []


@pytest.fixture
def open_desk(database_url: str, clock: ManualClock, tmp_path: Path) -> OpenHouse:
    """A house with the desk; opened again, another process on the same database."""

    def opened(clock: ManualClock | None = clock, **environ: str) -> AbstractAsyncContextManager[House]:
        return open_house(
            MODULES, database_url, clock, data_dir=tmp_path, controllers=[DeskController], environ=environ
        )

    return opened


@pytest.fixture
async def house(open_desk: OpenHouse) -> AsyncIterator[House]:
    async with open_desk() as opened:
        yield opened


async def send(
    house: House,
    path: str,
    word: str | None = "hi",
    *,
    key: str | None = "k1",
    who: Actor = ADA,
    **headers: str,
) -> httpx.Response:
    """One request of the desk's."""
    named = {} if key is None else {"idempotency_key": key}
    body = None if word is None else {"word": word}
    return await house(who, "POST", f"/v1/desk/{path}", body, **named, **headers)


async def titles(house: House, who: Actor = ADA) -> list[str]:
    """What was done: every execution leaves a note."""
    listed = await house(who, "GET", "/v1/notes?limit=100")
    return sorted(str(note["title"]) for note in listed.json()["items"])


async def keys(house: House, who: Actor = ADA, **filters: str) -> list[dict[str, Any]]:
    """The organization's keys."""
    answer = await house.client.get("/v1/idempotency/keys", params=filters, headers=house.signed_in(who))
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


def replayed(answer: httpx.Response) -> bool:
    return answer.headers.get_list("idempotent-replayed") == ["true"]


def somebody() -> Actor:
    return make_actor("eve", organization=uuid4())
