"""The line to Redis: answers in the order of the questions, and an error in time when none comes."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from uuid import uuid4

import pytest
import uvloop

from backstay.kernel.redis import Line, Refused
from tests.plugins.servers import REDIS

LOOPS = [asyncio.new_event_loop, uvloop.new_event_loop]


@pytest.mark.needs("redis")
@pytest.mark.parametrize("new_loop", LOOPS)
def test_answers_come_in_the_order_of_the_questions(
    new_loop: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    async def ask() -> None:
        line, key = Line(REDIS, timeout=5), uuid4().hex.encode()
        with pytest.raises(OSError, match=r"(?i)refused|connect"):
            await Line("redis://127.0.0.1:1/0", timeout=5).open()
        await line.open()
        sent = [
            line.ask(b"SET", key, b"1", b"PX", b"60000"),
            line.ask(b"GET", key),
            line.ask(b"LPUSH", key, b"2"),
            line.ask(b"GET", key + b"-none"),
            line.ask(b"GETDEL", key),
        ]
        sent[3].cancel()
        told = await asyncio.gather(*sent, return_exceptions=True)
        assert (told[0], told[1], told[4]) == (b"OK", b"1", b"1")
        assert isinstance(told[2], Refused)
        assert told[2].kind == "WRONGTYPE"
        assert isinstance(told[3], asyncio.CancelledError)
        line.close()
        assert not line.is_open
        await line.open()
        assert await line.ask(b"GET", key) is None
        line.close()

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(ask())


@pytest.mark.parametrize("new_loop", LOOPS)
def test_silence_is_an_error_in_time(new_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    async def ask(port: int) -> None:
        line = Line(f"redis://127.0.0.1:{port}/0", timeout=0.05)
        await line.open()
        told = await asyncio.gather(line.ask(b"GET", b"a"), line.ask(b"GET", b"b"), return_exceptions=True)
        assert [str(one) for one in told] == ["redis: no answer came in time"] * 2
        assert not line.is_open
        # Where one has to say who one is, silence is no welcome.
        with pytest.raises(TimeoutError):
            await Line(f"redis://:secret@127.0.0.1:{port}/0", timeout=0.05).open()

    # It takes connections, and that is all.
    with socket.create_server(("127.0.0.1", 0)) as silent, asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(ask(silent.getsockname()[1]))
