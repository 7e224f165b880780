from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from backstay.kernel.clock import ManualClock
from backstay.kernel.module import Module
from backstay.systems.audit.module import module as audit
from backstay.systems.idempotency.module import module as idempotency
from backstay.systems.identity import Identity
from backstay.systems.identity.module import module as identity
from backstay.systems.identity.service.standings import TRUSTED
from backstay.systems.jobs.module import module as jobs
from backstay.systems.jobs.testing import drain
from backstay.systems.mail.module import module as mail
from backstay.systems.ratelimit.module import module as ratelimit
from backstay.systems.traffic.module import module as traffic
from tests.conftest import make_actor
from tests.house import House, open_house

MODULES: list[Module] = [traffic, ratelimit, idempotency, audit, jobs, mail, identity]
PASSWORD = "seven green tugboats at dawn"
OTHER_PASSWORD = "an owl reads maps by moonlight"
MAIL = "ada@example.test"
SECRET = "a secret of thirty-two bytes, or so"


class Site:
    """A backend with accounts, as its visitors see it."""

    def __init__(self, house: House, clock: ManualClock) -> None:
        self.house = house
        self.clock = clock
        self.identity = house.backend.part(Identity)
        self.database = house.backend.database

    async def call(
        self, method: str, path: str, json: Any = None, token: str = "", **headers: str
    ) -> httpx.Response:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            sent["authorization"] = f"Bearer {token}"
        return await self.house.client.request(method, path, json=json, headers=sent)

    async def post(self, path: str, json: Any = None, token: str = "", **headers: str) -> httpx.Response:
        return await self.call("POST", f"/v1{path}", json, token, **headers)

    async def get(self, path: str, token: str = "", **headers: str) -> httpx.Response:
        return await self.call("GET", f"/v1{path}", None, token, **headers)

    async def outbox(self) -> list[dict[str, Any]]:
        """The mails that were sent, the newest first, once every job has run."""
        await drain(self.house.backend, queues=("identity",))
        postman = make_actor("postman", organization=self.identity.mail_organization)
        listed = (await self.house(postman, "GET", "/v1/mail/messages")).json()["items"]
        return [(await self.house(postman, "GET", f"/v1/mail/messages/{one['id']}")).json() for one in listed]

    async def token(self) -> str:
        """The token of the newest mail."""
        found = re.findall(r"^bsl_\S+$", (await self.outbox())[0]["text"], re.MULTILINE)
        assert len(found) == 1
        return str(found[0])

    async def sign_up(self, mail: str = MAIL, password: str = PASSWORD, name: str = "Ada") -> dict[str, Any]:
        """An account with a verified address, signed in."""
        answer = await self.post("/auth/sign-up", {"mail": mail, "password": password, "name": name})
        assert answer.status_code == 202, answer.text
        answer = await self.post("/auth/verify", {"token": await self.token(), "password": password})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def sign_in(self, mail: str = MAIL, password: str = PASSWORD, **headers: str) -> dict[str, Any]:
        answer = await self.post("/auth/sign-in", {"mail": mail, "password": password}, **headers)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def refresh(self, refresh_token: str) -> httpx.Response:
        return await self.post("/auth/refresh", {"refresh_token": refresh_token})

    async def catch_up(self) -> None:
        """Let this process look now for what was ended, instead of in a moment."""
        self.identity.standings._looked -= TRUSTED
        await self.identity.standings.look()

    async def who(self, token: str) -> int:
        """The status that somebody with this access token gets."""
        return (await self.get("/account", token)).status_code


OpenSite = Callable[..., Awaitable[Site]]


@pytest.fixture
async def open_site(database_url: str, clock: ManualClock, tmp_path: Path) -> AsyncIterator[OpenSite]:
    """Makes a `Site`; several in one test are several processes on one database."""
    async with AsyncExitStack() as stack:

        async def make(modules: Sequence[Module] = MODULES, **environ: str) -> Site:
            chosen = {
                "BACKSTAY_APP_SECRET_KEY": SECRET,
                "BACKSTAY_JOBS_EMBEDDED": "false",
                "BACKSTAY_JOBS_SCHEDULES": "false",
                "BACKSTAY_IDENTITY_HASH_MEMORY": "8",
                "BACKSTAY_IDENTITY_HASH_PASSES": "1",
                **environ,
            }
            opened = open_house(modules, database_url, clock, data_dir=tmp_path / "data", environ=chosen)
            return Site(await stack.enter_async_context(opened), clock)

        yield make


@pytest.fixture
async def site(open_site: OpenSite) -> Site:
    return await open_site()
