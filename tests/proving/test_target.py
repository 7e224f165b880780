"""Somebody's running server is only asked, at a capped rate, and never harmed."""

from __future__ import annotations

import time
from typing import Any

import pytest

from backstay.kernel.guarantees import (
    Client,
    Guarantee,
    Lab,
    LabError,
    Patch,
    Process,
    Safety,
    Verdict,
    guarantee,
    held_if,
)
from backstay.kernel.guarantees.registry import Check
from backstay.proving.lab import Laboratory
from backstay.proving.runner import prove
from backstay.proving.target import Target

from .conftest import alive, plan

pytestmark = pytest.mark.lab


def made(safety: Safety, function: Check) -> Guarantee:
    one = guarantee("asked", promise="", safety=safety)(function)

    @one.sabotage("nothing")
    def nothing(patch: Patch) -> None:
        raise NotImplementedError

    return one


@pytest.fixture
async def running(lab: Laboratory) -> Process:
    """A server that, to the checks, is somebody's: started by this fixture, not by their lab."""
    server = await lab.server()
    return server.processes[0]


def target(running: Process, **options: Any) -> Target:
    return Target(url=f"http://127.0.0.1:{running.port}", **options)


async def reads(lab: Lab) -> Verdict:
    server = await lab.server()
    return held_if((await server.get("/counter"))["value"] == 0)


async def writes(lab: Lab) -> Verdict:
    await lab.server()
    tally = await lab.clients(2).each(3, lambda client: client.post("/counter", json={"amount": 1}))
    return held_if(tally.ok == 6)


async def test_what_only_reads_runs_against_it(running: Process) -> None:
    (proof,) = await prove(plan(made("observe", reads), target=target(running)))
    assert proof.results[0].outcome == "held"
    assert proof.target == f"127.0.0.1:{running.port}"


async def test_a_reader_that_would_write_is_stopped(running: Process) -> None:
    (proof,) = await prove(plan(made("observe", writes), target=target(running, throw_away=True)))
    assert proof.results[0].outcome == "inconclusive"
    assert proof.results[0].reason == "a check of the class 'observe' only reads; it asked for POST /counter"


async def test_what_writes_needs_a_throw_away_organization(running: Process) -> None:
    probe = made("probe", writes)
    (proof,) = await prove(plan(probe, target=target(running)))
    assert proof.results[0].sentence == (
        "not applicable: it writes: run it with the token of a throw-away organization and --throw-away"
    )
    (proof,) = await prove(plan(probe, target=target(running, throw_away=True)))
    assert proof.results[0].outcome == "held"


async def test_the_rate_is_capped_for_all_clients_together(running: Process) -> None:
    began = time.perf_counter()
    (proof,) = await prove(plan(made("probe", writes), target=target(running, throw_away=True, rate=20)))
    assert proof.results[0].outcome == "held"
    assert time.perf_counter() - began >= 5 / 20


async def test_what_breaks_things_does_not_run_against_it(running: Process) -> None:
    async def harmful(lab: Lab) -> Verdict:
        raise AssertionError

    (proof,) = await prove(plan(made("break", harmful), target=target(running, throw_away=True)))
    assert proof.results[0].sentence == (
        f"not applicable: it breaks things, and 127.0.0.1:{running.port} is not the lab's own"
    )


@pytest.mark.parametrize("harm", ["kill", "restart", "disk_full", "commits_failing"])
async def test_a_check_in_sheep_s_clothing_is_refused(running: Process, harm: str) -> None:
    async def sly(lab: Lab) -> Verdict:
        server = await lab.server()
        await server.get("/counter")
        await getattr(server, harm)()
        return held_if(True)

    (proof,) = await prove(plan(made("probe", sly), target=target(running, throw_away=True)))
    assert proof.results[0].outcome == "inconclusive"
    assert f"127.0.0.1:{running.port} is not the lab's own: it will not be " in proof.results[0].reason
    assert alive(running.pid)


async def test_bugs_are_not_planted_in_it(running: Process) -> None:
    with pytest.raises(LabError, match="bugs are planted only in servers that the lab itself started"):
        await prove(plan(made("probe", writes), sabotage=True, target=target(running)))


async def test_the_walk_reads_page_by_page(running: Process) -> None:
    async def walk(lab: Lab) -> Verdict:
        server = await lab.server()

        async def put(client: Client) -> None:
            await client.post("/items", json={"title": client.unique("item")})

        await lab.clients(1).each(45, put)
        titles = [item["title"] async for item in server.walk("/items")]
        return held_if(len(set(titles)) == 45)

    (proof,) = await prove(plan(made("probe", walk), target=target(running, throw_away=True, rate=1000)))
    assert proof.results[0].outcome == "held", proof.results[0].sentence
    assert proof.results[0].operations.total == 48


@pytest.mark.parametrize(
    ("url", "host", "port", "tls", "prefix"),
    [
        ("http://there", "there", 80, False, ""),
        ("https://there/api/", "there", 443, True, "/api"),
        ("https://user:word@there:8443", "there", 8443, True, ""),
    ],
)
def test_addresses(url: str, host: str, port: int, tls: bool, prefix: str) -> None:
    endpoint = Target(url=url).endpoint
    assert (endpoint.host, endpoint.port, endpoint.tls, endpoint.prefix) == (host, port, tls, prefix)
    assert "word" not in endpoint.lane


def test_an_address_that_is_none() -> None:
    with pytest.raises(LabError, match="--target takes http://host:port, not 'there'"):
        _ = Target(url="there").endpoint
