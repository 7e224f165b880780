"""One run: prepare, check, warm up, and then rounds of one contender after another."""

from __future__ import annotations

import os
import resource
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from msgspec import Struct

from bench.harness import load, machine, procfs, servers
from bench.harness.cores import LOAD_CORE, SERVER_CORE
from bench.harness.model import (
    Benchmark,
    Conditions,
    Contender,
    Result,
    Round,
    Site,
    Start,
    Survival,
)
from bench.harness.postgres import cluster

_SETTLE: Final = 3.0
"""Seconds a started server is left alone before its memory is read."""
_DRAIN: Final = 0.2
"""Seconds after the load for the last unanswered requests to end."""


class Plan(Struct, frozen=True, kw_only=True):
    """How much to measure."""

    rounds: int
    seconds: float
    """Length of a counted round; whole seconds."""
    warm_up: float
    connections: int
    starts: int
    """How often each server is started for the idle figures; 0 leaves them out."""
    contenders: Sequence[str] = ()
    """Names; empty for all."""
    workloads: Sequence[str] = ()


def run(build: Callable[[Site], Benchmark], work: Path, plan: Plan, command: str) -> Result:
    """Carry out the plan. Raises when a contender does not install, start or answer as it should."""
    if (os.cpu_count() or 1) <= max(SERVER_CORE, LOAD_CORE):
        raise SystemExit("the server and the load each need a core of their own")
    os.sched_setaffinity(0, {LOAD_CORE})
    # Ends as Ctrl-C does, so that servers and PostgreSQL are ended too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    logs = work / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    machine_facts = machine.facts()
    started = machine.now()
    with cluster(work / "postgres") as postgres:
        benchmark = build(Site(work=work, postgres=postgres))
        contenders = [c for c in benchmark.contenders if not plan.contenders or c.name in plan.contenders]
        for contender in contenders:
            print(f"preparing {contender.title}", flush=True)
            contender.prepare()
            contender.create()
        starts = _starts(contenders, plan.starts, logs)
        session = _Session(benchmark, plan, work, postgres.pid)
        with ExitStack() as stack:
            for contender in contenders:
                session.add(contender, stack.enter_context(servers.running(contender, logs)))
            rounds = session.measure()
            before = {contender.name: contender.rows() for contender in contenders}
            for server in session.servers.values():
                server.kill()
        postgres.stop(signal.SIGQUIT)
        postgres.start()
        survivors = {c.name: Survival(before=before[c.name], after=c.rows()) for c in contenders}
        return Result(
            definition=benchmark.definition,
            conditions=Conditions(
                command=command,
                commit=machine.commit(),
                started=started,
                connections=plan.connections,
                seconds=plan.seconds,
                rounds=plan.rounds,
                machine=machine_facts,
                versions={contender.name: dict(contender.versions()) for contender in contenders},
                postgres=postgres.facts(),
            ),
            starts=starts,
            rounds=rounds,
            survivors=survivors,
        )


def _starts(contenders: Sequence[Contender], times: int, logs: Path) -> list[Start]:
    """Start each server that often, one after another in turn, and read its memory once it is idle."""
    found = []
    for _ in range(times):
        for contender in contenders:
            with servers.running(contender, logs) as server:
                time.sleep(_SETTLE)
                start = Start(
                    contender=contender.name,
                    seconds=server.started_in,
                    resident=procfs.resident_bytes(server.pid),
                )
                print(
                    f"{contender.name}: 200 after {start.seconds:.2f} s, {start.resident / 1e6:.0f} MB idle",
                    flush=True,
                )
                found.append(start)
    return found


class _Session:
    """The running servers and what has been asked of them."""

    def __init__(self, benchmark: Benchmark, plan: Plan, work: Path, postgres_pid: int) -> None:
        self._benchmark = benchmark
        self._plan = plan
        self._work = work
        self._postgres_pid = postgres_pid
        self._contenders: list[Contender] = []
        self.servers: dict[str, servers.Running] = {}

    def add(self, contender: Contender, server: servers.Running) -> None:
        """Take in a running contender, unless it answers differently from what all must answer."""
        contender.check(server.endpoint)
        print(f"{contender.title} answers as it should", flush=True)
        self._contenders.append(contender)
        self.servers[contender.name] = server

    def measure(self) -> list[Round]:
        """Every workload: a warm-up of each contender, then the counted rounds, contender by contender."""
        rounds = []
        for workload in self._benchmark.definition.workloads:
            if self._plan.workloads and workload not in self._plan.workloads:
                continue
            able = [contender for contender in self._contenders if workload not in contender.lacks]
            files = {contender.name: self._write(contender, workload) for contender in able}
            for number in range(self._plan.rounds + 1):
                for contender in able:
                    round_ = self._round(contender, workload, number, files[contender.name])
                    if number:
                        rounds.append(round_)
        return rounds

    def _write(self, contender: Contender, workload: str) -> Path:
        contender.reset()
        path = self._work / f"{contender.name}-{workload}.requests"
        load.write_requests(path, contender.requests(self.servers[contender.name].endpoint, workload))
        return path

    def _round(self, contender: Contender, workload: str, number: int, requests: Path) -> Round:
        """One round; number 0 is the warm-up."""
        server = self.servers[contender.name]
        contender.reset()
        rows = contender.rows()
        before = _Reading(server.pid, self._postgres_pid)
        seen = load.run(
            server.endpoint,
            requests,
            connections=self._plan.connections,
            seconds=self._plan.seconds if number else self._plan.warm_up,
        )
        after = _Reading(server.pid, self._postgres_pid)
        time.sleep(_DRAIN)
        added = contender.rows() - rows
        round_ = Round(
            contender=contender.name,
            workload=workload,
            number=number,
            seconds=seen.seconds,
            requests=seen.requests,
            fault=fault(seen, added, self._plan.connections),
            rows_added=added,
            latency_p50=seen.p50,
            latency_p99=seen.p99,
            server_cpu=after.server - before.server,
            postgres_cpu=after.postgres - before.postgres,
            resident=procfs.resident_bytes(server.pid),
            foreign_cpu=max(0.0, (after.foreign - before.foreign) / (after.at - before.at)),
            flushes=after.flushes - before.flushes,
        )
        print(_line(round_), flush=True)
        return round_


class _Reading:
    """The counters that a round is the difference of."""

    def __init__(self, server: int, postgres: int) -> None:
        self.at = time.monotonic()
        self.server = procfs.cpu_seconds(server)
        self.postgres = procfs.cpu_seconds(postgres)
        self.flushes = procfs.disk_flushes()
        own = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        # The children that the harness has reaped are the loads it ran; servers and PostgreSQL still live.
        harness = sum(usage.ru_utime + usage.ru_stime for usage in own)
        self.foreign = procfs.machine_time().work - self.server - self.postgres - harness


def fault(seen: load.Load, rows_added: int, connections: int) -> str:
    """Why a round does not count, in words; empty when it does.

    Of the requests sent, at most one a connection was unanswered when the load ended; each other one
    that creates must have left its row, and none be refused but those that are to be.
    """
    if seen.errors:
        return f"{seen.errors} of {seen.requests} requests were not answered"
    if not seen.refusals - connections <= seen.refused <= seen.refusals:
        return f"{seen.refusals} were to be refused and {seen.refused} of {seen.requests} were"
    if not seen.requests:
        return "nothing was answered"
    if not seen.creates - connections <= rows_added <= seen.creates:
        return f"{seen.creates} rows were sent and {rows_added} are there"
    return ""


def _line(round_: Round) -> str:
    if not round_.requests:
        return f"{round_.workload} {round_.number} {round_.contender}: VOID {round_.fault}"
    return (
        f"{round_.workload:8} {round_.number or 'warm-up':>7} {round_.contender:14} "
        f"{round_.throughput:8.0f}/s  cpu {round_.cpu_per_request:6.0f} us  "
        f"pg {round_.postgres_per_request:6.0f} us  p50 {round_.latency_p50:6.2f} ms  "
        f"p99 {round_.latency_p99:6.2f} ms  {round_.resident / 1e6:5.0f} MB  "
        f"foreign {round_.foreign_cpu:.2f}  {'VOID ' + round_.fault if round_.fault else ''}"
    )
