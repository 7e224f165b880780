"""The words the harness speaks: what is compared, how it is asked, and what one round found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from msgspec import Struct

from bench.harness.postgres import Postgres


@dataclass(frozen=True, kw_only=True)
class Server:
    """How to start a contender's server."""

    command: Sequence[str]
    environment: Mapping[str, str]
    directory: Path


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request of a workload, ready for the wire."""

    kind: str
    """What it does, in one word; what starts with `create` leaves one row more, what starts with `refuse` is
    answered 4xx."""
    raw: bytes


class Endpoint(Struct, frozen=True):
    """Where a running contender answers."""

    port: int

    @property
    def url(self) -> str:
        """Its base URL."""
        return f"http://127.0.0.1:{self.port}"


@dataclass(frozen=True, kw_only=True)
class Contender:
    """One of the servers compared. Every callable may raise; the message is shown and nothing is timed."""

    name: str
    title: str
    prepare: Callable[[], None]
    """Install and build; nothing is measured."""
    create: Callable[[], None]
    """Make its database with the rows all start from."""
    reset: Callable[[], None]
    """Bring the rows back to what all start from."""
    rows: Callable[[], int]
    """Rows that another connection sees now."""
    server: Callable[[Endpoint], Server]
    probe: Callable[[], Request]
    """A request answered 200 once the server is of use."""
    check: Callable[[Endpoint], None]
    """Raise unless it answers like every other contender."""
    requests: Callable[[Endpoint, str], Sequence[Request]]
    """The sequence that a workload sends, the same for every round."""
    versions: Callable[[], Mapping[str, str]]
    lacks: Sequence[str] = ()
    """Workloads that it has nothing for, and takes no part in."""


@dataclass(frozen=True, kw_only=True)
class Site:
    """What a benchmark is built on."""

    work: Path
    """Where contenders are installed and keep their files; not in the repository."""
    postgres: Postgres


class Definition(Struct, frozen=True, kw_only=True):
    """What a benchmark asks, for its reader."""

    name: str
    title: str
    summary: str
    """What every contender does, in a paragraph of Markdown."""
    workloads: dict[str, str]
    """Names, and what each sends."""
    contenders: dict[str, str]
    """Names and titles, in the order of the report."""
    ours: str
    """The contender that the others are compared with."""
    aims: dict[str, float]
    """Contender to the least ratio of its CPU per request to ours that we aim at."""


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """A question, and those who answer it."""

    definition: Definition
    contenders: Sequence[Contender]


class Round(Struct, frozen=True, kw_only=True):
    """What one contender did in one round of one workload."""

    contender: str
    workload: str
    number: int
    seconds: float
    requests: int
    fault: str
    """Why the round is void: answers that were errors, rows that are missing; empty when it counts."""
    rows_added: int
    latency_p50: float
    """Milliseconds, at the load's fixed number of connections."""
    latency_p99: float
    server_cpu: float
    """CPU seconds of the server's process tree, user and kernel."""
    postgres_cpu: float
    """CPU seconds of PostgreSQL's process tree."""
    resident: int
    """Bytes of the server's process tree when the round ended."""
    foreign_cpu: float
    """Share of one core that went to anything but the benchmark, 0 to the number of cores."""
    flushes: int
    """Disk cache flushes of the whole machine."""

    @property
    def valid(self) -> bool:
        """Whether this round counts."""
        return not self.fault

    @property
    def throughput(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds

    @property
    def cpu_per_request(self) -> float:
        """Microseconds of the server's CPU."""
        return self.server_cpu / self.requests * 1e6

    @property
    def postgres_per_request(self) -> float:
        """Microseconds of PostgreSQL's CPU."""
        return self.postgres_cpu / self.requests * 1e6


class Start(Struct, frozen=True, kw_only=True):
    """One start of a contender's server."""

    contender: str
    seconds: float
    """From the command to its first 200."""
    resident: int
    """Bytes of its process tree a while after, having answered only that."""


class Conditions(Struct, frozen=True, kw_only=True):
    """Under what the numbers were taken."""

    command: str
    commit: str
    started: str
    connections: int
    seconds: float
    rounds: int
    machine: dict[str, str]
    versions: dict[str, dict[str, str]]
    postgres: dict[str, str]


class Survival(Struct, frozen=True):
    """Rows that other connections saw."""

    before: int
    after: int


class Result(Struct, frozen=True, kw_only=True):
    """Everything that one run found; what bench/results/ holds."""

    definition: Definition
    conditions: Conditions
    starts: list[Start]
    rounds: list[Round]
    survivors: dict[str, Survival]
    """By contender: its rows before every server, and then PostgreSQL, was killed, and after."""
