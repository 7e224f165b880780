"""Sessions that each wait for their first refresh, and their way back there.

A refresh token works once, so a workload of refreshes needs as many sessions as it sends
requests. They are opened by the house's own service in the contender's database, without a
password hash each; before every round their rows are as they were made.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Final

from backstay.kernel.actor import ANONYMOUS
from backstay.kernel.backend import start
from backstay.kernel.database import UnitOfWork
from backstay.kernel.settings import load
from backstay.systems.identity.contracts import SessionKind
from backstay.systems.identity.queries import users
from backstay.systems.identity.service.part import Identity
from backstay.systems.identity.service.sessions import Device, open_session
from bench.harness.load import http_request
from bench.harness.model import Request
from bench.harness.postgres import Postgres
from bench.identity.ours.app import MODULES
from bench.identity.people import as_json

SESSIONS: Final = 20_000
"""More than a round refreshes."""
_A_UNIT: Final = 500
_DEVICE: Final = Device("bench", "127.0.0.0/24")
_AS_MADE: Final = """
UPDATE identity_sessions SET counter = 1, confirmed = 0, rotated_at = created_at, seen_at = created_at
WHERE device = 'bench' AND counter > 1
"""


def as_made(postgres: Postgres, database: str) -> None:
    """Every session waits for its first refresh again."""
    postgres.sql(database, _AS_MADE, "VACUUM identity_sessions")


def refreshes(environment: Mapping[str, str], mail: str) -> list[Request]:
    """One request for each of `SESSIONS` new sessions of this person.

    `environment`: the server's own, with `DATABASE_URL`; tokens are sealed by its secret.
    """
    return [_request(token) for token in asyncio.run(_tokens(environment, mail))]


async def _tokens(environment: Mapping[str, str], mail: str) -> list[str]:
    settings = load(MODULES, dict(environment), None)
    async with start(settings, MODULES, services=False) as backend:
        await backend.part(Identity).keyring.load(backend.database)
        work = partial(_open, mail)
        units = [await backend.database.run(ANONYMOUS, work) for _ in range(SESSIONS // _A_UNIT)]
    return [token for unit in units for token in unit]


async def _open(mail: str, uow: UnitOfWork) -> list[str]:
    person = await uow.one(users.BY_MAIL, mail_key=mail)
    made = []
    for _ in range(_A_UNIT):
        signed_in = await open_session(uow, person, kind=SessionKind.TOKENS, device=_DEVICE)
        assert signed_in.refresh_token is not None
        made.append(signed_in.refresh_token)
    return made


def _request(token: str) -> Request:
    body = as_json({"refresh_token": token})
    return Request(kind="refresh", raw=http_request("POST", "/v1/auth/refresh", body=body))
