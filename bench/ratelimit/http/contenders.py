"""Those who take part, each with its memory and with Redis."""

from __future__ import annotations

import itertools
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final
from uuid import uuid4

import httpx
import msgspec

from bench.harness.commands import run
from bench.harness.installing import NODE, Node, copy
from bench.harness.load import http_request
from bench.harness.machine import REPOSITORY
from bench.harness.model import Contender, Endpoint, Request, Server
from bench.ratelimit.http.policies import ADDRESSES, POLICIES

REDIS: Final = os.environ.get("BACKSTAY_LAB_REDIS", "redis://127.0.0.1:6379/0")
"""The Redis of this machine; every run has keys of its own in it, which end by themselves."""
LENGTH: Final = 1_000
WORKLOADS: Final = {
    "open": "no limit: what the frame around costs",
    "ample": "one limit by address, 100 addresses, nobody is refused",
    "half": "as `ample`, but every other request has nothing left and is answered 429",
}
_PEERS: Final = Path(__file__).with_name("peers")
_BACKSTAY: Final = str(Path(sys.executable).with_name("backstay"))
_GATE: Final = "/v1/gate"
_ALONE: Final = "198.18.100."
"""Addresses of the checks alone, so that they use up nobody's quota."""


def ours(work: Path, store: str) -> Contender:
    """The whole house, on SQLite, where nothing but the limits asks a store."""
    directory = work / f"ours-{store}"
    environment = {
        "PYTHONPATH": str(REPOSITORY),
        "BACKSTAY_APP_ENVIRONMENT": "production",
        "BACKSTAY_APP_MODULES": "bench.ratelimit.http.ours.app:MODULES",
        "BACKSTAY_APP_DATA_DIR": str(directory / "var"),
        "BACKSTAY_APP_SECRET_KEY": "the-key-that-signs-whatever-is-signed-here",
        "BACKSTAY_HTTP_TRUSTED_PROXIES": "127.0.0.1/32",
        "BACKSTAY_TELEMETRY_LOG_LEVEL": "warning",
        "DATABASE_URL": f"sqlite:///{directory / 'gate.db'}",
    }
    if store == "redis":
        environment["RATELIMIT_URL"] = f"{REDIS}?prefix={_namespace()}"

    def create() -> None:
        for stale in directory.glob("gate.db*"):
            stale.unlink()
        run([_BACKSTAY, "migrate", "up"], directory, environment)

    def server(endpoint: Endpoint) -> Server:
        command = [_BACKSTAY, "serve", "--quiet", "--port", str(endpoint.port)]
        return Server(command=command, environment=environment, directory=directory)

    names = ("backstay", "uvicorn", "uvloop", "httptools", "redis")
    return _contender(
        f"ours-{store}",
        f"backstay, {store}",
        prepare=lambda: directory.mkdir(parents=True, exist_ok=True),
        create=create,
        server=server,
        versions=lambda: {"python": sys.version.split()[0], **{name: version(name) for name in names}},
    )


def fastify(work: Path, store: str) -> Contender:
    """Fastify with its own plugin."""
    return _node(
        work, "fastify", "@fastify/rate-limit", store, "main.mjs", ("fastify", "@fastify/rate-limit")
    )


def nestjs(work: Path, store: str) -> Contender:
    """NestJS on Fastify with its own throttler, and the Redis storage that its documentation names."""
    names = ("@nestjs/core", "@nestjs/throttler", "@nest-lab/throttler-storage-redis", "fastify")
    return _node(work, "nestjs", "@nestjs/throttler", store, "dist/main.js", names)


def _node(place: Path, name: str, package: str, store: str, main: str, names: Sequence[str]) -> Contender:
    work, node = place / name, Node(place / "node")
    environment = {"NODE_ENV": "production", "NAMESPACE": _namespace(), "POLICIES": as_json(POLICIES)}
    if store == "redis":
        environment["REDIS_URL"] = REDIS

    def prepare() -> None:
        node.install()
        copy(_PEERS / name, work)
        node.run(work, node.npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts")
        if (work / "tsconfig.json").exists():
            compiler = str(work / "node_modules/typescript/bin/tsc")
            node.run(work, compiler, "--project", "tsconfig.json")

    def server(endpoint: Endpoint) -> Server:
        return Server(
            command=[str(node.program), main],
            environment={**environment, "PORT": str(endpoint.port)},
            directory=work,
        )

    def versions() -> Mapping[str, str]:
        lock = msgspec.json.decode((work / "package-lock.json").read_bytes())["packages"]
        return {"node": NODE, **{one: lock[f"node_modules/{one}"]["version"] for one in (*names, "ioredis")}}

    return _contender(
        f"{name}-{store}",
        f"{package}, {store}",
        prepare=prepare,
        create=lambda: None,
        server=server,
        versions=versions,
    )


def _contender(
    name: str,
    title: str,
    *,
    prepare: Callable[[], None],
    create: Callable[[], None],
    server: Callable[[Endpoint], Server],
    versions: Callable[[], Mapping[str, str]],
) -> Contender:
    return Contender(
        name=name,
        title=title,
        prepare=prepare,
        create=create,
        reset=lambda: None,
        rows=lambda: 0,
        server=server,
        probe=lambda: ask("open", ADDRESSES[0]),
        check=check,
        requests=requests,
        versions=versions,
    )


def check(endpoint: Endpoint) -> None:
    """Make sure that a contender counts by address, to the very last request of a quota.

    Raises:
        AssertionError: it answers otherwise than the others.
    """
    with httpx.Client(base_url=endpoint.url, timeout=10) as client:

        def status(route: str, address: str) -> int:
            return client.get(f"{_GATE}/{route}", headers={"X-Forwarded-For": address}).status_code

        (quota, window), admitted = POLICIES["crowd"], 0
        began = time.monotonic()
        while (told := status("crowd", f"{_ALONE}1")) == 200:
            admitted += 1
            # What came back meanwhile may be admitted: a bucket's drops, or the next window.
            most = quota * (2 + (time.monotonic() - began) // window)
            assert admitted <= most, f"{admitted} were admitted, {most:.0f} may be"
        assert told == 429, told
        assert admitted >= quota, f"refused after {admitted}, within the quota"
        for address in (f"{_ALONE}2", f"{_ALONE}3"):
            assert [status("spent", address) for _ in range(3)] == [200, 429, 429], address
        assert [status("open", f"{_ALONE}2") for _ in range(3)] == [200] * 3
        assert [status("ample", f"{_ALONE}2") for _ in range(3)] == [200] * 3
        refused = client.get(f"{_GATE}/spent", headers={"X-Forwarded-For": f"{_ALONE}2"})
        assert 3500 < int(_retry_after(refused)) <= 3600, dict(refused.headers)


def requests(endpoint: Endpoint, workload: str) -> Sequence[Request]:
    """The sequence of a workload; for `half` everybody's `spent` is used up first."""
    asking = itertools.islice(itertools.cycle(ADDRESSES), LENGTH)
    if workload != "half":
        return [ask(workload, address) for address in asking]
    with httpx.Client(base_url=endpoint.url, timeout=10) as client:
        for address in ADDRESSES:
            client.get(f"{_GATE}/spent", headers={"X-Forwarded-For": address})
    return [ask(route, address) for address in asking for route in ("ample", "spent")]


def ask(route: str, address: str) -> Request:
    """A request to a route, as the proxy hands it on."""
    raw = http_request("GET", f"{_GATE}/{route}", headers={"X-Forwarded-For": address})
    return Request(kind="refuse" if route == "spent" else route, raw=raw)


def _retry_after(refused: httpx.Response) -> str:
    """In seconds; NestJS names the field after a policy that has a name."""
    return refused.headers.get("retry-after") or refused.headers["retry-after-spent"]


def _namespace() -> str:
    return f"bench-{uuid4().hex[:12]}"


def as_json(value: object) -> str:
    """For a variable of the environment."""
    return msgspec.json.encode(value).decode()
