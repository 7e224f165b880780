"""The stores that the job systems stand on: each fresh, durable, and on the other core."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.harness.cores import LOAD_CORE
from bench.harness.postgres import Postgres, cluster


class Redis:
    """A redis-server that flushes its append-only file before it answers (appendfsync always)."""

    def __init__(self, directory: Path) -> None:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            self.port: int = listener.getsockname()[1]
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        arguments = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(directory), "--save", ""]
        durable = ["--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction"]
        self._process = subprocess.Popen(
            ["taskset", "-c", str(LOAD_CORE), "redis-server", *arguments, *durable],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 10
        while self.command("PING") != "PONG":
            if time.monotonic() > deadline:
                raise RuntimeError("redis-server does not start")
            time.sleep(0.02)

    @property
    def pid(self) -> int:
        """Of the server."""
        return self._process.pid

    @property
    def url(self) -> str:
        """Its URL."""
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self, *words: str) -> str:
        """What redis-cli prints."""
        done = subprocess.run(
            ["redis-cli", "-p", str(self.port), *words], capture_output=True, text=True, check=False
        )
        return done.stdout.strip()

    def stop(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()


class Stores:
    """PostgreSQL, Redis and a folder for SQLite files."""

    def __init__(self, work: Path, postgres: Postgres, redis: Redis) -> None:
        self._work = work
        self.postgres = postgres
        self.redis = redis

    def fresh(self, on: str) -> str:
        """Empty the store and return its URL."""
        match on:
            case "postgresql":
                self.postgres.create_database("jobs")
                return self.postgres.url("jobs")
            case "redis":
                self.redis.command("FLUSHALL")
                return self.redis.url
            case _:
                for old in self._work.glob("jobs.db*"):
                    old.unlink()
                return f"sqlite:///{self._work / 'jobs.db'}"

    def pid(self, on: str) -> int | None:
        """The root of the store's process tree; SQLite has none."""
        return {"postgresql": self.postgres.pid, "redis": self.redis.pid}.get(on)


@contextmanager
def stores(work: Path) -> Iterator[Stores]:
    """All of them, running until the context ends."""
    with cluster(work / "postgres") as postgres:
        redis = Redis(work / "redis")
        try:
            yield Stores(work, postgres, redis)
        finally:
            redis.stop()
