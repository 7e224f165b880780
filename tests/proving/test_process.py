"""Faults on processes really happen: asked of the operating system, not of the lab."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from backstay.kernel.guarantees import Ended, History, LabError
from backstay.proving.clients import Endpoint, LabClient
from backstay.proving.lab import Laboratory
from backstay.proving.process import Launch, clean_environment, free_port
from backstay.proving.server import LabServer

from .conftest import alive, setting, state

pytestmark = pytest.mark.lab


async def test_a_killed_server_is_gone_and_comes_back_on_its_port_with_its_data(lab: Laboratory) -> None:
    server = await lab.server()
    (process,) = server.processes
    pid, port = process.pid, process.port
    await lab.clients(1).each(1, lambda client: client.post("/items", json={"title": "kept"}))

    await server.kill()
    assert not alive(pid)
    assert [mark.kind for mark in lab.history.marks] == ["start", "ready", "kill", "exit"]
    assert lab.history.marks[-1].detail == "status -9"

    await server.restart()
    assert process.pid != pid
    assert process.port == port
    assert (await server.get("/where"))["pid"] == process.pid
    assert [item async for item in server.walk("/items")] == [{"title": "kept"}]


async def test_a_paused_server_stands_still_and_goes_on(lab: Laboratory) -> None:
    server = await lab.server()
    (process,) = server.processes
    clients = lab.clients(1)
    await process.pause()
    assert state(process.pid) == "T"

    asked = asyncio.create_task(clients.each(1, lambda client: client.get("/counter")))
    done, _ = await asyncio.wait([asked], timeout=0.2)
    assert not done, "nobody answers while the process stands still"

    process.resume()
    assert (await asked).ok == 1
    assert state(process.pid) != "T"


async def test_a_request_to_a_paused_server_is_unknown_not_refused(lab: Laboratory) -> None:
    server = await lab.server()
    await server.processes[0].pause()
    tally = await lab.clients(1, timeout=0.1).each(
        1, lambda client: client.post("/counter", json={"amount": 1})
    )
    assert (tally.ok, tally.fail, tally.indeterminate) == (0, 0, 1)
    server.processes[0].resume()


async def test_terminate_lets_the_server_end_by_itself(lab: Laboratory) -> None:
    server = await lab.server()
    (process,) = server.processes
    process.terminate()
    assert await process.exited() in {0, -15}
    assert not alive(process.pid)
    tally = await lab.clients(1).each(1, lambda client: client.get("/counter"))
    assert tally.fail == 1
    (op,) = lab.history.refused()
    assert (op.sent, op.status, op.error) == (False, None, "could not connect: ConnectionRefusedError")


async def test_what_does_not_run_cannot_be_harmed(lab: Laboratory) -> None:
    server = await lab.server()
    (process,) = server.processes
    await server.kill()
    for harm in (process.resume, process.terminate):
        with pytest.raises(LabError, match=r"server 1 is to .* and does not run"):
            harm()
    with pytest.raises(LabError, match=r"server 1 is to get SIGSTOP and does not run"):
        await process.pause()
    with pytest.raises(LabError, match="server 1 is to be killed and does not run"):
        await process.kill()


def limits(pid: int) -> str:
    return Path(f"/proc/{pid}/limits").read_text()


async def test_a_full_disk_refuses_writes_and_only_while_it_is_full(lab: Laboratory) -> None:
    server = await lab.server()
    clients = lab.clients(1)

    async def put(title: str) -> None:
        await clients.each(1, lambda client: client.post("/items", json={"title": title}))

    await put("before")
    async with server.disk_full():
        assert "Max file size             0 " in limits(server.processes[0].pid)
        await put("during")
        await clients.each(1, lambda client: client.get("/where"))
    await put("after")

    assert [op.status for op in lab.history] == [201, 500, 200, 201]
    assert [item["title"] async for item in server.walk("/items")] == ["before", "after"]
    assert [mark.kind for mark in lab.history.marks][-2:] == ["disk-full", "disk-freed"]


async def test_commits_fail_by_a_full_disk_on_sqlite(lab: Laboratory) -> None:
    server = await lab.server()
    async with server.commits_failing():
        await lab.clients(1).each(1, lambda client: client.post("/items", json={"title": "lost"}))
    assert [op.status for op in lab.history] == [500]
    assert "disk-full" in [mark.kind for mark in lab.history.marks]


async def no_sessions() -> int:
    return 0


async def test_commits_fail_on_postgresql_only_through_a_proxy() -> None:
    reader = LabClient("reader", free_endpoint, History(), Random(1), headers={}, timeout=1)
    server = LabServer([], reader, History(), engine="postgres", end_sessions=no_sessions)
    with pytest.raises(LabError, match="start the server with database_proxy=True"):
        async with server.commits_failing():
            raise AssertionError


def free_endpoint() -> Endpoint:
    return Endpoint("nobody", "127.0.0.1", free_port())


async def test_two_processes_share_one_database_and_the_clients_are_spread(lab: Laboratory) -> None:
    server = await lab.server(processes=2)
    await lab.clients(4).each(2, lambda client: client.post("/counter", json={"amount": 1}))
    assert (await server.get("/counter"))["value"] == 8
    went = [(op.lane, op.server) for op in lab.history if op.lane.startswith("client")]
    assert sorted(set(went)) == [
        ("client 1", "server 1"),
        ("client 2", "server 2"),
        ("client 3", "server 1"),
        ("client 4", "server 2"),
    ]


async def test_the_clock_of_the_servers_moves(lab: Laboratory) -> None:
    server = await lab.server()
    before = datetime.fromisoformat((await server.get("/clock"))["now"])
    lab.move_clock(timedelta(days=3))
    moved = datetime.fromisoformat((await server.get("/clock"))["now"])
    assert timedelta(days=3) <= moved - before < timedelta(days=3, minutes=1)
    lab.move_clock(timedelta(days=-1))
    back = datetime.fromisoformat((await server.get("/clock"))["now"])
    assert timedelta(days=-1) <= back - before < timedelta(days=-1, minutes=1)
    assert [mark.detail for mark in lab.history.marks if mark.kind == "clock"] == ["+259200 s", "-86400 s"]


async def test_a_server_that_does_not_start_is_told_with_what_it_printed(lab: Laboratory) -> None:
    broken = setting(launch=Launch(("python", "-c", "import sys; sys.exit('no such rope')"), {}))
    lab._setting = broken
    with pytest.raises(LabError, match=r"server 1 ended before it was ready; it printed: no such rope"):
        await lab.server()


async def test_requests_under_way_are_waited_for_when_a_load_ends(lab: Laboratory) -> None:
    await lab.server()
    async with lab.clients(3).running(lambda client: client.post("/counter", json={"amount": 1})):
        await lab.acknowledged(20)
    assert len(lab.history.acknowledged()) >= 20
    assert {op.ended for op in lab.history} == {Ended.OK}


def test_a_server_of_the_lab_inherits_nobody_s_real_parts() -> None:
    caller = {
        "PATH": "/bin",
        "DATABASE_URL": "postgresql://production/shop",
        "REDIS_URL": "redis://production",
        "MAIL_URL": "smtp://production",
        "SENTRY_DSN": "https://key@sentry",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector",
        "BACKSTAY_AUTH_PRINCIPALS": "[]",
        "BACKSTAY_APP_MODULES": "shop.app:MODULES",
    }
    assert clean_environment(caller, {"DATABASE_URL": "sqlite:////tmp/lab.db"}) == {
        "PATH": "/bin",
        "BACKSTAY_APP_MODULES": "shop.app:MODULES",
        "PYTHONUNBUFFERED": "1",
        "DATABASE_URL": "sqlite:////tmp/lab.db",
    }
