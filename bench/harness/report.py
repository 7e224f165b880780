"""Writing down what a run found: JSON for machines, a section of RESULTS.md for people."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from bench.harness import machine
from bench.harness.model import Result, Round
from bench.harness.statistics import Spread, by_round, pairwise_ratios, spread

_HEAD: Final = """\
# Results

Written by `python -m bench run NAME --save`, and by `--save` of the other commands; do not edit.
docs/benchmarks.md says how to read it. A figure is the median of the counted rounds, with the lowest
and the highest behind it.
"""
_MEASURES: Final[dict[str, Callable[[Round], float]]] = {
    "CPU, us/request": lambda round_: round_.cpu_per_request,
    "requests/s": lambda round_: round_.throughput,
    "p50, ms": lambda round_: round_.latency_p50,
    "p99, ms": lambda round_: round_.latency_p99,
    "PostgreSQL CPU, us/request": lambda round_: round_.postgres_per_request,
    "memory, MB": lambda round_: round_.resident / 1e6,
}
_DISTURBED: Final = 0.1
"""Share of a core in foreign hands from which a round is called disturbed."""


def save(result: Result, directory: Path) -> Path:
    """Write the raw result and return where."""
    directory.mkdir(parents=True, exist_ok=True)
    moment = re.sub(r"[^0-9T]", "", result.conditions.started.partition("+")[0])
    path = directory / f"{result.definition.name}-{moment}.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=1) + b"\n")
    return path


def write(result: Result, path: Path) -> None:
    """Put the result's section into the report, in place of the benchmark's earlier one."""
    text = path.read_text() if path.exists() else _HEAD
    path.write_text(replace_section(text, section(result)))


def write_told(title: str, summary: str, lines: Sequence[str], command: str, path: Path) -> None:
    """Put what a benchmark with a table of its own found into the report, with the conditions."""
    facts = ", ".join(f"{name}: {value}" for name, value in machine.facts().items())
    made = f"- `{command}`, {machine.now()}, commit {machine.commit()}"
    parts = [f"## {title}", "", summary, "", *lines, "", "### Conditions", "", made, f"- {facts}"]
    path.write_text(replace_section(path.read_text(), "\n".join(parts) + "\n"))


def replace_section(text: str, new: str) -> str:
    """The text with the section of the same `## ` heading replaced, or the new one at the end."""
    heading = new.splitlines()[0]
    parts = re.split(r"(?m)^(?=## )", text)
    if not any(part.splitlines()[:1] == [heading] for part in parts):
        return text.rstrip() + "\n\n" + new
    return "".join(
        new + ("\n" if part is not parts[-1] else "") if part.splitlines()[:1] == [heading] else part
        for part in parts
    )


def section(result: Result) -> str:
    """The result in Markdown."""
    definition = result.definition
    lines = [f"## {definition.title}", "", definition.summary, ""]
    for name, text in definition.workloads.items():
        if any(round_.workload == name for round_ in result.rounds):
            lines += [f"### {name}: {text}", "", *_workload(result, name), ""]
    lines += [*_aims(result), *_starts(result), *_faults(result), *_conditions(result)]
    return "\n".join(lines).rstrip() + "\n"


def _workload(result: Result, workload: str) -> Iterator[str]:
    ours = by_round(result.rounds, result.definition.ours, workload, _MEASURES["CPU, us/request"])
    yield from _head("server", *list(_MEASURES)[:1], "CPU / ours", *list(_MEASURES)[1:], "rounds")
    for name, title in result.definition.contenders.items():
        found = {
            measure: by_round(result.rounds, name, workload, read) for measure, read in _MEASURES.items()
        }
        spreads = [spread(list(values.values())) for values in found.values()]
        ratio = pairwise_ratios(found["CPU, us/request"], ours)
        rounds = str(spreads[0].count if spreads[0] else 0)
        yield _row(title, _figure(spreads[0]), _figure(ratio, 2), *map(_figure, spreads[1:]), rounds)


def _aims(result: Result) -> Iterator[str]:
    """Each aim beside what was found, workload by workload."""
    ours = result.definition.ours
    read = _MEASURES["CPU, us/request"]
    workloads = list(dict.fromkeys(round_.workload for round_ in result.rounds))
    rows = []
    for name, aim in result.definition.aims.items():
        cells = []
        for workload in workloads:
            theirs, own = (by_round(result.rounds, who, workload, read) for who in (name, ours))
            ratio = pairwise_ratios(theirs, own)
            verdict = "met" if ratio and ratio.median >= aim else "missed"
            cells.append(f"{ratio.median:.2f} ({verdict})" if ratio else "-")
        if any(cell != "-" for cell in cells):
            rows.append(_row(result.definition.contenders[name], f"{aim:.1f}", *cells))
    if rows:
        yield from ("### Aims: their CPU per request over ours", "", *_head("server", "aim", *workloads))
        yield from (*rows, "")


def _starts(result: Result) -> Iterator[str]:
    if not result.starts:
        return
    yield from (
        "### Start and idle memory",
        "",
        *_head("server", "first 200 after, s", "idle memory, MB", "starts"),
    )
    for name, title in result.definition.contenders.items():
        starts = [start for start in result.starts if start.contender == name]
        seconds = spread([start.seconds for start in starts])
        memory = spread([start.resident / 1e6 for start in starts])
        yield _row(title, _figure(seconds, 2), _figure(memory), str(len(starts)))
    yield ""


def _faults(result: Result) -> Iterator[str]:
    """What a reader should hold against the numbers."""
    yield from ("### Checks", "")
    void = [round_ for round_ in result.rounds if round_.fault]
    yield f"- {len(result.rounds) - len(void)} of {len(result.rounds)} rounds count."
    for round_ in void:
        yield f"- Void: {round_.workload}, round {round_.number}, {round_.contender}: {round_.fault}."
    disturbed = [round_ for round_ in result.rounds if round_.foreign_cpu > _DISTURBED]
    worst = max((round_.foreign_cpu for round_ in result.rounds), default=0.0)
    yield (
        f"- Other programs took more than {_DISTURBED:.0%} of a core in {len(disturbed)} rounds; "
        f"at most {worst:.0%}."
    )
    for name, rows in result.survivors.items():
        outcome = "all there" if rows.after == rows.before else f"only {rows.after} there"
        yield (
            f"- {result.definition.contenders[name]}: {rows.before} rows at the end; "
            f"after killing the server and PostgreSQL, {outcome}."
        )
    yield ""


def _conditions(result: Result) -> Iterator[str]:
    conditions = result.conditions
    yield from (
        "### Conditions",
        "",
        f"- `{conditions.command}`, {conditions.started}, commit {conditions.commit}",
    )
    yield (
        f"- {conditions.connections} connections, closed loop; {conditions.rounds} rounds of "
        f"{conditions.seconds:.0f} s, one contender after the other in each"
    )
    yield "- " + ", ".join(f"{name}: {value}" for name, value in conditions.machine.items())
    yield "- PostgreSQL: " + ", ".join(f"{name} {value}" for name, value in conditions.postgres.items())
    for name, versions in conditions.versions.items():
        listed = ", ".join(f"{package} {version}" for package, version in versions.items())
        yield f"- {result.definition.contenders[name]}: {listed}"


def _figure(found: Spread | None, places: int | None = None) -> str:
    """The median and, behind it, the range."""
    if found is None:
        return "-"
    if places is None:
        places = 0 if found.median >= 100 else 1 if found.median >= 10 else 2
    return f"{found.median:.{places}f} ({found.low:.{places}f}-{found.high:.{places}f})"


def _head(*names: str) -> Sequence[str]:
    return _row(*names), _row("---", *(["---:"] * (len(names) - 1)))


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"
