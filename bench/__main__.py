"""`python -m bench`: run a benchmark and write down what it found."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from pathlib import Path
from typing import Final

import msgspec

from bench.harness import report, runner
from bench.harness.machine import REPOSITORY
from bench.harness.model import Result

BENCHMARKS: Final = {
    "http-crud": "bench.http_crud.benchmark:build",
    "identity": "bench.identity.benchmark:build",
    "ratelimit": "bench.ratelimit.http.benchmark:in_memory",
    "ratelimit-redis": "bench.ratelimit.http.benchmark:on_redis",
}
"""Names, and the functions that make them."""
_WORK: Final = REPOSITORY / "bench/.work"


def main(arguments: list[str] | None = None) -> None:
    """Run what the command line asks for."""
    arguments = sys.argv[1:] if arguments is None else arguments
    options = _parser().parse_args(arguments or ["run", "http-crud"])
    if options.action == "report":
        result = msgspec.json.decode(options.result.read_bytes(), type=Result)
        report.write(result, REPOSITORY / "bench/RESULTS.md")
        return
    plan = runner.Plan(
        rounds=options.rounds,
        seconds=options.seconds,
        warm_up=options.warm_up,
        connections=options.connections,
        starts=options.starts,
        contenders=options.contender,
        workloads=options.workload,
    )
    command = " ".join(("python -m bench", *arguments))
    module, _, function = BENCHMARKS[options.benchmark].partition(":")
    build = getattr(import_module(module), function)
    result = runner.run(build, _WORK / options.benchmark, plan, command)
    print(report.section(result))
    if options.save:
        path = report.save(result, REPOSITORY / "bench/results")
        report.write(result, REPOSITORY / "bench/RESULTS.md")
        print(f"written to {path.relative_to(REPOSITORY)} and bench/RESULTS.md")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    run = actions.add_parser("run", help="measure")
    run.add_argument("benchmark", choices=BENCHMARKS)
    run.add_argument("--rounds", type=int, default=7, help="counted rounds of each workload")
    run.add_argument("--seconds", type=int, default=5, help="length of a counted round")
    run.add_argument("--warm-up", type=int, default=5, help="seconds of load before the counted rounds")
    run.add_argument("--connections", type=int, default=8, help="connections in the closed loop")
    run.add_argument("--starts", type=int, default=5, help="starts of each server for the idle figures")
    run.add_argument("--contender", action="append", default=[], help="only this one (repeatable)")
    run.add_argument("--workload", action="append", default=[], help="only this one (repeatable)")
    run.add_argument("--save", action="store_true", help="write bench/results/ and bench/RESULTS.md")
    again = actions.add_parser("report", help="write RESULTS.md again from a saved result")
    again.add_argument("result", type=Path)
    return parser


if __name__ == "__main__":
    main()
