"""`python -m bench.commerce`: shops of equal goods, side by side, in interleaved rounds.

The first run installs the peers and fills each shop's database, of which later runs take copies;
`--prepare` does only that.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from bench.commerce import medusa, ours, telling, vendure, workloads
from bench.commerce.measuring import RACERS, Raced, Round, raced, round_
from bench.commerce.model import Shop, Site
from bench.harness import report, servers
from bench.harness.cores import LOAD_CORE
from bench.harness.machine import REPOSITORY
from bench.harness.postgres import Postgres, cluster

WORK: Final = REPOSITORY / "bench/.work/commerce"
SHOPS: Final[dict[str, Callable[[Site], Shop]]] = {
    ours.NAME: ours.shop,
    vendure.NAME: vendure.shop,
    medusa.NAME: medusa.shop,
}
_COUNTING: Final = {
    "shared_preload_libraries": "pg_stat_statements",
    # Of different text; more, and the rarest would be forgotten.
    "pg_stat_statements.max": "20000",
}


def main() -> None:
    """Measure, print the tables, and perhaps write them down."""
    options = _parser().parse_args()
    os.sched_setaffinity(0, {LOAD_CORE})
    # Ends as Ctrl-C does, so that servers and PostgreSQL are ended too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    logs = WORK / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    with cluster(WORK / "postgres", keep=True, settings=_COUNTING) as postgres:
        site = Site(work=WORK, postgres=postgres, products=options.products)
        shops = [SHOPS[name](site) for name in options.shop or SHOPS]
        for shop in shops:
            print(f"preparing {shop.title}", flush=True)
            shop.prepare()
            _filled(postgres, shop, options.products)
        if options.prepare:
            return
        postgres.sql("postgres", "CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        for shop in shops:
            postgres.sql("postgres", f"DROP DATABASE IF EXISTS {shop.name} WITH (FORCE)")
            postgres.sql(
                "postgres", f"CREATE DATABASE {shop.name} TEMPLATE {_seeded(shop, options.products)}"
            )
        found = _measure(site, shops, options, logs)
        versions = {shop.title: dict(shop.versions()) for shop in shops}
        told = telling.Told(
            rounds=found[0],
            races=found[1],
            audits={shop.name: shop.audit() for shop in shops},
            titles={shop.name: shop.title for shop in shops},
            notes={shop.title: list(shop.notes) for shop in shops if shop.notes},
            versions=versions,
            postgres=postgres.facts(),
            products=options.products,
            clients=options.clients,
            seconds=options.seconds,
        )
    lines = telling.lines(told)
    print("\n".join(lines))
    if options.save:
        command = f"python -m bench.commerce {' '.join(sys.argv[1:])}"
        telling.save(told, command, REPOSITORY / "bench/results")
        report.write_told(telling.TITLE, telling.SUMMARY, lines, command, REPOSITORY / "bench/RESULTS.md")


def _seeded(shop: Shop, products: int) -> str:
    return f"{shop.name}_{products}"


def _filled(postgres: Postgres, shop: Shop, products: int) -> None:
    """A database with its goods, of which every run starts from a copy; made once."""
    name = _seeded(shop, products)
    if postgres.sql("postgres", f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):
        return
    print(f"filling {name}", flush=True)
    making = f"{name}_making"
    postgres.create_database(making)
    shop.seed(making, products)
    postgres.sql("postgres", f"ALTER DATABASE {making} RENAME TO {name}")


def _measure(
    site: Site, shops: list[Shop], options: argparse.Namespace, logs: Path
) -> tuple[list[Round], list[Raced]]:
    rounds: list[Round] = []
    races: list[Raced] = []
    with ExitStack() as stack:
        running = {
            shop.name: stack.enter_context(servers.serving(shop.name, shop.server, shop.probe(), logs))
            for shop in shops
        }
        for workload in workloads.STEPS:
            if options.workload and workload not in options.workload:
                continue
            for number in range(options.rounds + 1):
                for shop in shops if number % 2 else shops[::-1]:
                    seconds = options.seconds if number else options.warm_up
                    made = round_(
                        site,
                        shop,
                        running[shop.name],
                        workload,
                        number,
                        clients=options.clients,
                        seconds=seconds,
                    )
                    print(telling.line(made), flush=True)
                    if number:
                        rounds.append(made)
        for kind in RACERS:
            if options.workload and kind not in options.workload:
                continue
            for number in range(1, options.races + 1):
                for shop in shops:
                    race = raced(shop, running[shop.name], kind, number)
                    print(telling.race_line(race), flush=True)
                    races.append(race)
    return rounds, races


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.commerce", description=__doc__)
    parser.add_argument("--products", type=int, default=10_000, help="products of ten variants each")
    parser.add_argument("--rounds", type=int, default=5, help="counted rounds of each workload")
    parser.add_argument("--seconds", type=float, default=5.0, help="length of a counted round")
    parser.add_argument(
        "--warm-up", type=float, default=4.0, help="seconds of load before the counted rounds"
    )
    parser.add_argument("--races", type=int, default=3, help="races of each kind")
    parser.add_argument("--clients", type=int, default=8, help="people at once, in a closed loop")
    parser.add_argument(
        "--shop", action="append", default=[], choices=SHOPS, help="only this one (repeatable)"
    )
    parser.add_argument(
        "--workload",
        action="append",
        default=[],
        choices=[*workloads.STEPS, *RACERS],
        help="only this one (repeatable)",
    )
    parser.add_argument("--prepare", action="store_true", help="install and fill, and measure nothing")
    parser.add_argument("--save", action="store_true", help="write bench/results/ and bench/RESULTS.md")
    return parser


if __name__ == "__main__":
    main()
