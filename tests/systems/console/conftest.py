"""A server with the console, the health system and a module of the user's, called without a socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, ClassVar

import httpx
import pytest
from msgspec import Meta, Struct

from backstay.kernel.actor import Permission
from backstay.kernel.backend import Backend, start
from backstay.kernel.database import Reader
from backstay.kernel.guarantees import Lab, Patch, Verdict, guarantee, held_if
from backstay.kernel.health import Health, HealthCheck, HealthReport
from backstay.kernel.http import Controller, FromPath, create_app, get
from backstay.kernel.module import Card, Module
from backstay.kernel.settings import load
from backstay.systems.console.module import module as console
from backstay.systems.health.module import module as health

LOAD = Permission("shipping:load", "Load boxes")
ADA = {"authorization": "Bearer ada-token"}
GUEST = {"authorization": "Bearer guest-token"}
PRINCIPALS = json.dumps(
    [
        {"name": "ada", "token": "ada-token", "permissions": ["*"], "organization": "harbour"},
        {"name": "guest", "token": "guest-token", "permissions": [], "organization": "harbour"},
    ]
)


@guarantee("boxes-arrive", promise="A box that was loaded arrives.", safety="probe", trials=3)
async def boxes_arrive(lab: Lab) -> Verdict:
    """Not run here: its runs are written by hand."""
    return held_if(lab is not None)


@boxes_arrive.sabotage("drop every third box")
def drop(patch: Patch) -> None:
    """Never planted."""


@guarantee("boxes-are-counted", promise="No box is counted twice.", safety="observe", engines=["postgres"])
async def boxes_are_counted(lab: Lab) -> Verdict:
    """Not run here either."""
    return held_if(lab is not None)


@boxes_are_counted.sabotage("count on load and on arrival")
def twice(patch: Patch) -> None:
    """Never planted."""


class ShippingSettings(Struct, frozen=True):
    """Shipping."""

    boats: Annotated[int, Meta(ge=1, description="How many boats there are.")] = 2


class ShippingController(Controller):
    """Boxes."""

    path: ClassVar[str] = "/boxes"

    @get(permission=LOAD)
    async def list(self) -> list[str]:
        """List the boxes.

        In the order of loading.
        """
        return []

    @get("/{name:str}/label", public=True, version=None, summary="Show a label")
    async def label(self, name: FromPath[str]) -> str:
        """Not what the summary says."""
        return name


class Weather:
    """What the module's check and its number say next."""

    health = Health.OK
    boxes: str | None = "3"


async def _weather(_: Backend) -> HealthReport:
    return HealthReport(Weather.health, "wind from the south-west")


async def _card(_: Reader) -> Card:
    if Weather.boxes is None:
        raise RuntimeError("the harbour-master is out")
    return Card(Weather.boxes, "boxes afloat")


@pytest.fixture
def weather() -> Iterator[type[Weather]]:
    yield Weather
    Weather.health, Weather.boxes = Health.OK, "3"


shipping = Module(
    name="shipping",
    summary="Boxes and the boats that carry them.",
    package="tests.systems.console",
    requires=["health"],
    controllers=[ShippingController],
    permissions=[LOAD],
    settings=ShippingSettings,
    guarantees=[boxes_arrive, boxes_are_counted],
    health=[HealthCheck(name="weather", check=_weather, critical=False)],
    card=_card,
)


class Harness:
    """The backend and a client of its application."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        transport = httpx.ASGITransport(create_app(backend))
        self.client = httpx.AsyncClient(transport=transport, base_url="http://testserver")

    async def get(self, path: str, **headers: str) -> Any:
        answer = await self.client.get(path, headers={**ADA, **headers})
        assert answer.status_code == 200, answer.text
        return answer.json()


Opener = Callable[..., AbstractAsyncContextManager[Harness]]


@pytest.fixture
def open_console(tmp_path: Path) -> Opener:
    @asynccontextmanager
    async def opened(**environ: str) -> AsyncIterator[Harness]:
        modules = [health, console, shipping]
        chosen = {
            "DATABASE_URL": f"sqlite:///{tmp_path}/console.db",
            "BACKSTAY_APP_DATA_DIR": str(tmp_path),
            "BACKSTAY_AUTH_PRINCIPALS": PRINCIPALS,
            "BACKSTAY_HEALTH_CACHE": "0",
            **environ,
        }
        async with start(load(modules, chosen), modules) as backend:
            harness = Harness(backend)
            async with harness.client:
                yield harness

    return opened


@pytest.fixture
async def app(open_console: Opener) -> AsyncIterator[Harness]:
    async with open_console() as harness:
        yield harness


def result(**members: Any) -> dict[str, Any]:
    """One result of an artifact."""
    return {
        "guarantee": "boxes-arrive",
        "declared_in": "tests",
        "promise": "A box that was loaded arrives.",
        "safety": "probe",
        "engine": "sqlite",
        "outcome": "held",
        "sentence": "held for 3 trials under no faults, seed 7, on SQLite 3.45.1, commit abc",
        "reason": "",
        "trials": 3,
        "faults": [],
        "seed": 7,
        "duration": 1.25,
        "sabotage": None,
        "facts": {"seen": 3},
        "evidence": [],
        "operations": {"total": 1, "ok": 1, "fail": 0, "info": 0, "shown": [OPERATION]},
        "lanes": [{"name": "server 1", "kind": "server", "marks": [MARK]}],
        "replay": "backstay prove --guarantee boxes-arrive --engine sqlite --seed 7",
        **members,
    }


OPERATION = {
    "id": 1,
    "lane": "client 1",
    "server": "server 1",
    "name": "POST /v1/boxes",
    "about": "box 1",
    "trial": 1,
    "at": 12.5,
    "took": 3.25,
    "ended": "ok",
    "status": 201,
    "answer": None,
    "error": "",
    "evidence": False,
}
MARK = {"at": 1.5, "kind": "ready", "detail": "", "trial": 1}


def write_proof(
    folder: Path, day: int, *results: dict[str, Any], engine: str = "sqlite", sabotage: bool = False
) -> str:
    """Write an artifact as `backstay prove` does and return its name without the ending."""
    started = datetime(2026, 1, day, 12, tzinfo=UTC)
    name = f"{started:%Y%m%dT%H%M%S%f}Z-{engine}{'-sabotage' if sabotage else ''}"
    proof = {
        "schema": "backstay.proof/1",
        "started_at": started.isoformat(),
        "engine": engine,
        "engine_version": "SQLite 3.45.1",
        "commit": "abc",
        "seed": 7,
        "duration": 2.5,
        "sabotage": sabotage,
        "target": None,
        "version": "0.1.0",
        "results": results,
    }
    (folder / "proofs").mkdir(exist_ok=True)
    (folder / "proofs" / f"{name}.json").write_text(json.dumps(proof))
    return name


async def until(condition: Callable[[], bool], deadline: float = 20.0) -> None:
    """Wait for a real condition of another process."""
    async with asyncio.timeout(deadline):
        while not condition():  # noqa: ASYNC110 - another process has no event to wait for
            await asyncio.sleep(0.01)
