"""Counters, gauges and histograms, of the house and of modules.

Declare a metric once, at the top of a module, and move it where things happen:

    ORDERS = metrics.counter("shop_orders_total", "Orders placed.", ["channel"])
    ...
    ORDERS.inc("web")

Labels are positional and few-valued: a route's template, a status, a kind. A metric takes a
bounded number of label sets; the ones after that are counted together under `other`, and
`metrics_collapsed_total` tells how often that happened.
"""

from __future__ import annotations

import json
import re
import threading
from bisect import bisect_left
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

from backstay.kernel.telemetry.slots import Cell, MemoryStore, SlotStore, Store

Kind = Literal["counter", "gauge", "histogram"]
Merge = Literal["sum", "max", "each"]

OTHER: Final = "other"
DURATIONS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds; the bounds that a histogram of durations has unless it names its own."""
DEFAULT_LABEL_SETS: Final = 500

_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
MetricType = TypeVar("MetricType", bound="Metric")


class Metric:
    """What all metrics have in common: a name, labels, and one cell a label set."""

    kind: Kind

    def __init__(self, registry: Registry, name: str, description: str, labels: Sequence[str]) -> None:
        self.name = name
        self.description = description
        self.labels = tuple(labels)
        self._registry = registry
        self._cells: dict[tuple[str, ...], Cell] = {}

    @property
    def size(self) -> int:
        """How many numbers one label set takes."""
        return 1

    def cell(self, labels: tuple[str, ...]) -> Cell:
        """The numbers under these labels, for who moves many at once; hold the registry's lock."""
        return self._cells.get(labels) or self._cell(labels)

    def has(self, labels: tuple[str, ...]) -> bool:
        """Whether these labels have numbers of their own, and are not counted under `other`."""
        return labels in self._cells

    def _cell(self, labels: tuple[str, ...]) -> Cell:
        """The cell of labels that have none yet."""
        if len(labels) != len(self.labels):
            raise ValueError(f"metric {self.name} takes the labels {self.labels}, and got {labels}")
        with self._registry.lock:
            other = (OTHER,) * len(labels)
            full = len(self._cells) >= self._registry.label_sets
            if full and labels != other and labels not in self._cells:
                self._registry.collapsed(self)
                labels = other
            if labels not in self._cells:
                self._cells[labels] = self._registry.store.cell(key_of(self, labels), self.size)
            return self._cells[labels]

    def moved(self, store: Store) -> None:
        """Take the cells along to another store; called by the registry under its lock."""
        for labels, old in self._cells.items():
            cell = store.cell(key_of(self, labels), self.size)
            for index, value in enumerate(old.values):
                cell.add(index, value)
            self._cells[labels] = cell

    def forget(self) -> None:
        """Drop every cell; called by the registry under its lock."""
        self._cells.clear()


class Counter(Metric):
    """A number that only grows; its name ends in `_total`."""

    kind = "counter"

    def inc(self, *labels: str, by: float = 1.0) -> None:
        """Count `by` more (not negative) under these labels."""
        cell = self._cells.get(labels) or self._cell(labels)
        with self._registry.lock:
            cell.add(0, by)


class Gauge(Metric):
    """A number that goes up and down. It is gone when its process is."""

    kind = "gauge"

    def __init__(
        self, registry: Registry, name: str, description: str, labels: Sequence[str], merge: Merge
    ) -> None:
        super().__init__(registry, name, description, labels)
        self.merge = merge
        """How the numbers of several workers become one; `each` keeps them apart by a label `worker`."""

    def set(self, value: float, *labels: str) -> None:
        """Say what the number is now under these labels."""
        cell = self._cells.get(labels) or self._cell(labels)
        with self._registry.lock:
            cell.set(0, value)

    def inc(self, *labels: str, by: float = 1.0) -> None:
        """Change the number by `by`, which may be negative."""
        cell = self._cells.get(labels) or self._cell(labels)
        with self._registry.lock:
            cell.add(0, by)


class Histogram(Metric):
    """How often an amount lay in which range, and the sum of all amounts."""

    kind = "histogram"

    def __init__(
        self,
        registry: Registry,
        name: str,
        description: str,
        labels: Sequence[str],
        buckets: Sequence[float],
    ) -> None:
        super().__init__(registry, name, description, labels)
        self.buckets = tuple(sorted(map(float, buckets)))
        """Upper bounds, inclusive; one more bucket holds what lies beyond."""

    @property
    def size(self) -> int:
        """The sum, each bucket, and what lies beyond the last."""
        return len(self.buckets) + 2

    def observe(self, amount: float, *labels: str) -> None:
        """Note one amount under these labels."""
        cell = self._cells.get(labels) or self._cell(labels)
        with self._registry.lock:
            cell.observe(bisect_left(self.buckets, amount) + 1, amount)


class Registry:
    """Every metric of the process, and the store that holds their numbers."""

    def __init__(self, label_sets: int = DEFAULT_LABEL_SETS) -> None:
        self._own_label_sets = self.label_sets = label_sets
        self.store: Store = MemoryStore()
        self.metrics: dict[str, Metric] = {}
        self.lock = threading.RLock()
        """Held while a number changes: handlers may count in threads too."""
        self.together: dict[Any, tuple[Cell, Cell]] = {}
        """Cells that are moved together, as who moves them found them; forgotten when the cells are."""
        self._collapsed = self.counter(
            "metrics_collapsed_total",
            "Observations counted under the labels `other` because their metric had too many label sets.",
            ["metric"],
        )

    def counter(self, name: str, description: str, labels: Sequence[str] = ()) -> Counter:
        """Declare a counter, or get the one declared before under this name.

        Raises:
            ValueError: the name is not fit for Prometheus, or is that of another sort of metric.
        """
        if not name.endswith("_total"):
            raise ValueError(f"metric {name!r}: the name of a counter ends in _total")
        return self._declare(Counter(self, name, description, labels))

    def gauge(self, name: str, description: str, labels: Sequence[str] = (), merge: Merge = "sum") -> Gauge:
        """Declare a gauge; `merge` says how the numbers of several workers become one.

        Raises:
            ValueError: the name is not fit for Prometheus, or is that of another sort of metric.
        """
        return self._declare(Gauge(self, name, description, labels, merge))

    def histogram(
        self,
        name: str,
        description: str,
        labels: Sequence[str] = (),
        buckets: Sequence[float] = DURATIONS,
    ) -> Histogram:
        """Declare a histogram with these upper bounds; durations are in seconds.

        Raises:
            ValueError: the name is not fit for Prometheus, or is that of another sort of metric.
        """
        return self._declare(Histogram(self, name, description, labels, buckets))

    def _declare(self, metric: MetricType) -> MetricType:
        for name in (metric.name, *metric.labels):
            if not _NAME.fullmatch(name):
                raise ValueError(f"metric {metric.name!r}: {name!r} must be lower-case words joined by _")
        known = self.metrics.setdefault(metric.name, metric)
        if not isinstance(known, type(metric)) or known.labels != metric.labels:
            raise ValueError(
                f"metric {metric.name!r} is declared twice, with other labels or of another sort"
            )
        return known

    def collapsed(self, metric: Metric) -> None:
        """Count an observation whose labels were too many."""
        if metric is not self._collapsed:
            self._collapsed.inc(metric.name)

    def share(self, folder: Path) -> None:
        """Keep the numbers in a slot of this folder from now on, where the other workers read them.

        Raises:
            OSError: the folder cannot be used.
        """
        self._move(SlotStore(folder, lasting=_lasts))

    def _move(self, store: Store) -> None:
        with self.lock:
            self.together.clear()
            for metric in self.metrics.values():
                metric.moved(store)
            self.store.close()
            self.store = store
            # What an earlier process left in the slot counts towards the bound on label sets.
            for entry in store.entries():
                name, labels = labels_of(entry.key)
                left = self.metrics.get(name)
                if left is not None and entry.slot == store.slot:
                    left._cell(labels)  # noqa: SLF001 - a metric's cells are the registry's to fill

    def reset(self) -> None:
        """Give the slot back and start from nothing, in memory and with the bound of the beginning."""
        with self.lock:
            self.together.clear()
            self.store.close()
            self.store = MemoryStore()
            self.label_sets = self._own_label_sets
            for metric in self.metrics.values():
                metric.forget()


def key_of(metric: Metric, labels: tuple[str, ...]) -> str:
    """The key under which a store holds the numbers of these labels."""
    return json.dumps([metric.kind, metric.name, *labels], separators=(",", ":"))


def labels_of(key: str) -> tuple[str, tuple[str, ...]]:
    """The metric's name and the labels in a key."""
    _, name, *labels = json.loads(key)
    return name, tuple(labels)


def _lasts(key: str) -> bool:
    """Whether a number outlives its process: what was counted does, a gauge does not."""
    return not key.startswith('["gauge"')


metrics: Final = Registry()
"""The metrics of this process."""
