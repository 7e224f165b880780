"""Bytes really go wrong: seen from both ends."""

from __future__ import annotations

import asyncio
import contextlib
from random import Random

import pytest

from backstay.proving.process import free_port
from backstay.proving.proxy import TcpProxy

from .streams import Echo, Marks, connected, said, timed


async def test_without_faults_bytes_pass_both_ways_and_the_end_too(
    proxy: TcpProxy, echo: tuple[Echo, int]
) -> None:
    data = Random(3).randbytes(300_000)
    async with connected(proxy.port) as (reader, writer):
        assert await said(reader, writer, data) == data
        writer.write_eof()
        assert await reader.read() == b""
    assert echo[0].got == data
    assert await echo[0].ended() == "end"
    assert proxy.carried == {"server": 300_000, "client": 300_000}


async def test_a_cut_resets_both_sides_and_new_connections_pass(
    proxy: TcpProxy, echo: tuple[Echo, int], marks: Marks
) -> None:
    async with connected(proxy.port) as (reader, writer):
        await said(reader, writer, b"hello")
        proxy.cut()
        with pytest.raises(ConnectionResetError):
            await reader.read(1)
    assert await echo[0].ended() == "reset"
    async with connected(proxy.port) as (reader, writer):
        assert await said(reader, writer, b"again") == b"again"
    assert marks == [("cut", "1 connections reset")]


@pytest.mark.parametrize("split", [False, True])
async def test_a_cut_before_a_pattern_keeps_it_from_arriving(
    proxy: TcpProxy, echo: tuple[Echo, int], marks: Marks, split: bool
) -> None:
    proxy.cut_at(b"COMMIT", deliver=False)
    async with connected(proxy.port) as (reader, writer):
        await said(reader, writer, b"BEGIN ")
        if split:
            assert await said(reader, writer, b"x COM") == b"x COM"
            writer.write(b"MIT")
        else:
            writer.write(b"x COMMIT")
        with pytest.raises(ConnectionResetError):
            await reader.read(1)
    assert await echo[0].ended() == "reset"
    assert b"COMMIT" not in echo[0].got
    assert marks == [("cut", "before COMMIT arrived")]
    async with connected(proxy.port) as (reader, writer):
        assert await said(reader, writer, b"COMMIT") == b"COMMIT", "once means once"


async def test_a_cut_after_a_pattern_lets_it_arrive_and_loses_the_answer(
    proxy: TcpProxy, echo: tuple[Echo, int], marks: Marks
) -> None:
    proxy.cut_at(b"COMMIT", deliver=True)
    async with connected(proxy.port) as (reader, writer):
        await said(reader, writer, b"BEGIN ")
        writer.write(b"COMMIT")
        with pytest.raises(ConnectionResetError):
            await reader.read(1)
    assert await echo[0].ended() == "reset"
    assert echo[0].got == b"BEGIN COMMIT"
    assert marks == [("cut", "the answer was lost")]


async def test_cuts_until_healed_fall_before_or_after_as_the_seed_chooses(echo: tuple[Echo, int]) -> None:
    fallen = []
    for _ in range(2):
        marks: Marks = []
        async with TcpProxy("127.0.0.1", echo[1], Random(3), lambda *mark: marks.append(mark)) as proxy:  # noqa: B023 - used within its round
            proxy.cut_at(b"COMMIT", times=None)
            for _ in range(8):
                async with connected(proxy.port) as (reader, writer):
                    writer.write(b"COMMIT")
                    with pytest.raises(ConnectionResetError):
                        await reader.read(1)
            proxy.heal()
            async with connected(proxy.port) as (reader, writer):
                assert await said(reader, writer, b"COMMIT") == b"COMMIT"
        fallen.append([detail for _, detail in marks])
    assert fallen[0] == fallen[1]
    assert set(fallen[0]) == {"before COMMIT arrived", "the answer was lost", ""}


@pytest.mark.parametrize("after", [0, 1, 1000])
async def test_a_truncated_answer_has_exactly_so_many_bytes(proxy: TcpProxy, after: int) -> None:
    data = Random(3).randbytes(5000)
    async with connected(proxy.port) as (reader, writer):
        proxy.truncate(after)
        writer.write(data)
        assert await asyncio.wait_for(reader.read(), 5) == data[:after]


async def test_a_truncated_request_has_exactly_so_many_bytes(proxy: TcpProxy, echo: tuple[Echo, int]) -> None:
    async with connected(proxy.port) as (reader, writer):
        proxy.truncate(3, towards="server")
        writer.write(b"hello")
        with contextlib.suppress(ConnectionResetError):
            await asyncio.wait_for(reader.read(), 5)
        await echo[0].ended()
    assert echo[0].got == b"hel"


async def test_a_delay_holds_back_each_way_and_heals(proxy: TcpProxy, marks: Marks) -> None:
    proxy.delay(0.05)
    async with connected(proxy.port) as (reader, writer):
        assert 0.1 <= await timed(said(reader, writer, b"x")) < 0.5
        proxy.heal()
        assert await timed(said(reader, writer, b"x")) < 0.05
    assert marks == [("delay", "50 ms + up to 0 ms"), ("heal", "")]


async def test_jitter_comes_from_the_seed(echo: tuple[Echo, int]) -> None:
    drawn = []
    for _ in range(2):
        random = Random(5)
        async with TcpProxy("127.0.0.1", echo[1], random) as proxy:
            proxy.delay(0.0, jitter=0.001)
            async with connected(proxy.port) as (reader, writer):
                for _ in range(5):
                    await said(reader, writer, b"x")
        drawn.append(random.random())
    assert drawn[0] == drawn[1]


async def test_a_throttle_takes_its_time(proxy: TcpProxy) -> None:
    proxy.throttle(100_000)
    async with connected(proxy.port) as (reader, writer):
        # There and back, each way at the rate; the two overlap.
        assert 0.2 <= await timed(said(reader, writer, bytes(20_000))) < 1.0


async def test_a_black_hole_swallows_and_keeps_the_connection_and_healing_resets_it(
    proxy: TcpProxy, echo: tuple[Echo, int], marks: Marks
) -> None:
    async with connected(proxy.port) as (reader, writer):
        await said(reader, writer, b"hello")
        proxy.black_hole()
        writer.write(b"lost")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.1)
        proxy.heal()
        with pytest.raises(ConnectionResetError):
            await reader.read(1)
    assert echo[0].got == b"hello"
    assert marks == [("black-hole", "1 connections"), ("heal", "")]


async def test_closing_with_open_connections_is_quiet(
    echo: tuple[Echo, int], caplog: pytest.LogCaptureFixture
) -> None:
    async with TcpProxy("127.0.0.1", echo[1], Random(1)) as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        await said(reader, writer, b"hello")
    with pytest.raises(ConnectionResetError):
        await reader.read(1)
    writer.close()
    await asyncio.sleep(0)
    assert caplog.records == []


async def test_an_absent_upstream_is_no_connection() -> None:
    async with TcpProxy("127.0.0.1", free_port(), Random(1)) as proxy, connected(proxy.port) as (reader, _):
        with contextlib.suppress(ConnectionResetError):
            assert await asyncio.wait_for(reader.read(), 5) == b""
