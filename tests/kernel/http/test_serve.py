"""Real server processes: starting, draining, restarting, and losing no request."""

from __future__ import annotations

import asyncio
import signal
import socket
import time

import httpx
import pytest

from backstay.kernel.http.serve import worker_slot
from backstay.kernel.http.serve.listener import CannotListen, address, listen
from tests.kernel.http.serving import Load, Serve, half_sent, refused, until_ready

pytestmark = pytest.mark.lab


async def test_it_says_when_it_is_ready_and_ends_well(served: Serve) -> None:
    async with served() as server:
        await until_ready(server)
        async with httpx.AsyncClient(base_url=server.url) as client:
            answer = await client.get("/odds/text")
        assert (answer.text, "server" in answer.headers) == ("hello", False)
        assert "date" in answer.headers
        assert await server.end() == 0
        assert [line for line in server.lines if line.startswith("ready ")] == [f"ready {server.url}"]


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("route", r"GET /v1/unserved \(Unserved\.read\): cannot supply the parameter 'what'"),
        ("check", "module 'unserved' says what cannot be"),
    ],
)
async def test_what_nobody_can_serve_ends_it(served: Serve, workers: str, wrong: str, words: str) -> None:
    async with served(TEST_UNSERVED=wrong, BACKSTAY_HTTP_WORKERS=workers) as server:
        await server.line(words)
        async with asyncio.timeout(30):
            assert await server.process.wait() != 0


@pytest.mark.parametrize("workers", ["1", "2"])
async def test_sigterm_under_load_loses_no_request(served: Serve, workers: str) -> None:
    async with served(BACKSTAY_HTTP_WORKERS=workers) as server:
        await until_ready(server)
        load = Load(server.port)
        async with load.running():
            ended = asyncio.create_task(server.end())
        assert await ended == 0
        assert load.lost == []
        assert load.answered >= 50


async def test_a_drain_gives_load_balancers_time(served: Serve) -> None:
    async with served(BACKSTAY_HTTP_DRAIN_DELAY="1s") as server:
        await until_ready(server)
        async with httpx.AsyncClient(base_url=server.url) as client:
            before = await client.get("/odds/everything/abc?count=1")
            assert (before.json()["given"]["state"], before.headers.get("connection")) == ("ready", None)
            began = time.monotonic()
            server.process.send_signal(signal.SIGTERM)
            await server.line("^draining")
            during = await client.get("/odds/everything/abc?count=1")
            assert (during.json()["given"]["state"], during.headers["connection"]) == ("draining", "close")
            assert await server.process.wait() == 0
            assert 1.0 <= time.monotonic() - began < 5
            with pytest.raises(httpx.ConnectError):
                await client.get("/odds/text")


async def test_a_second_signal_hurries(served: Serve) -> None:
    async with served(BACKSTAY_HTTP_DRAIN_DELAY="60s") as server:
        await until_ready(server)
        server.process.send_signal(signal.SIGTERM)
        await server.line("^draining")
        assert await server.end() == 0


async def test_interrupting_does_not_wait(served: Serve) -> None:
    async with served(BACKSTAY_HTTP_DRAIN_DELAY="60s") as server:
        await until_ready(server)
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        assert await server.end(signal.SIGINT) == 0
        assert await reader.read() == b""
        writer.close()


async def test_a_request_under_way_is_finished(served: Serve) -> None:
    async with served() as server:
        await until_ready(server)
        reader, writer = await half_sent(server.port)
        server.process.send_signal(signal.SIGTERM)
        await refused(server.port)
        writer.write(b"cd")
        answer = await reader.read()
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
        assert b"connection: close\r\n" in answer
        assert await server.process.wait() == 0
        writer.close()


async def test_but_not_waited_for_for_ever(served: Serve) -> None:
    async with served(BACKSTAY_HTTP_DRAIN_TIMEOUT="300ms") as server:
        await until_ready(server)
        reader, writer = await half_sent(server.port)
        assert await server.end() == 0
        assert await server.line("drain_timeout is over: 1 requests are cut off")
        assert await reader.read() == b""
        writer.close()


class TestListening:
    async def test_a_taken_port_is_told_in_words(self, served: Serve) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            async with served(BACKSTAY_HTTP_PORT=str(port)) as server:
                assert await server.process.wait() == 1
                await server.reading
        assert server.lines == [
            (
                f"cannot listen on 127.0.0.1:{port}: Address already in use. Stop what uses it, or set "
                "BACKSTAY_HTTP_PORT."
            )
        ]

    def test_addresses(self) -> None:
        for host, shown in [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("::1", "[::1]")]:
            listener = listen(host, 0)
            assert address(listener) == f"http://{shown}:{listener.getsockname()[1]}"
            listener.close()

    def test_an_address_that_is_not_ours(self) -> None:
        with pytest.raises(CannotListen, match=r"cannot listen on 192\.0\.2\.1:0"):
            listen("192.0.2.1", 0)

    def test_the_only_process_has_slot_0(self) -> None:
        assert worker_slot() == 0
