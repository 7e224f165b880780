from __future__ import annotations

from bench.harness.model import Conditions, Definition, Result, Round, Start, Survival


def round_(
    contender: str, number: int, *, cpu: float, workload: str = "get", fault: str = "", foreign: float = 0.0
) -> Round:
    """A round of 1,000 requests in one second that took `cpu` seconds."""
    return Round(
        contender=contender,
        workload=workload,
        number=number,
        seconds=1.0,
        requests=1000,
        fault=fault,
        rows_added=0,
        latency_p50=2.0,
        latency_p99=9.0,
        server_cpu=cpu,
        postgres_cpu=0.1,
        resident=50_000_000,
        foreign_cpu=foreign,
        flushes=0,
    )


def result(
    rounds: list[Round], starts: list[Start] | None = None, survivors: dict[str, Survival] | None = None
) -> Result:
    """What a run of `ours` against `peer` found."""
    return Result(
        definition=Definition(
            name="demo",
            title="Demo",
            summary="What all of them do.",
            workloads={"get": "one item", "list": "many"},
            contenders={"ours": "backstay", "peer": "Peer"},
            ours="ours",
            aims={"peer": 2.0},
        ),
        conditions=Conditions(
            command="python -m bench run demo",
            commit="abc",
            started="2026-01-02T03:04:05+00:00",
            connections=8,
            seconds=1.0,
            rounds=3,
            machine={"cores": "2"},
            versions={"ours": {"python": "3.11"}, "peer": {"node": "24"}},
            postgres={"fsync": "on"},
        ),
        starts=starts or [],
        rounds=rounds,
        survivors=survivors or {},
    )
