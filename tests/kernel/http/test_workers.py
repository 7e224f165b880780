"""Several server processes under a supervisor."""

from __future__ import annotations

import asyncio
import signal

import psutil  # type: ignore[import-untyped]  # it ships no types
import pytest

from tests.kernel.http.serving import Load, Serve, until_ready

pytestmark = pytest.mark.lab


class TestWorkers:
    async def test_each_has_its_slot_and_the_dead_are_replaced(self, served: Serve) -> None:
        async with served(BACKSTAY_HTTP_WORKERS="2") as server:
            await until_ready(server)
            before = {process.environ()["BACKSTAY_WORKER_SLOT"]: process for process in server.workers()}
            assert set(before) == {"0", "1"}
            before["1"].kill()
            assert await server.line(r"worker 1 ended with code -9; another starts in 0\.5 s")
            await server.line("worker 1 is ready", times=2)
            after = {process.environ()["BACKSTAY_WORKER_SLOT"]: process.pid for process in server.workers()}
            assert after["0"] == before["0"].pid
            assert after["1"] != before["1"].pid
            assert await server.end() == 0

    async def test_a_rolling_restart_loses_no_request(self, served: Serve) -> None:
        async with served(BACKSTAY_HTTP_WORKERS="2") as server:
            await until_ready(server)
            before = {process.pid for process in server.workers()}
            load = Load(server.port)
            async with load.running():
                server.process.send_signal(signal.SIGHUP)
                await server.line("worker 1 is ready", times=2)
                assert not before & {process.pid for process in server.workers()}
                ended = asyncio.create_task(server.end())
            assert await ended == 0
            assert load.lost == []
            assert [line for line in server.lines if line.startswith("ready ")] == [f"ready {server.url}"]

    async def test_workers_that_cannot_start_end_the_server(self, served: Serve) -> None:
        async with served(BACKSTAY_HTTP_WORKERS="2", TEST_FAIL_AT_START="1") as server:
            # Three processes start one after the other, on a machine that may be busy with others.
            async with asyncio.timeout(60):
                assert await server.process.wait() == 3
            await server.reading
            assert "worker 1 ended with code 3 before it was ready" in server.lines

    async def test_orphans_end_by_themselves(self, served: Serve) -> None:
        async with served(BACKSTAY_HTTP_WORKERS="2") as server:
            await until_ready(server)
            workers = server.workers()
            server.process.kill()
            await server.process.wait()
            gone, alive = await asyncio.to_thread(psutil.wait_procs, workers, 10)
            assert (len(gone), alive) == (2, [])

    async def test_one_that_hangs_is_killed(self, served: Serve) -> None:
        async with served(BACKSTAY_HTTP_WORKERS="2", BACKSTAY_HTTP_DRAIN_TIMEOUT="100ms") as server:
            await until_ready(server)
            server.workers()[0].suspend()
            assert await server.end() == 1
            assert "a worker did not end in time and is killed" in server.lines
