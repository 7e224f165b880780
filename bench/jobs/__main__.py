"""`python -m bench.jobs`: run the job systems in turns, and write down what was found."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from statistics import median
from typing import Final

import msgspec
from msgspec import Struct

from bench.harness import machine
from bench.harness.cores import LOAD_CORE
from bench.harness.machine import REPOSITORY
from bench.harness.report import replace_section
from bench.jobs import workloads
from bench.jobs.contenders import CONTENDERS, Contender, Workshop
from bench.jobs.stores import Stores, stores
from bench.jobs.workloads import Found, Site

WORK: Final = REPOSITORY / "bench/.work/jobs"
WORKLOADS: Final = ("single", "bulk", "drain", "pickup", "kill", "held")
_TITLE: Final = "## Jobs"
_SUMMARY: Final = """\
The same jobs (two numbers as JSON) through each system: one worker process on core 0, the store on core 1.
Stores are durable: PostgreSQL with synchronous commit, Redis with `appendfsync always`, SQLite with
`synchronous=FULL`. Every execution is counted by an append to a file that outlives the worker.

`single` and `bulk` enqueue one by one, and 1,000 in a commit; what a producer does first (50 jobs, of a bulk
a tenth) is not timed, here and below. `drain` runs no-op jobs at concurrency 32; `pickup` is the time from
the intended moment of enqueueing to the handler's start, at 200 a second, open loop; `kill` kills the worker
three times while jobs of 50 ms run (lost: did not run within 45 s of the last one; repeated: ran again, which
at-least-once allows); `held` is `pickup` after as many jobs as a drain has have ended behind a transaction
that stays open, as a forgotten session's does. Medians, with the lowest and the highest round."""


class Result(Struct, frozen=True, kw_only=True):
    """Everything one run found."""

    command: str
    commit: str
    started: str
    machine: dict[str, str]
    postgres: dict[str, str]
    versions: dict[str, dict[str, str]]
    found: list[Found]


class Suite(Struct, frozen=True, kw_only=True):
    """Who is compared, and what the section of the results says of it."""

    name: str
    title: str
    summary: str
    contenders: Sequence[Contender]


JOBS: Final = Suite(name="jobs", title=_TITLE, summary=_SUMMARY, contenders=CONTENDERS)


def main(arguments: list[str], suite: Suite = JOBS) -> None:
    """Measure what the command line asks for."""
    options = _parser(suite).parse_args(arguments)
    wanted = [one for one in suite.contenders if not options.contender or one.name in options.contender]
    os.sched_setaffinity(0, {LOAD_CORE})
    WORK.mkdir(parents=True, exist_ok=True)
    workshop = Workshop(WORK)
    workshop.install(wanted)
    facts, started, found = machine.facts(), machine.now(), list[Found]()
    with stores(WORK) as running:
        for number in range(1, options.rounds + 1):
            for contender in wanted:
                for one in _round(running, workshop, contender, number, options):
                    found.append(one)
                    print(_line(one), flush=True)
        result = Result(
            command=" ".join((f"python -m bench.{suite.name}", *arguments)),
            commit=machine.commit(),
            started=started,
            machine=facts,
            postgres=running.postgres.facts(),
            versions={one.name: dict(workshop.versions(one)) for one in wanted},
            found=found,
        )
    text = section(result, suite)
    print(text)
    if options.save:
        moment = started.partition("+")[0].replace("-", "").replace(":", "")
        raw = REPOSITORY / f"bench/results/{suite.name}-{moment}.json"
        raw.write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=1) + b"\n")
        path = REPOSITORY / "bench/RESULTS.md"
        path.write_text(replace_section(path.read_text(), text))


def _round(
    running: Stores, workshop: Workshop, contender: Contender, number: int, options: argparse.Namespace
) -> list[Found]:
    """One contender's round of every workload; what fails is told and does not stop the others."""

    def site() -> Site:
        return Site(WORK, running, workshop, contender)

    count, found = options.jobs, list[Found]()
    for workload in options.workload or WORKLOADS:
        try:
            match workload:
                case "single":
                    found.append(
                        workloads.enqueue(site(), contender.name, number, count=count // 10, batch=1)
                    )
                case "bulk":
                    found.append(workloads.enqueue(site(), contender.name, number, count=count, batch=1000))
                case "drain":
                    filled = site()
                    filled.produce(count, batch=1000)
                    found.append(workloads.drain(filled, contender.name, number, count=count))
                case "pickup":
                    found.append(workloads.pickup(site(), contender.name, number, rate=200, seconds=5))
                case "held":
                    if contender.on == "postgresql":
                        found.append(
                            workloads.held(site(), contender.name, number, count=count, rate=200, seconds=5)
                        )
                case _:
                    killed = workloads.killing(
                        site(), contender.name, number, count=count // 4, kills=options.kills, every=2
                    )
                    found.append(killed)
        except Exception as failure:  # noqa: BLE001 - a peer that breaks is a finding, told in the table
            fault = f"{type(failure).__name__}: {str(failure)[:300]}"
            found.append(Found(contender=contender.name, workload=workload, number=number, fault=fault))
    return found


def section(result: Result, suite: Suite) -> str:
    """The result in Markdown: one table a store, a row a contender."""
    lines = [
        suite.title,
        "",
        suite.summary,
        "",
    ]
    for on in ("postgresql", "redis", "sqlite"):
        rows = [_row(one, result) for one in suite.contenders if one.on == on and one.name in result.versions]
        if rows:
            lines += [f"### On {on}", "", *_HEAD, *rows, ""]
    faults = [one for one in result.found if one.fault]
    if faults:
        lines += [
            "### Faults",
            "",
            *(f"- {one.contender}, {one.workload}: {one.fault}" for one in faults),
            "",
        ]
    lines += [
        f"### Conditions of the {suite.name} run",
        "",
        f"- `{result.command}`, {result.started}, commit {result.commit}",
        "- " + ", ".join(f"{name}: {value}" for name, value in result.machine.items()),
        "- PostgreSQL: " + ", ".join(f"{name} {value}" for name, value in result.postgres.items()),
        "- " + "; ".join(" ".join(f"{a} {b}" for a, b in pair.items()) for pair in result.versions.values()),
    ]
    return "\n".join(lines) + "\n"


_COLUMNS: Final = (
    "system",
    "single, jobs/s",
    "bulk, jobs/s",
    "drain, jobs/s",
    "worker CPU, us/job",
    "store CPU, us/job",
    "pickup p50, ms",
    "pickup p99, ms",
    "held p50, ms",
    "held p99, ms",
    "kill: lost",
    "kill: repeated",
)
_HEAD: Final = [f"| {' | '.join(_COLUMNS)} |", f"| --- |{' ---: |' * (len(_COLUMNS) - 1)}"]


def _row(contender: Contender, result: Result) -> str:
    def cell(workload: str, name: str) -> str:
        values = [
            value
            for one in result.found
            if one.contender == contender.name and one.workload == workload and not one.fault
            if (value := getattr(one, name)) is not None
        ]
        if not values:
            return "-"
        if len(values) == 1:
            return _figure(values[0])
        return f"{_figure(median(values))} ({_figure(min(values))}-{_figure(max(values))})"

    cells = [
        cell("single", "rate"),
        cell("bulk", "rate"),
        cell("drain", "rate"),
        cell("drain", "cpu"),
        cell("drain", "store_cpu"),
        cell("pickup", "p50"),
        cell("pickup", "p99"),
        cell("held", "p50"),
        cell("held", "p99"),
        cell("kill", "lost"),
        cell("kill", "repeated"),
    ]
    return f"| {contender.title} | {' | '.join(cells)} |"


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.1f}"


def _line(one: Found) -> str:
    told = {
        name: round(value, 1) if isinstance(value, float) else value
        for name, value in msgspec.structs.asdict(one).items()
        if name not in {"contender", "workload", "number"} and value not in (None, "", 0)
    }
    return f"{one.number} {one.contender:14} {one.workload:7} {told}"


def _parser(suite: Suite) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m bench.{suite.name}", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--jobs", type=int, default=20_000, help="jobs of a drain; a tenth of it for `single`"
    )
    parser.add_argument(
        "--kills", type=int, default=3, help="of `kill`, two seconds apart, amidst a quarter of the jobs"
    )
    parser.add_argument("--contender", action="append", default=[], help="only this one (repeatable)")
    parser.add_argument("--workload", action="append", default=[], choices=WORKLOADS)
    parser.add_argument("--save", action="store_true", help="write bench/results/ and bench/RESULTS.md")
    return parser


if __name__ == "__main__":
    main(sys.argv[1:])
