"""All numbers as Prometheus reads them (text exposition format 0.0.4), those of every worker merged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from backstay.kernel.telemetry.metrics import Gauge, Histogram, Metric, Registry, labels_of
from backstay.kernel.telemetry.slots import Entry

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

Numbers = dict[tuple[tuple[str, str], ...], list[float]]
"""Labels with their names, to the numbers under them."""


def exposition(registry: Registry) -> bytes:
    """Every metric that has numbers, in the order of their names."""
    gathered: dict[str, Numbers] = {}
    for entry in registry.store.entries():
        name, _ = labels_of(entry.key)
        metric = registry.metrics.get(name)
        if metric is not None and len(entry.values) == metric.size:
            _merge(gathered.setdefault(name, {}), metric, entry)
    lines = (
        line
        for name, numbers in sorted(gathered.items())
        if numbers
        for line in _family(registry.metrics[name], numbers)
    )
    return "".join(f"{line}\n" for line in lines).encode()


def _merge(numbers: Numbers, metric: Metric, entry: Entry) -> None:
    _, values = labels_of(entry.key)
    labels = tuple(zip(metric.labels, values, strict=False))
    if not isinstance(metric, Gauge):
        _add(numbers, labels, entry.values)
    elif entry.live:
        if metric.merge == "each":
            numbers[*labels, ("worker", str(entry.slot))] = list(entry.values)
        elif metric.merge == "max":
            numbers[labels] = [max(*entry.values, *numbers.get(labels, entry.values))]
        else:
            _add(numbers, labels, entry.values)


def _add(numbers: Numbers, labels: tuple[tuple[str, str], ...], values: Iterable[float]) -> None:
    before = numbers.get(labels)
    numbers[labels] = list(values) if before is None else [a + b for a, b in zip(before, values, strict=True)]


def _family(metric: Metric, numbers: Numbers) -> Iterator[str]:
    description = metric.description.replace("\\", "\\\\").replace("\n", "\\n")
    yield f"# HELP {metric.name} {description}"
    yield f"# TYPE {metric.name} {metric.kind}"
    for labels, values in sorted(numbers.items()):
        if isinstance(metric, Histogram):
            yield from _histogram(metric, labels, values)
        else:
            yield f"{metric.name}{_labels(labels)} {_number(values[0])}"


def _histogram(metric: Histogram, labels: tuple[tuple[str, str], ...], values: list[float]) -> Iterator[str]:
    total, *counts = values
    running = 0.0
    for bound, count in zip([*map(_number, metric.buckets), "+Inf"], counts, strict=True):
        running += count
        yield f"{metric.name}_bucket{_labels((*labels, ('le', bound)))} {_number(running)}"
    yield f"{metric.name}_sum{_labels(labels)} {_number(total)}"
    yield f"{metric.name}_count{_labels(labels)} {_number(running)}"


def _labels(labels: tuple[tuple[str, str], ...]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escape(value)}"' for name, value in labels) + "}"


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(value)
