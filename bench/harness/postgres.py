"""A PostgreSQL of the benchmark's own: stock settings, durable, pinned to the load's core."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bench.harness.cores import LOAD_CORE

_DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
_SHOWN = (*_DURABLE, "server_version", "shared_buffers", "max_connections", "wal_sync_method")


class PostgresError(Exception):
    """PostgreSQL is missing, does not start, or would not keep what it acknowledges."""


class Postgres:
    """The running cluster. Its databases belong to the role `bench`; there is no password."""

    def __init__(self, directory: Path, programs: Path, settings: Mapping[str, str] | None = None) -> None:
        """`settings`: what is not as it comes."""
        self._data = directory / "data"
        self._settings = dict(settings or {})
        self._log = directory / "postgres.log"
        self._programs = programs
        self._process: subprocess.Popen[bytes] | None = None
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            self.port: int = listener.getsockname()[1]

    @property
    def pid(self) -> int:
        """The root of its process tree."""
        if self._process is None:
            raise PostgresError("PostgreSQL is not running")
        return self._process.pid

    def url(self, database: str, *, scheme: str = "postgresql") -> str:
        """The database's URL."""
        return f"{scheme}://bench@127.0.0.1:{self.port}/{database}"

    @property
    def exists(self) -> bool:
        """Whether an earlier run has left its cluster here."""
        return (self._data / "PG_VERSION").exists()

    def initialise(self) -> None:
        """Make an empty cluster, replacing one of an earlier run."""
        shutil.rmtree(self._data, ignore_errors=True)
        self._data.mkdir(parents=True)
        if os.geteuid() == 0:
            shutil.chown(self._data, "postgres", "postgres")
        options = ["-U", "bench", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
        self._run(self._programs / "initdb", "-D", self._data, *options)

    def start(self) -> None:
        """Start it on its core and wait until it answers."""
        command = [*_unprivileged(), "taskset", "-c", str(LOAD_CORE), str(self._programs / "postgres")]
        settings = [
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "unix_socket_directories=",
            "-p",
            str(self.port),
        ]
        settings += [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                [*command, "-D", str(self._data), *settings],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + 30
        ready = [str(self._programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        while subprocess.run(ready, check=False).returncode:
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise PostgresError(f"PostgreSQL does not start; see {self._log}")
            time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT ends it orderly; SIGQUIT at once, as in a crash: the next start recovers from the log."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(timeout=60)
            self._process = None

    def sql(self, database: str, *commands: str, stdin: bytes | None = None) -> str:
        """Run SQL commands, each in a transaction of its own, and return the rows' bare text."""
        arguments = [part for command in commands for part in ("-c", command)]
        base = ["psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-d", self.url(database)]
        done = subprocess.run([*base, *arguments], input=stdin, capture_output=True, check=False)
        if done.returncode:
            raise PostgresError(done.stderr.decode())
        return done.stdout.decode().strip()

    @contextmanager
    def open_transaction(self, database: str) -> Iterator[None]:
        """A session that stays idle in a transaction which has written, until the block ends."""
        base = ["psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-d", self.url(database)]
        with subprocess.Popen(base, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as session:
            assert session.stdin is not None
            assert session.stdout is not None
            session.stdin.write(b"BEGIN;\nSELECT pg_current_xact_id();\n")
            session.stdin.flush()
            if not session.stdout.readline().strip().isdigit():
                raise PostgresError("no transaction could be opened")
            try:
                yield
            finally:
                session.kill()

    def create_database(self, name: str) -> None:
        """Make the database anew."""
        self.sql("postgres", f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name}")

    def facts(self) -> dict[str, str]:
        """Its settings as SHOW tells them; raises unless a commit it acknowledges is on the disk."""
        facts = {name: self.sql("postgres", f"SHOW {name}") for name in _SHOWN}
        for name, value in _DURABLE.items():
            if facts[name] != value:
                raise PostgresError(f"{name} is {facts[name]}: commits would not be durable")
        return facts

    def _run(self, *command: str | Path) -> None:
        done = subprocess.run(
            [*_unprivileged(), *map(str, command)], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise PostgresError(done.stderr)


@contextmanager
def cluster(
    directory: Path, *, keep: bool = False, settings: Mapping[str, str] | None = None
) -> Iterator[Postgres]:
    """A cluster under the directory, running until the context ends; fresh unless `keep` and there is one."""
    postgres = Postgres(directory, _programs(), settings)
    if not (keep and postgres.exists):
        postgres.initialise()
    postgres.start()
    try:
        postgres.facts()
        yield postgres
    finally:
        postgres.stop()


def _programs() -> Path:
    """Where PostgreSQL's own programs live; distributions keep them off the PATH."""
    on_path = shutil.which("postgres")
    if on_path:
        return Path(on_path).resolve().parent
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not installed:
        raise PostgresError("PostgreSQL's server is not installed: apt-get install postgresql")
    return installed[-1].parent


def _unprivileged() -> list[str]:
    """PostgreSQL refuses to run as root; its own user does then."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
