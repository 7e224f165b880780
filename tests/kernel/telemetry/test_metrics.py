"""Counters, gauges and histograms, and their text."""

from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from backstay.kernel.telemetry.exposition import exposition
from backstay.kernel.telemetry.metrics import Registry


def samples(registry: Registry) -> dict[tuple[str, ...], float]:
    """What Prometheus's own parser reads: (name, label values...) to value."""
    families = text_string_to_metric_families(exposition(registry).decode())
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
    }


@pytest.fixture
def registry() -> Registry:
    return Registry(label_sets=3)


def test_nothing_is_told_before_something_happened(registry: Registry) -> None:
    registry.counter("orders_total", "Orders.", ["channel"])
    assert exposition(registry) == b""


def test_the_text_is_what_prometheus_specifies(registry: Registry) -> None:
    orders = registry.counter("orders_total", "Orders\nplaced, \\o/", ["channel"])
    orders.inc('we"b\\\n')
    orders.inc("app", by=2.5)
    registry.gauge("queue_length", "Jobs that wait.").set(7)
    size = registry.histogram("order_value", "Euros.", buckets=(1, 10))
    for value in (0.5, 1, 5, 50):
        size.observe(value)
    assert exposition(registry).decode().splitlines() == [
        "# HELP order_value Euros.",
        "# TYPE order_value histogram",
        'order_value_bucket{le="1"} 2',
        'order_value_bucket{le="10"} 3',
        'order_value_bucket{le="+Inf"} 4',
        "order_value_sum 56.5",
        "order_value_count 4",
        r"# HELP orders_total Orders\nplaced, \\o/",
        "# TYPE orders_total counter",
        'orders_total{channel="app"} 2.5',
        r'orders_total{channel="we\"b\\\n"} 1',
        "# HELP queue_length Jobs that wait.",
        "# TYPE queue_length gauge",
        "queue_length 7",
    ]
    assert samples(registry)["orders_total", 'we"b\\\n'] == 1


def test_a_gauge_goes_up_and_down(registry: Registry) -> None:
    gauge = registry.gauge("queue_length", "Jobs.", ["queue"])
    gauge.inc("mail", by=3)
    gauge.inc("mail", by=-1)
    assert samples(registry) == {("queue_length", "mail"): 2}


def test_too_many_label_sets_collapse_and_are_counted(registry: Registry) -> None:
    orders = registry.counter("orders_total", "Orders.", ["customer", "channel"])
    for customer in range(10):
        orders.inc(str(customer), "web")
    orders.inc("1", "web")
    assert samples(registry) == {
        ("orders_total", "0", "web"): 1,
        ("orders_total", "1", "web"): 2,
        ("orders_total", "2", "web"): 1,
        ("orders_total", "other", "other"): 7,
        ("metrics_collapsed_total", "orders_total"): 7,
    }


def test_a_metric_is_declared_once(registry: Registry) -> None:
    first = registry.counter("orders_total", "Orders.", ["channel"])
    assert registry.counter("orders_total", "Orders.", ["channel"]) is first
    with pytest.raises(ValueError, match="declared twice"):
        registry.counter("orders_total", "Orders.", ["shop"])
    with pytest.raises(ValueError, match="declared twice"):
        registry.histogram("orders_total", "Orders.", ["channel"])


@pytest.mark.parametrize("name", ["orders", "Orders_total", "1_total", "a-b_total"])
def test_a_name_that_does_not_fit_is_refused(registry: Registry, name: str) -> None:
    with pytest.raises(ValueError, match="metric"):
        registry.counter(name, "Orders.")


def test_labels_are_counted(registry: Registry) -> None:
    with pytest.raises(ValueError, match=r"takes the labels \('channel',\)"):
        registry.counter("orders_total", "Orders.", ["channel"]).inc()
    with pytest.raises(ValueError, match="lower-case words"):
        registry.gauge("a", "A.", ["Bad-label"])


def test_what_was_counted_before_sharing_counts(registry: Registry, tmp_path: Path) -> None:
    orders = registry.counter("orders_total", "Orders.")
    orders.inc()
    registry.share(tmp_path / "metrics")
    orders.inc()
    assert samples(registry) == {("orders_total",): 2}
    registry.reset()
    orders.inc()
    assert samples(registry) == {("orders_total",): 1}
