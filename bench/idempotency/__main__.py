"""What an `Idempotency-Key` costs: `python -m bench.idempotency [--url postgresql://…/an_empty_database]`.

One process makes notes through the whole application but the server: without a key, with a new key each, and
with a key that was answered before. The three take turns, a block at a time, so that a busy machine slows all
of them alike. CPU is this process's own (on PostgreSQL the database's comes on top); the ratios are taken
within a round and then summarised. After the last round the notes are counted: as many as were to be made.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from uuid import UUID, uuid4

from backstay import modules
from backstay.kernel import migrations
from backstay.kernel.actor import Actor, ActorKind, Shown
from backstay.kernel.backend import start
from backstay.kernel.http import Application, create_app
from backstay.kernel.settings import load
from backstay.products.notes.service import count
from bench.harness import report
from bench.harness.machine import REPOSITORY

_MODULES: Final = [module for module in modules() if module.name in {"idempotency", "notes"}]
_BODY: Final = b'{"title": "A measured note", "body": "So long, and no longer.", "tags": []}'
_ADA: Final = Actor(
    id=UUID(int=1), kind=ActorKind.USER, name="ada", organization_id=UUID(int=2), permissions=frozenset("*")
)
_SUMMARY: Final = """\
One process makes notes through the whole application but the server: without an `Idempotency-Key`, with a new
one each, and with one that was answered before, in turns. CPU is this process's own. No peer is measured:
those we know of keep keys in a cache and promise less."""
_KINDS: Final = ("without", "with a new key", "with a known key")


class Believing:
    """Lets everybody in as Ada, so that nothing is measured but the key."""

    async def authenticate(self, shown: Shown) -> Actor | None:
        del shown
        return _ADA


async def ask(app: Application, key: str | None) -> int:
    """The status of one request."""
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(_BODY)).encode())]
    if key is not None:
        headers.append((b"idempotency-key", key.encode()))
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/notes",
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "scheme": "http",
    }
    statuses: list[int] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": _BODY, "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await app(scope, receive, send)
    return statuses[0]


async def block(app: Application, kind: str, size: int) -> tuple[float, float]:
    """Microseconds of CPU and of waiting that one request of a block took."""
    keys = [str(uuid4()) for _ in range(size)]
    cpu, began = time.process_time(), time.perf_counter()
    for key in keys:
        status = await ask(app, {"without": None, "with a new key": key}.get(kind, "known"))
        if status != 201:
            raise SystemExit(f"{kind}: answered {status}")
    return (time.process_time() - cpu) / size * 1e6, (time.perf_counter() - began) / size * 1e6


async def measure(url: str, folder: str, rounds: int, size: int) -> list[str]:
    """All rounds, and their medians as rows of a table."""
    await migrations.up(url, _MODULES)
    settings = load(_MODULES, {"DATABASE_URL": url, "BACKSTAY_APP_DATA_DIR": folder}, None)
    async with start(settings, _MODULES, authenticator=Believing()) as backend:
        app = create_app(backend)
        await ask(app, "known")
        seen: dict[str, list[tuple[float, float]]] = {kind: [] for kind in _KINDS}
        for number in range(-1, rounds):
            for kind in _KINDS if number % 2 else reversed(_KINDS):
                taken = await block(app, kind, size)
                if number >= 0:  # the round before the first only warms up
                    seen[kind].append(taken)
        made = await count(backend.reader(_ADA))
    expected = 1 + 2 * size * (rounds + 1)
    if made != expected:
        raise SystemExit(f"{made} notes were made, {expected} were to be")
    dialect = backend.database.dialect
    lines = [
        "| database | request | | median, us | lowest to highest | of without |",
        "|---|---|---|---:|---:|---:|",
    ]
    for kind in _KINDS:
        for what, place in (("CPU", 0), ("latency", 1)):
            values = [one[place] for one in seen[kind]]
            ratios = [one[place] / base[place] for one, base in zip(seen[kind], seen["without"], strict=True)]
            lines.append(
                f"| {dialect} | {kind} | {what} | {statistics.median(values):.0f} "
                f"| {min(values):.0f} to {max(values):.0f} | {statistics.median(ratios):.2f} |"
            )
    return lines


def main() -> None:
    """Measure on SQLite, or on the database of a URL."""
    parser = argparse.ArgumentParser(prog="python -m bench.idempotency", description="What a key costs.")
    parser.add_argument("--url", help="an empty database; a SQLite file of its own when not given")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--size", type=int, default=100, help="requests a block")
    parser.add_argument("--save", action="store_true", help="write bench/RESULTS.md")
    chosen = parser.parse_args()
    with TemporaryDirectory() as folder:
        url = chosen.url or f"sqlite:///{Path(folder) / 'bench.db'}"
        lines = asyncio.run(measure(url, folder, chosen.rounds, chosen.size))
    print("\n".join(lines))
    if chosen.save:
        database = "PostgreSQL" if chosen.url else "SQLite"
        command = f"python -m bench.idempotency --rounds {chosen.rounds} --size {chosen.size}"
        title = f"A key for a safe retry, {database}"
        report.write_told(title, _SUMMARY, lines, command, REPOSITORY / "bench/RESULTS.md")


if __name__ == "__main__":
    main()
