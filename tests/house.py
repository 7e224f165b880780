"""A composed backend on a migrated database of the test's own, called without a socket."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from backstay.kernel.actor import Actor
from backstay.kernel.backend import Backend, start
from backstay.kernel.clock import Clock
from backstay.kernel.http import Application, create_app
from backstay.kernel.http.routes import Controller
from backstay.kernel.module import Module
from backstay.kernel.observation import Record
from backstay.kernel.settings import load
from backstay.testing import TestTokens
from tests.templates import migrate


class House:
    """The backend, its application, and a client whose every call names who calls."""

    def __init__(self, backend: Backend, tokens: TestTokens, controllers: Sequence[type[Controller]]) -> None:
        self.backend = backend
        self.records: list[Record] = []
        backend.observers.append(self.records.append)
        self.app: Application = create_app(backend, controllers=controllers)
        self._tokens = tokens
        self._token_of: dict[Actor, str] = {}
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://testserver")

    def signed_in(self, who: Actor) -> dict[str, str]:
        """The header that proves somebody."""
        if who not in self._token_of:
            self._token_of[who] = self._tokens.token_of(who)
        return {"authorization": f"Bearer {self._token_of[who]}"}

    def token_of(self, who: Actor) -> str:
        """What proves somebody."""
        return self.signed_in(who)["authorization"].removeprefix("Bearer ")

    async def __call__(
        self, who: Actor | None, method: str, path: str, json: Any = None, **headers: str
    ) -> httpx.Response:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if who is not None:
            sent |= self.signed_in(who)
        return await self.client.request(method, path, json=json, headers=sent)


@asynccontextmanager
async def open_house(
    modules: Sequence[Module],
    database_url: str,
    clock: Clock | None = None,
    *,
    controllers: Sequence[type[Controller]] = (),
    data_dir: Path | None = None,
    own_authenticator: bool = False,
    environ: Mapping[str, str] | None = None,
) -> AsyncIterator[House]:
    """Migrate, start, and stop at the end of the block."""
    await migrate(database_url, modules)
    chosen = {"DATABASE_URL": database_url, "BACKSTAY_APP_ENVIRONMENT": "test", **(environ or {})}
    if data_dir is not None:
        chosen["BACKSTAY_APP_DATA_DIR"] = str(data_dir)
    tokens = TestTokens()
    settings = load(modules, chosen, None)
    authenticator = None if own_authenticator else tokens
    async with start(settings, modules, clock=clock, authenticator=authenticator) as backend:
        house = House(backend, tokens, controllers)
        async with house.client:
            yield house
