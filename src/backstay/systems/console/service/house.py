"""The state of the house: every module with its health, its live number and how its promises stand."""

from __future__ import annotations

import asyncio
import inspect
import re
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

from backstay.kernel.actor import Actor
from backstay.kernel.backend import Backend
from backstay.kernel.database import Reader
from backstay.kernel.health import Health
from backstay.kernel.http import routes_of
from backstay.kernel.module import Card, Module
from backstay.kernel.settings import describe
from backstay.systems.console import queries
from backstay.systems.console.contracts import (
    Check,
    GuaranteeCounts,
    House,
    Part,
    PermissionInfo,
    Pulse,
    Route,
    SettingInfo,
    System,
    SystemDetail,
)
from backstay.systems.console.errors import NoSuchSystem
from backstay.systems.console.service.proofs import Proofs
from backstay.systems.health import CheckResult, Monitor

_CARD_TIMEOUT: Final = 2.0
"""Seconds; a number that takes longer is left out rather than waited for."""
_GRAVITY: Final = {Health.OK: 0, Health.DEGRADED: 1, Health.FAILED: 2}
_DATABASE: Final = "database"
_TYPED: Final = re.compile(r"\{(\w+):\w+\}")


class Pulses:
    """When this process started, and what does not change while it runs."""

    def __init__(self, started_at: datetime) -> None:
        self.started_at = started_at
        self.engine_version: str | None = None


async def house(backend: Backend, actor: Actor) -> House:
    """Everything that the Systems screen shows to this actor."""
    results = (await backend.part(Monitor).readiness()).checks
    pulses = {pulse.name: pulse for pulse in await _pulses(backend, actor, results)}
    by_name = {result.name: result for result in results}
    standing = await asyncio.to_thread(backend.part(Proofs).standing, backend.modules, engine_of(backend))
    database = by_name.get(_DATABASE)
    return House(
        state=backend.state,
        started_at=backend.part(Pulses).started_at,
        parts=[
            Part(
                name=_DATABASE,
                engine=await _engine_version(backend, actor),
                health=database.health if database else Health.OK,
            )
        ],
        systems=[
            System(
                name=module.name,
                summary=module.summary,
                ring=_ring(module),
                health=pulses[module.name].health,
                checks=[
                    Check(name=found.name, health=found.health, message=found.message)
                    for check in module.health
                    if (found := by_name.get(check.name))
                ],
                card=pulses[module.name].card,
                parts=[_DATABASE] if _stands_on_database(module) else [],
                requires=list(module.requires),
                guarantees=standing.get(module.name, GuaranteeCounts()),
            )
            for module in backend.modules
        ],
    )


async def pulses(backend: Backend, actor: Actor) -> list[Pulse]:
    """What may have changed since one last looked."""
    return await _pulses(backend, actor, (await backend.part(Monitor).readiness()).checks)


async def _pulses(backend: Backend, actor: Actor, results: list[CheckResult]) -> list[Pulse]:
    reader = backend.reader(actor)
    cards = await asyncio.gather(*(_card(module, reader) for module in backend.modules))
    found = {result.name: result.health for result in results}
    return [
        Pulse(
            name=module.name,
            health=max(
                (found.get(check.name, Health.OK) for check in module.health),
                key=_GRAVITY.__getitem__,
                default=Health.OK,
            ),
            card=card,
        )
        for module, card in zip(backend.modules, cards, strict=True)
    ]


async def _card(module: Module, reader: Reader) -> Card | None:
    """The module's live number; a module that cannot tell it must not take the screen with it."""
    if module.card is None:
        return None
    try:
        async with asyncio.timeout(_CARD_TIMEOUT):
            return await module.card(reader)
    except Exception:  # noqa: BLE001 - any module's code runs here; its health check is where a failure shows
        return None


def engine_of(backend: Backend) -> str:
    """The engine of this server as guarantees name it: `sqlite` or `postgres`."""
    return "sqlite" if backend.database.dialect == "sqlite" else "postgres"


async def _engine_version(backend: Backend, actor: Actor) -> str:
    held = backend.part(Pulses)
    if held.engine_version is None:
        if backend.database.dialect == "sqlite":
            # Late: only who runs on SQLite carries its driver.
            import sqlite3

            held.engine_version = f"SQLite {sqlite3.sqlite_version}"
        else:
            version = await backend.reader(actor).one(queries.POSTGRESQL_VERSION)
            held.engine_version = f"PostgreSQL {version.partition(' ')[0]}"
    return held.engine_version


def _ring(module: Module) -> Literal["systems", "products", "yours"]:
    if module.package.startswith("backstay.systems."):
        return "systems"
    return "products" if module.package.startswith("backstay.products.") else "yours"


def _stands_on_database(module: Module) -> bool:
    return module.tables is not None or any(check.name == _DATABASE for check in module.health)


def system(backend: Backend, name: str) -> SystemDetail:
    """One module in full.

    Raises:
        NoSuchSystem: none is called so.
    """
    try:
        module = backend.module(name)
    except LookupError as unknown:
        composed = ", ".join(module.name for module in backend.modules)
        raise NoSuchSystem(f"No module is called {name!r}; composed are {composed}.") from unknown
    return SystemDetail(
        name=module.name,
        summary=module.summary,
        package=module.package,
        permissions=[
            PermissionInfo(name=permission.name, description=permission.description)
            for permission in module.permissions
        ],
        routes=_routes(module),
        settings=[
            SettingInfo(name=view.name, value=view.value, provenance=view.source)
            for view in describe(backend.settings)
            if view.name.partition(".")[0] == name
        ],
        readme=_readme(Path(inspect.getfile(__import__(module.package, fromlist=["__name__"]))).parent),
    )


def _routes(module: Module) -> list[Route]:
    found = []
    for controller in module.controllers:
        for route, handler in routes_of(controller):
            options = route.options
            version = options.get("version", controller.version)
            permission = options.get("permission")
            words = inspect.getdoc(getattr(controller, handler)) or ""
            found.append(
                Route(
                    method=route.method,
                    path=_TYPED.sub(
                        r"{\1}",
                        f"{'' if version is None else f'/v{version}'}{controller.path}{route.path}" or "/",
                    ),
                    summary=options.get("summary", words.partition("\n")[0]),
                    permission=None if permission is None else permission.name,
                )
            )
    return found


@lru_cache(maxsize=128)
def _readme(folder: Path) -> str:
    """The module's README as HTML that is safe to show."""
    try:
        text = (folder / "README.md").read_text(encoding="utf-8")
    except OSError:
        return ""
    # Late: a server that nobody asks for a module's page starts faster.
    import nh3
    from markdown_it import MarkdownIt

    return nh3.clean(
        MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).render(text)
    )
