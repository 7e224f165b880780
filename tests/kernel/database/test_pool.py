"""The pool by itself, over connections that only know whether they are open."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
import pytest

from backstay.kernel.database import pool as pool_module
from backstay.kernel.database.pool import ConnectionPool


class Fake:
    """A connection that can be open or closed."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.asked = 0
        self.answered = 0
        self.closed = False
        self.may_close = asyncio.Event()
        self.may_close.set()

    def is_closed(self) -> bool:
        return self.closed

    async def close(self, timeout: float) -> None:  # noqa: ASYNC109 - asyncpg's signature
        assert timeout == pool_module.CONNECT_TIMEOUT
        await self.may_close.wait()
        self.closed = True

    def terminate(self) -> None:
        self.closed = True


class Server:
    """Makes connections, and remembers them."""

    def __init__(self) -> None:
        self.made: list[Fake] = []
        self.refusal: Exception | None = None

    async def connect(self) -> Fake:
        await asyncio.sleep(0)
        if self.refusal is not None:
            raise self.refusal
        self.made.append(Fake(len(self.made)))
        return self.made[-1]


def numbers(pool: ConnectionPool) -> tuple[int, int, int]:
    return pool.size, pool.idle, pool.waiting


async def settled(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - the pool has no event to wait for
            await asyncio.sleep(0)


def spawn(awaitable: Awaitable[Fake]) -> asyncio.Task[Fake]:
    return asyncio.ensure_future(awaitable)


async def test_a_returned_connection_is_taken_again_before_a_new_one_is_made() -> None:
    server = Server()
    pool = ConnectionPool(server.connect, size=3)
    first, second = await pool.acquire(), await pool.acquire()
    pool.release(first)
    pool.release(second)
    assert numbers(pool) == (2, 2, 0)
    assert await pool.acquire() is second
    assert await pool.acquire() is first
    assert len(server.made) == 2


async def test_no_more_connections_are_made_than_the_size_and_the_rest_wait_in_line() -> None:
    server = Server()
    pool = ConnectionPool(server.connect, size=1)
    held = await pool.acquire()
    waiting = [spawn(pool.acquire()) for _ in range(2)]
    await settled(lambda: pool.waiting == 2)
    pool.release(held)
    assert await waiting[0] is held
    assert not waiting[1].done()
    pool.release(held)
    assert await waiting[1] is held
    assert len(server.made) == 1


async def test_a_broken_connection_is_not_handed_out_again() -> None:
    server = Server()
    pool = ConnectionPool(server.connect, size=1)
    held = await pool.acquire()
    pool.release(held)
    held.closed = True
    assert (await pool.acquire()).number == 1
    assert numbers(pool) == (1, 0, 0)


async def test_a_connection_that_broke_in_use_leaves_its_place_to_the_next_in_line() -> None:
    server = Server()
    pool = ConnectionPool(server.connect, size=1)
    held = await pool.acquire()
    waiting = spawn(pool.acquire())
    await settled(lambda: pool.waiting == 1)
    held.closed = True
    pool.release(held)
    assert (await waiting).number == 1
    assert numbers(pool) == (1, 0, 0)


async def test_a_connection_whose_statement_was_cut_short_is_closed_aside() -> None:
    server = Server()
    pool = ConnectionPool(server.connect, size=1)
    held = await pool.acquire()
    held.may_close.clear()
    pool.release(held, clean=False)
    waiting = spawn(pool.acquire())
    await settled(lambda: pool.waiting == 1)
    assert len(server.made) == 1  # its place is taken until the server has let go of it
    held.may_close.set()
    assert (await waiting).number == 1
    assert held.closed


async def test_who_gives_up_waiting_leaves_the_line() -> None:
    pool = ConnectionPool(Server().connect, size=1)
    held = await pool.acquire()
    waiting = spawn(pool.acquire())
    await settled(lambda: pool.waiting == 1)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    pool.release(held)
    assert numbers(pool) == (1, 1, 0)


async def test_a_connection_handed_to_somebody_who_gave_up_that_moment_is_not_lost() -> None:
    pool = ConnectionPool(Server().connect, size=1)
    held = await pool.acquire()
    waiting = spawn(pool.acquire())
    await settled(lambda: pool.waiting == 1)
    pool.release(held)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert numbers(pool) == (1, 1, 0)


async def test_waiting_ends_after_the_connect_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module, "CONNECT_TIMEOUT", 0.01)
    pool = ConnectionPool(Server().connect, size=1)
    await pool.acquire()
    with pytest.raises(TimeoutError):
        await pool.acquire()
    assert numbers(pool) == (1, 0, 0)


async def test_a_connection_that_owes_an_answer_at_the_fourth_look_is_cut(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked = asyncio.Semaphore(0)
    look = ConnectionPool._look

    def counted(pool: ConnectionPool) -> None:
        look(pool)
        looked.release()

    monkeypatch.setattr(ConnectionPool, "_look", counted)
    monkeypatch.setattr(pool_module, "LOOK", 0.001)
    pool = ConnectionPool(Server().connect, size=3)
    silent, busy, idle = await pool.acquire(), await pool.acquire(), await pool.acquire()
    pool.release(idle)
    silent.asked = 7
    for looks in range(1, 5):
        busy.asked += 1  # always another statement
        await looked.acquire()
        assert (silent.closed, busy.closed, idle.closed) == (looks == 4, False, False)
    pool.release(silent)
    busy.answered = busy.asked
    pool.release(busy)
    assert numbers(pool) == (2, 2, 0)
    await pool.close()
    assert pool._looking is None


async def test_a_refused_connection_frees_its_place() -> None:
    server = Server()
    server.refusal = ConnectionRefusedError("no")
    pool = ConnectionPool(server.connect, size=1)
    with pytest.raises(ConnectionRefusedError):
        await pool.acquire()
    assert numbers(pool) == (0, 0, 0)
    server.refusal = None
    assert (await pool.acquire()).number == 0


async def test_closing_waits_for_what_is_in_use_and_refuses_the_rest() -> None:
    server = Server()
    pool = ConnectionPool(server.connect, size=2)
    idle, held = await pool.acquire(), await pool.acquire()
    pool.release(idle)
    closing = asyncio.ensure_future(pool.close())
    await settled(lambda: idle.closed)
    with pytest.raises(asyncpg.InterfaceError, match="closed"):
        await pool.acquire()
    assert not closing.done()
    pool.release(held)
    await closing
    assert held.closed
    assert numbers(pool) == (0, 0, 0)


async def test_closing_turns_away_who_waits() -> None:
    pool = ConnectionPool(Server().connect, size=1)
    held = await pool.acquire()
    waiting = spawn(pool.acquire())
    await settled(lambda: pool.waiting == 1)
    closing = asyncio.ensure_future(pool.close())
    with pytest.raises(asyncpg.InterfaceError, match="closed"):
        await waiting
    pool.release(held)
    await closing


async def test_terminating_cuts_even_what_is_in_use() -> None:
    pool = ConnectionPool(Server().connect, size=1)
    held = await pool.acquire()
    pool.terminate()
    assert held.closed
