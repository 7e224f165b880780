"""The tables of what was found."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from bench.commerce.measuring import LIMITED, RACERS, UNITS, Raced, Round
from bench.commerce.model import Audit
from bench.commerce.ours import NAME as OURS
from bench.commerce.workloads import TITLES
from bench.harness import machine
from bench.harness.statistics import Spread, pairwise_ratios, spread

TITLE: Final = "Commerce"
SUMMARY: Final = """\
The same goods in each shop, on one PostgreSQL with a database each: products of ten variants in two options,
20 brands, 30 categories, taxes in the prices. One server process each, alone on its core; clients and
PostgreSQL on the other. Payment is each system's own dummy, which settles at once, and nobody sends mail.
Rounds of the shops take turns. SQL calls are as PostgreSQL counts them, BEGIN and COMMIT too. In the races
everybody has a cart ready and orders at once."""


class Told(Struct, frozen=True, kw_only=True):
    """Everything that one run found."""

    rounds: list[Round]
    races: list[Raced]
    audits: dict[str, Audit]
    titles: dict[str, str]
    notes: dict[str, list[str]]
    versions: dict[str, dict[str, str]]
    postgres: dict[str, str]
    products: int
    clients: int
    seconds: float


_MEASURES: Final[dict[str, Callable[[Round], float]]] = {
    "a second": lambda one: one.steps / one.seconds,
    "p50, ms": lambda one: one.p50,
    "p95, ms": lambda one: one.p95,
    "p99, ms": lambda one: one.p99,
    "CPU, ms": lambda one: 1000 * one.server_cpu / one.steps,
    "PostgreSQL CPU, ms": lambda one: 1000 * one.postgres_cpu / one.steps,
    "SQL calls": lambda one: one.calls / one.steps,
    "HTTP requests": lambda one: one.requests / one.steps,
    "memory, MB": lambda one: one.resident / 1e6,
}
_RATIOS: Final = {"a second": "ours / theirs", "CPU, ms": "theirs / ours"}


def save(told: Told, command: str, directory: Path) -> Path:
    """Write the raw figures."""
    moment = machine.now()
    path = directory / f"commerce-{re.sub(r'[^0-9T]', '', moment.partition('+')[0])}.json"
    facts = {"command": command, "commit": machine.commit(), "at": moment, "machine": machine.facts()}
    path.write_bytes(msgspec.json.format(msgspec.json.encode({"conditions": facts, "found": told}), indent=1))
    return path


def lines(told: Told) -> list[str]:
    """The section's body, in Markdown."""
    found = []
    for workload, title in TITLES.items():
        if any(one.workload == workload for one in told.rounds):
            found += [f"### {title}", "", *_table(told, workload), ""]
    if told.races:
        found += [
            f"### W5, W6: {RACERS['stock']} carts for {UNITS} units, {RACERS['coupon']} for a coupon that"
        ]
        found[-1] += f" is good {LIMITED} times"
        found += ["", *_races(told), ""]
    return [*found, *_conditions(told)]


def _of(told: Told, shop: str, workload: str, measure: Callable[[Round], float]) -> dict[int, float]:
    return {
        one.number: measure(one)
        for one in told.rounds
        if one.shop == shop and one.workload == workload and one.steps
    }


def _table(told: Told, workload: str) -> Iterator[str]:
    heads = [*_MEASURES, *(f"{name}: {what}" for name, what in _RATIOS.items()), "faults"]
    yield f"| shop | {' | '.join(heads)} |"
    yield "|" + " --- |" + " ---: |" * len(heads)
    for shop, title in told.titles.items():
        if not any(one.shop == shop and one.workload == workload for one in told.rounds):
            continue
        cells = [shown(spread(list(_of(told, shop, workload, one).values()))) for one in _MEASURES.values()]
        for name in _RATIOS:
            theirs, own = (_of(told, which, workload, _MEASURES[name]) for which in (shop, OURS))
            ratio = pairwise_ratios(own, theirs) if name == "a second" else pairwise_ratios(theirs, own)
            cells.append(shown(ratio))
        rounds = [one for one in told.rounds if (one.shop, one.workload) == (shop, workload)]
        cells.append(str(sum(sum(one.faults.values()) for one in rounds)))
        yield f"| {title} | {' | '.join(cells)} |"


def _races(told: Told) -> Iterator[str]:
    yield "| shop | race | races | sold, or used | too many | refused | faults | wrong sums | s |"
    yield "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    for shop, title in told.titles.items():
        for kind in RACERS:
            races = [one for one in told.races if (one.shop, one.kind) == (shop, kind)]
            if not races:
                continue
            cells = [
                str(len(races)),
                ", ".join(str(one.taken) for one in races),
                ", ".join(str(one.over) for one in races),
                ", ".join(str(sum(one.refused.values())) for one in races),
                str(sum(sum(one.faults.values()) for one in races)),
                str(sum(one.wrong_sums for one in races)),
                shown(spread([one.seconds for one in races])),
            ]
            yield f"| {title} | {kind} | {' | '.join(cells)} |"
    yield ""
    for shop, audit in told.audits.items():
        yield (
            f"- {told.titles[shop]}: {audit.orders} orders at the end,"
            f" {audit.charged_without_order} payments taken without one."
        )


def _conditions(told: Told) -> Iterator[str]:
    disturbed = [one for one in told.rounds if one.foreign_cpu > 0.1]
    most = max((one.foreign_cpu for one in told.rounds), default=0.0)
    counts = {one.number for one in told.rounds}
    yield f"- {told.products} products, {10 * told.products} variants; {told.clients} clients, closed loop;"
    yield f"  {len(counts)} rounds of {told.seconds:g} s; the median, and the lowest and the highest."
    yield (
        f"- Other programs took more than 10% of a core in {len(disturbed)} of {len(told.rounds)} rounds;"
        f" at most {100 * most:.0f}%."
    )
    for title, notes in told.notes.items():
        yield f"- {title}: {'; '.join(notes)}."
    yield f"- PostgreSQL: {', '.join(f'{name} {value}' for name, value in told.postgres.items())}"
    for title, versions in told.versions.items():
        yield f"- {title}: {', '.join(f'{name} {value}' for name, value in versions.items())}"


def shown(found: Spread | None) -> str:
    """A figure with its range, in three digits or so."""
    if found is None:
        return "-"
    return f"{_figure(found.median)} ({_figure(found.low)}-{_figure(found.high)})"


def _figure(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def line(one: Round) -> str:
    """A round, for whoever watches."""
    each = max(1, one.steps)
    told = f"{one.workload:8} {one.number or 'warm-up':>7} {one.shop:8} {one.steps / one.seconds:8.1f}/s"
    told += f"  p50 {one.p50:7.2f}  p99 {one.p99:7.2f} ms  cpu {1000 * one.server_cpu / each:6.2f} ms"
    told += f"  pg {1000 * one.postgres_cpu / each:6.2f} ms  sql {one.calls / each:6.1f}"
    told += f"  http {one.requests / each:5.1f}  {one.resident / 1e6:4.0f} MB  foreign {one.foreign_cpu:.2f}"
    return told + (f"  FAULTS {one.faults}" if one.faults else "")


def race_line(one: Raced) -> str:
    """A race, for whoever watches."""
    told = f"{one.kind:8} {one.number:7} {one.shop:8} {one.taken} of {one.allowed}, {one.over} too many"
    told += f", refused {one.refused}, {one.wrong_sums} wrong sums, {one.seconds:.2f} s"
    return told + (f"  FAULTS {one.faults}" if one.faults else "")
