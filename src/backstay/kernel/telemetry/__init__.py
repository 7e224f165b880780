"""Telemetry: logs, metrics, traces and error reports, made once from every finished record.

    log = get_logger()
    ORDERS = metrics.counter("shop_orders_total", "Orders placed.", ["channel"])

Everything that is logged, measured or traced is listed in docs/telemetry.md. Secrets are
redacted by the names of their keys, labels are bounded, and what is not configured is not
imported.
"""

from backstay.kernel.telemetry.access import shown_path
from backstay.kernel.telemetry.logs import get_logger
from backstay.kernel.telemetry.metrics import Counter, Gauge, Histogram, metrics
from backstay.kernel.telemetry.redaction import looks_secret, redacted, scrubbed
from backstay.kernel.telemetry.telemetry import Telemetry, configure

__all__ = [
    "Counter",
    "Gauge",
    "Histogram",
    "Telemetry",
    "configure",
    "get_logger",
    "looks_secret",
    "metrics",
    "redacted",
    "scrubbed",
    "shown_path",
]
