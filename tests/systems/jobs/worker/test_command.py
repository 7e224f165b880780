"""`backstay worker` as it is started, told to end, and orphaned; on both databases."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from backstay.kernel import migrations
from backstay.kernel.actor import Actor
from backstay.kernel.backend import Backend, start
from backstay.kernel.settings import load
from backstay.systems.jobs import Job, Jobs
from tests.systems.jobs.worker import kinds
from tests.systems.jobs.worker.kinds import Add, Blocking, Stuck

ROOT = Path(__file__).parents[4]


class Command:
    """One `backstay worker`, and what it says."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.said: list[str] = []

    async def line(self, wanted: str) -> str:
        """The next line that holds these words."""
        assert self.process.stderr is not None
        async with asyncio.timeout(30):
            while line := (await self.process.stderr.readline()).decode():
                self.said.append(line)
                if wanted in line:
                    return line
        raise AssertionError(f"{wanted!r} was not said, but: {self.said}")

    async def silence(self) -> None:
        """Until it and its children have ended, all of whom hold the pipe."""
        assert self.process.stderr is not None
        async with asyncio.timeout(30):
            self.said.append((await self.process.stderr.read()).decode())


class Deployment:
    """A database, and the environment of whoever works on it."""

    def __init__(self, url: str, folder: Path, actor: Actor) -> None:
        self.actor = actor
        self.folder = folder
        self.environment = {
            "DATABASE_URL": url,
            "BACKSTAY_APP_ENVIRONMENT": "test",
            "BACKSTAY_APP_DATA_DIR": str(folder),
            "BACKSTAY_APP_MODULES": "tests.systems.jobs.worker.kinds:MODULES",
            "BACKSTAY_DATABASE_AUTO_MIGRATE": "false",
            "BACKSTAY_JOBS_EMBEDDED": "false",
            "BACKSTAY_JOBS_LEASE": "2",
            "BACKSTAY_JOBS_SOFT_DEADLINE": "0.1",
            "BACKSTAY_JOBS_HARD_DEADLINE": "0.1",
        }

    @asynccontextmanager
    async def worker(self, *options: str) -> AsyncIterator[Command]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "backstay.cli", "worker", *options),
            cwd=ROOT,
            env={**os.environ, **self.environment},
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        try:
            yield Command(process)
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    @asynccontextmanager
    async def backend(self) -> AsyncIterator[Backend]:
        settings = load(kinds.MODULES, self.environment, None)
        async with start(settings, kinds.MODULES, services=False) as backend:
            yield backend
            await backend.part(Jobs).store.close()

    async def put(self, job: Job) -> None:
        async with self.backend() as backend, backend.database.transaction(self.actor) as uow:
            await job.enqueue(uow)

    async def begun(self, file: str) -> None:
        async with asyncio.timeout(30):
            while not (self.folder / file).exists():  # noqa: ASYNC110 - another process makes it
                await asyncio.sleep(0.01)


@pytest.fixture
async def unready(database_url: str, tmp_path: Path, actor: Actor) -> Deployment:
    return Deployment(database_url, tmp_path, actor)


@pytest.fixture
async def deployment(unready: Deployment) -> Deployment:
    await migrations.up(unready.environment["DATABASE_URL"], kinds.MODULES)
    return unready


async def test_a_database_that_is_behind_is_refused_in_the_words_of_serve(unready: Deployment) -> None:
    for options in ((), ("--processes", "2")):
        async with unready.worker(*options) as command:
            await command.silence()
            assert await command.process.wait() == 1
        told = " ".join("".join(command.said).replace("│", " ").split())
        assert "the database is behind this code, idempotency_0001, jobs_0001" in told
        assert "did not run yet: backstay migrate up" in told


async def test_it_works_until_it_is_told_to_end(deployment: Deployment) -> None:
    async with deployment.worker() as command:
        name = (await command.line("serves")).split()[2]
        await deployment.put(Add(a=1, b=2))
        async with deployment.backend() as backend:
            jobs = backend.part(Jobs)
            async with asyncio.timeout(30):
                # It says that it serves before its first sign of life, and is late with the next on a busy machine.
                while not any(one.alive for one in await jobs.presence.show()):  # noqa: ASYNC110 - as above
                    await asyncio.sleep(0.01)
                (worker,) = await jobs.presence.show()
                assert (worker.name, worker.places) == (name, 16)
                while not [one for one in await jobs.store.minutes(600) if one.completed]:  # noqa: ASYNC110 - as above
                    await asyncio.sleep(0.01)
            command.process.send_signal(signal.SIGTERM)
            assert await command.process.wait() == 0
            # Who ends in order says so: nobody waits for the lease of its presence.
            assert await jobs.presence.show() == []


async def test_it_writes_the_telemetry_of_its_jobs(deployment: Deployment) -> None:
    deployment.environment["BACKSTAY_TELEMETRY_LOG_FORMAT"] = "json"
    async with deployment.worker() as command:
        await command.line("serves")
        await deployment.put(Add(a=1, b=2))
        line = await command.line("/kinds.add")
    assert '"JOB"' in line


@pytest.mark.parametrize("job", [Stuck, Blocking], ids=["a thread", "the loop"])
async def test_the_hard_deadline_ends_what_cannot_be_interrupted(
    deployment: Deployment, job: type[Stuck | Blocking]
) -> None:
    async with deployment.worker() as command:
        await command.line("serves")
        await deployment.put(job(begun=str(deployment.folder / "begun")))
        await deployment.begun("begun")
        command.process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(command.process.wait(), 20) == 1


async def test_a_second_signal_ends_at_once_and_the_lease_brings_the_job_back(deployment: Deployment) -> None:
    deployment.environment["BACKSTAY_JOBS_SOFT_DEADLINE"] = "3600"
    async with deployment.worker() as command:
        await command.line("serves")
        await deployment.put(Blocking(begun=str(deployment.folder / "begun")))
        await deployment.begun("begun")
        command.process.send_signal(signal.SIGTERM)
        command.process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(command.process.wait(), 20) == 1
    async with deployment.backend() as backend:
        store = backend.part(Jobs).store
        async with asyncio.timeout(20):
            while not (await store.sweep(10)).rescued:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.05)
        (queue,) = await store.queues()
        assert (queue.ready, queue.running) == (1, 0)


async def test_children_are_started_again_and_end_with_their_parent(deployment: Deployment) -> None:
    async with deployment.worker("--processes", "2") as command:
        first = await command.line("serves")
        second = await command.line("serves")
        assert first != second
        name = first.split()[2]
        async with deployment.backend() as backend:
            presence = backend.part(Jobs).presence
            async with asyncio.timeout(20):
                while not await presence.remembered([name]):  # noqa: ASYNC110 - another process tells
                    await asyncio.sleep(0.05)
            os.kill(int(name.rpartition(":")[2]), signal.SIGKILL)
            await command.line("ended with code -9")
            assert await command.line("serves") not in {first, second}
            (gone,) = await presence.remembered([name])
        assert (gone.alive, gone.ended) == (False, "killed by SIGKILL")
        assert gone.memory is not None
        assert 10e6 < gone.memory < 1e9
        # Nobody tells the children but the pipe that their parent held.
        command.process.kill()
        await command.silence()


async def test_a_parent_ends_its_children_in_order(deployment: Deployment) -> None:
    async with deployment.worker("--processes", "2") as command:
        await command.line("serves")
        await command.line("serves")
        command.process.send_signal(signal.SIGTERM)
        assert await command.process.wait() == 0
        await command.silence()
    async with deployment.backend() as backend:
        assert await backend.part(Jobs).presence.show() == []
