"""Our proxy beside an independent one, and before a real PostgreSQL."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

import asyncpg
import pytest

from backstay.proving.process import free_port
from backstay.proving.proxy import TcpProxy
from tests.plugins.servers import POSTGRES

from .streams import Echo, connected, said, timed


@asynccontextmanager
async def faulty(port: int, *options: str) -> AsyncIterator[int]:
    """The independent proxy `faulty` (PyPI) as a process of its own; yields its port."""
    listen = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "faulty.cli",
        f"127.0.0.1:{listen}",
        f"127.0.0.1:{port}",
        *options,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(15):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", listen)
                    writer.close()
                    break
                except OSError:
                    await asyncio.sleep(0.02)
        yield listen
    finally:
        process.kill()
        await process.wait()


class TestAsAnIndependentProxyDoesIt:
    """What a peer sees through ours and through `faulty` is alike."""

    async def test_delay(self, proxy: TcpProxy, echo: tuple[Echo, int]) -> None:
        proxy.delay(0.08)
        async with faulty(echo[1], "--delay", "80") as other:
            seen = []
            for port in (proxy.port, other):
                async with connected(port) as (reader, writer):
                    seen.append(await timed(said(reader, writer, b"x")))
        assert all(0.16 <= took < 0.4 for took in seen), seen

    async def test_throttle(self, proxy: TcpProxy, echo: tuple[Echo, int]) -> None:
        proxy.throttle(64 * 1024)
        async with faulty(echo[1], "--throttle", "64kb") as other:
            seen = []
            for port in (proxy.port, other):
                async with connected(port) as (reader, writer):
                    seen.append(await timed(said(reader, writer, bytes(32 * 1024))))
        assert all(0.45 <= took < 2.0 for took in seen), seen

    async def test_loss_of_everything(self, proxy: TcpProxy, echo: tuple[Echo, int]) -> None:
        proxy.black_hole()
        async with faulty(echo[1], "--drop", "1.0") as other:
            for port in (proxy.port, other):
                async with connected(port) as (reader, writer):
                    writer.write(b"lost")
                    with pytest.raises(TimeoutError):
                        await asyncio.wait_for(reader.read(1), 0.2)
        assert echo[0].got == b""

    @pytest.mark.needs("postgres")
    async def test_a_postgresql_session(self) -> None:
        host, _, port = POSTGRES.rpartition("@")[2].partition("/")[0].partition(":")
        async with TcpProxy(host, int(port or 5432), Random(1)) as ours:
            ours.delay(0.02)
            async with faulty(int(port or 5432), "--delay", "20") as other:
                for through in (ours.port, other):
                    url = POSTGRES.replace(f":{port}/", f":{through}/")
                    connection = await asyncpg.connect(url, ssl=False)
                    assert await timed(connection.fetchval("SELECT 1")) >= 0.04
                    assert (
                        await connection.fetchval("SELECT sum(n) FROM generate_series(1, 100000) n")
                        == 5000050000
                    )
                    await connection.close()


@pytest.mark.needs("postgres")
class TestOnPostgresql:
    """A cut at COMMIT, on each side of it, seen from another connection."""

    @pytest.mark.parametrize(("deliver", "stored"), [(False, 0), (True, 1)])
    async def test_cut_at_commit(self, deliver: bool, stored: int) -> None:
        host, _, port = POSTGRES.rpartition("@")[2].partition("/")[0].partition(":")
        direct = await asyncpg.connect(POSTGRES)
        table = f"backstay_lab_probe_{free_port()}"
        await direct.execute(f"CREATE TABLE {table} (n int)")
        try:
            async with TcpProxy(host, int(port or 5432), Random(1)) as proxy:
                url = POSTGRES.replace(f":{port}/", f":{proxy.port}/")
                connection = await asyncpg.connect(url, ssl=False)
                await connection.execute("BEGIN")
                await connection.execute(f"INSERT INTO {table} VALUES (1)")
                proxy.cut_at(b"COMMIT", deliver=deliver)
                with pytest.raises((asyncpg.PostgresConnectionError, ConnectionError)):
                    await connection.execute("COMMIT")
                connection.terminate()
            # A backend that lost its client rolls back when it notices, so ask until it has decided.
            async with asyncio.timeout(5):
                while await direct.fetchval(  # noqa: ASYNC110 - the database tells no event
                    "SELECT count(*) FROM pg_locks WHERE relation = to_regclass($1)", table
                ):
                    await asyncio.sleep(0.01)
            assert await direct.fetchval(f"SELECT count(*) FROM {table}") == stored
        finally:
            await direct.execute(f"DROP TABLE {table}")
            await direct.close()
