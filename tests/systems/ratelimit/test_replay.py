"""A policy tried on the request log decides what it would have decided when the requests came."""

from __future__ import annotations

import json
from asyncio import to_thread
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner
from msgspec import structs

from backstay.kernel.actor import ActorKind
from backstay.kernel.clock import ManualClock
from backstay.kernel.database import UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.systems.ratelimit import Limiter
from backstay.systems.ratelimit.commands import ratelimit
from backstay.systems.ratelimit.contracts import Algorithm, Policy, Take, key_of
from backstay.systems.ratelimit.engines.memory import MemoryStore
from backstay.systems.traffic.queries import INSERT
from backstay.systems.traffic.service import Recorder
from tests.conftest import make_actor
from tests.house import House
from tests.systems.ratelimit.conftest import MODULES, StoreClock

REPLAYS = "/v1/ratelimit/replays"
OPERATOR = make_actor("operator")
ADA = make_actor("ada")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ROW: dict[str, Any] = {
    "method": "GET",
    "path": "/v1/probing/search",
    "route": "/v1/probing/search",
    "status": 200,
    "error": None,
    "actor": "ada",
    "duration_us": 1,
    "statements": 0,
    "response_bytes": 0,
    "abandoned": False,
    "request_id": "r",
    "trace_id": "t",
    "organization_id": ADA.organization_id,
    "actor_id": ADA.id,
    "actor_kind": "user",
    "session_id": None,
    "impersonator_id": None,
    "client": None,
    "by_cookie": False,
    "request_bytes": 0,
    "query": "",
    "request_headers": {},
    "response_headers": {},
    "request_body": None,
    "response_body": None,
    "causes": [],
    "left_out": 0,
}


async def log(house: House, *requests: dict[str, Any]) -> None:
    """Put requests into the log."""

    async def write(uow: UnitOfWork) -> None:
        await uow.execute_many(INSERT, [ROW | {"id": uuid7()} | one for one in requests])

    await house.backend.database.run(OPERATOR, write)


async def replay(house: House, policy: str, **asked: Any) -> dict[str, Any]:
    body = {"policy": policy, "since": NOON.isoformat(), "until": (NOON + timedelta(hours=1)).isoformat()}
    answer = await house(OPERATOR, "POST", REPLAYS, body | asked)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@pytest.mark.parametrize("algorithm", list(Algorithm))
async def test_a_replay_decides_as_the_store_would_have(house: House, algorithm: Algorithm) -> None:
    random = Random(algorithm)
    people = [uuid4() for _ in range(5)]
    at, requests = NOON, list[tuple[datetime, UUID]]()
    for _ in range(600):
        at += timedelta(microseconds=random.randint(1, 8_000_000))
        requests.append((at, random.choice(people)))
    shuffled = random.sample(requests, len(requests))
    await log(house, *({"at": at, "actor_id": person} for at, person in shuffled))
    report = await replay(house, "search", quota=3, window=60, algorithm=algorithm, until=_end(at))

    now = 0
    store = MemoryStore(clock=lambda: now)
    policy = Policy(name="search", quota=3, window=60, algorithm=algorithm)
    outcome: dict[UUID, list[int]] = {person: [0, 0] for person in people}
    for at, person in requests:
        now = (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
        verdict = await store.take([Take(policy, key_of(policy, str(person)))])
        outcome[person][verdict.admitted] += 1
    assert report["requests"] == report["concerned"] == 600
    refused = sum(counted[0] for counted in outcome.values())
    assert refused > 10
    assert (report["admitted"], report["refused"], report["callers"]) == (600 - refused, refused, 5)
    assert {one["subject"]: (one["refused"], one["admitted"]) for one in report["worst"]} == {
        f"user:{person}": tuple(counted) for person, counted in outcome.items() if counted[0]
    }
    assert sum(span["refused"] for span in report["spans"]) == refused
    assert len(report["spans"]) == 96


def _end(at: datetime) -> str:
    return (at + timedelta(seconds=1)).isoformat()


async def test_only_what_the_policy_judges_is_counted(house: House) -> None:
    key, client = uuid4(), "0123456789abcdef"
    plain = {"route": "/v1/probing/plain", "at": NOON}
    nobody = {"actor_id": None, "actor_kind": None, "organization_id": None, "client": client}
    await log(
        house,
        plain,
        plain | {"by_cookie": True},
        plain | {"actor_kind": "service", "session_id": key},
        plain | {"impersonator_id": OPERATOR.id},
        plain | nobody | {"status": 401},
        plain | {"route": "/v1/probing/free"},
        plain | {"route": "/livez"},
        plain | {"route": None, "status": 404},
        plain | {"at": NOON - timedelta(microseconds=1)},
        plain | {"at": NOON + timedelta(hours=1)},
    )
    default = await replay(house, "default", quota=1)
    assert (default["requests"], default["concerned"], default["callers"]) == (8, 3, 3)
    assert (await replay(house, "browser"))["concerned"] == 1
    anonymous = await replay(house, "anonymous", quota=1)
    assert (anonymous["concerned"], anonymous["refused"]) == (1, 0)
    await log(house, plain | nobody | {"status": 429})
    worst = await replay(house, "anonymous", quota=1)
    assert worst["worst"] == [{"subject": f"address:{client}", "admitted": 1, "refused": 1}]
    assert worst["refused_then"] == 1


async def test_costs_and_head_count_as_they_did(house: House) -> None:
    deep = {"route": "/v1/probing/search/deep"}
    await log(
        house,
        {"at": NOON, "method": "HEAD"},
        {"at": NOON + timedelta(seconds=1)} | deep,
        {"at": NOON + timedelta(seconds=2)} | deep,
    )
    report = await replay(house, "search")
    assert (report["admitted"], report["refused"], report["quota"]) == (2, 1, 3)


async def test_what_the_log_says_of_a_caller_is_what_limits_say(house: House, ticking: StoreClock) -> None:
    """The names are made in two places: around requests, and from the log. They must be the same."""
    key = structs.replace(ADA, kind=ActorKind.SERVICE, session_id=uuid4())
    acting = structs.replace(ADA, impersonator_id=OPERATOR.id)
    for who in (ADA, key, acting):
        for _ in range(2):
            await house(who, "GET", "/v1/probing/watched")
            await house(who, "GET", "/v1/probing/organization")
            await house(who, "GET", f"/v1/probing/items/{who.kind}")
            await house(who, "GET", f"/v1/probing/items/{who.kind}/free")
    limiter = house.backend.part(Limiter)
    await limiter.meters.flush()
    await house.backend.part(Recorder).flush()
    live = (await house(OPERATOR, "GET", "/v1/ratelimit/meters")).json()
    whole = {"since": "2020-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z"}
    for policy in ("watched", "shared", "items"):
        report = await replay(house, policy, quota=1, **whole)
        assert {one["subject"] for one in report["worst"]} == {
            one["subject"] for one in live if one["policy"] == policy
        }
        assert report["concerned"] == 6
    # Watched and items; what is declared unlimited is none of the house's.
    assert (await replay(house, "default", **whole))["concerned"] == 12


@pytest.mark.parametrize(
    ("asked", "status", "code", "pointers"),
    [
        ({"policy": "none"}, 404, "no_such_policy", []),
        ({"policy": "search", "since": "2026-01-01T13:00:00Z"}, 422, "invalid", ["/since"]),
        ({"policy": "search", "algorithm": "log", "burst": 3}, 422, "invalid", ["/burst"]),
        ({"policy": "search", "quota": 0, "hours": 1}, 422, "invalid", ["/quota", "/hours"]),
    ],
)
async def test_what_cannot_be_replayed_is_refused(
    house: House, asked: dict[str, Any], status: int, code: str, pointers: list[str]
) -> None:
    until = {"until": "2026-01-01T13:00:00Z"}
    answer = await house(OPERATOR, "POST", REPLAYS, until | asked)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert [error["pointer"] for error in answer.json().get("errors", [])] == pointers


async def test_a_long_replay_tells_how_far_it_has_come(house: House, clock: ManualClock) -> None:
    began = clock.now() - timedelta(hours=1)
    await log(house, *({"at": began + timedelta(seconds=n)} for n in range(1200)))
    answer = await house(OPERATOR, "GET", f"{REPLAYS}/stream?policy=search&quota=1&hours=2")
    assert answer.headers["content-type"] == "text/event-stream"
    blocks = [block.split("\n") for block in answer.text.split("\n\n") if block.startswith("event: ")]
    told = [
        (lines[0].removeprefix("event: "), json.loads(lines[1].removeprefix("data: "))) for lines in blocks
    ]
    assert [(name, one.get("done"), one.get("total")) for name, one in told] == [
        ("progress", 500, 1200),
        ("progress", 1000, 1200),
        ("progress", 1200, 1200),
        ("report", None, None),
    ]
    assert (told[-1][1]["admitted"], told[-1][1]["refused"]) == (20, 1180)
    refused = await house(OPERATOR, "GET", f"{REPLAYS}/stream?policy=none")
    assert refused.json()["code"] == "no_such_policy"


async def test_only_who_may_see_limits_may_replay(house: House) -> None:
    guest = make_actor("guest", permissions=("traffic:read",))
    assert (await house(guest, "POST", REPLAYS, {"policy": "search"})).status_code == 403


async def test_the_command_prints_the_same(
    house: House, clock: ManualClock, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    recent = datetime.now(UTC) - timedelta(minutes=5)
    await log(house, *({"at": recent + timedelta(seconds=n), "left_out": n} for n in range(5)))
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("BACKSTAY_APP_ENVIRONMENT", "test")
    runner = CliRunner()

    def run(*arguments: str) -> Any:
        return runner.invoke(ratelimit, ["replay", *arguments], obj=lambda: MODULES)

    shown = await to_thread(run, "search", "--quota", "2")
    assert shown.exit_code == 0, shown.output
    assert "search: 2 in 60 s (gcra)" in shown.output
    assert "2 admitted, at least 3 refused (then: 0), of 1 caller(s)" in shown.output
    assert "The log kept 33.3% of the requests of this time and left 10 out" in shown.output
    told = await to_thread(run, "search", "--quota", "2", "--json")
    assert json.loads(told.stdout)["left_out"] == 10
    assert json.loads(told.stdout)["worst"] == [{"subject": f"user:{ADA.id}", "admitted": 2, "refused": 3}]
    unknown = await to_thread(run, "none")
    assert (unknown.exit_code, "no module declares a policy 'none'" in unknown.output) == (1, True)
    unfit = await to_thread(run, "search", "--algorithm", "log", "--burst", "1")
    assert (unfit.exit_code, "--burst: " in unfit.output) == (1, True)
