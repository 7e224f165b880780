"""Limits over HTTP: policies, what they do, and how loaded the process is. All of it for operators."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Annotated, ClassVar, Final

from msgspec import UNSET, Meta

from backstay.kernel.actor import Permission
from backstay.kernel.backend import Backend
from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.http import (
    Controller,
    Event,
    EventStream,
    FromPath,
    FromQuery,
    IfMatch,
    JSONBody,
    delete,
    get,
    patch,
    post,
)
from backstay.systems.ratelimit.contracts import Algorithm
from backstay.systems.ratelimit.errors import NoSuchPolicy, StalePolicy
from backstay.systems.ratelimit.service import looking, policies, replaying
from backstay.systems.ratelimit.service.declaring import Unlimited
from backstay.systems.ratelimit.service.limiter import Limiter
from backstay.systems.ratelimit.service.shedding import Shedder
from backstay.systems.ratelimit.service.views import (
    Forgotten,
    Load,
    Meter,
    Minute,
    PolicyChanges,
    PolicyReplay,
    PolicyView,
    Quota,
    ReplayProgress,
    ReplayReport,
    Window,
)

READ: Final = Permission("ratelimit:read", "See limits, and who comes near them", house=True)
OPERATE: Final = Permission("ratelimit:operate", "Change limits, and let a quota begin anew", house=True)

_OPEN: Final[Sequence[object]] = (Unlimited(),)
"""Whoever has set a limit too low must still be able to raise it."""

Name = Annotated[str, Meta(min_length=1, max_length=64, description="The policy's name.")]
Back = Annotated[int, Meta(ge=1, le=1440, description="Minutes to look back.")]
Within = Annotated[int, Meta(ge=1, le=900, description="Seconds to look back.")]
Hours = Annotated[int, Meta(ge=1, le=24 * 31, description="Hours to look back.")]
Most = Annotated[int, Meta(ge=1, le=200, description="How many to show.")]


class PoliciesController(Controller):
    """Policies, which belong to the house."""

    path: ClassVar[str] = "/ratelimit/policies"
    name: ClassVar[str] = "policies"

    @get(permission=READ, declares=_OPEN)
    async def list_policies(self, reader: Reader) -> list[PolicyView]:
        """List every policy as it is in force, by name; there are as many as are declared."""
        return await policies.list_policies(reader)

    @get("/{name:str}", permission=READ, problems=[NoSuchPolicy], declares=_OPEN)
    async def read_policy(self, reader: Reader, name: FromPath[Name]) -> PolicyView:
        """Read a policy."""
        return await policies.get_policy(reader, name)

    @patch("/{name:str}", permission=OPERATE, problems=[NoSuchPolicy, StalePolicy], declares=_OPEN)
    async def change_policy(
        self, uow: UnitOfWork, name: FromPath[Name], expected: IfMatch, data: JSONBody[PolicyChanges]
    ) -> PolicyView:
        """Change a policy, unless it was changed since you read it; every process follows within a second."""
        return await policies.change_policy(uow, name, data, version=expected)

    @delete("/{name:str}", permission=OPERATE, problems=[NoSuchPolicy, StalePolicy], declares=_OPEN)
    async def reset_policy(self, uow: UnitOfWork, name: FromPath[Name], expected: IfMatch) -> None:
        """Let a policy be again what the code and the settings declare."""
        await policies.reset_policy(uow, name, version=expected)


class ReplaysController(Controller):
    """What a policy would have done to the requests of the log."""

    path: ClassVar[str] = "/ratelimit/replays"
    name: ClassVar[str] = "replays"

    @post(permission=READ, status=200, problems=[NoSuchPolicy], declares=_OPEN)
    async def replay(self, reader: Reader, data: JSONBody[PolicyReplay]) -> ReplayReport:
        """Try a policy on the request log, and get the report; nothing is changed and nothing kept."""
        return await replaying.replay_at_once(reader, data)

    @get("/stream", permission=READ, problems=[NoSuchPolicy], declares=_OPEN)
    async def stream(
        self,
        reader: Reader,
        policy: FromQuery[Name],
        quota: FromQuery[Quota | None] = None,
        window: FromQuery[Window | None] = None,
        algorithm: FromQuery[Algorithm | None] = None,
        burst: FromQuery[Quota | None] = None,
        hours: FromQuery[Hours] = 24,
    ) -> EventStream:
        """Try a policy on the last hours, as server-sent events: `progress`, and at the end one `report`.

        Whoever leaves ends it.
        """
        until = reader.now()
        asked = PolicyReplay(
            policy=policy,
            since=until - timedelta(hours=hours),
            until=until,
            quota=UNSET if quota is None else quota,
            window=UNSET if window is None else window,
            algorithm=UNSET if algorithm is None else algorithm,
            burst=UNSET if burst is None else burst,
        )
        told = replaying.replay(reader, asked)
        # What cannot be replayed is refused before the stream begins.
        first = await anext(told)

        async def events() -> AsyncIterator[Event]:
            yield _event(first)
            async for one in told:
                yield _event(one)

        return EventStream(events())


def _event(told: ReplayProgress | ReplayReport) -> Event:
    return Event(told, name="report" if isinstance(told, ReplayReport) else "progress")


class MetersController(Controller):
    """What the limits do, about two seconds late."""

    path: ClassVar[str] = "/ratelimit"
    name: ClassVar[str] = "meters"

    @get("/minutes", permission=READ, declares=_OPEN)
    async def minutes(self, reader: Reader, back: FromQuery[Back] = 60) -> list[Minute]:
        """Show what each policy did in each minute, on all processes together."""
        return await looking.minutes(reader, back)

    @get("/meters", permission=READ, declares=_OPEN)
    async def meters(
        self, reader: Reader, within: FromQuery[Within] = 300, limit: FromQuery[Most] = 50
    ) -> list[Meter]:
        """Show who has used half of a quota or more, the nearest to its end first."""
        return await looking.meters(reader, limit, timedelta(seconds=within))

    @get("/load", permission=READ, declares=_OPEN)
    async def load(self, backend: Backend) -> Load:
        """Show how loaded the process that answers is, and where it counts."""
        return looking.load(backend.part(Limiter), backend.part(Shedder))

    @post("/forget", permission=OPERATE, status=204, problems=[NoSuchPolicy], declares=_OPEN)
    async def forget(self, uow: UnitOfWork, data: JSONBody[Forgotten]) -> None:
        """Let somebody's quota begin anew."""
        await looking.forget(uow, data)
