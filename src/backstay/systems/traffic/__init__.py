"""Traffic: the request log, each request with everything it caused.

Promises: one line also on abort and exception; secrets in headers, queries, paths and
bodies are hidden before anything is stored; rows and age are bounded, so the disk is too;
the log never fails a request. Limits: under load it samples (failures and slow requests
have a budget of their own), and it trails the requests by a quarter of a second.
"""

from backstay.systems.traffic.contracts import (
    Cause,
    Following,
    RequestDetail,
    RequestSummary,
    RouteUse,
    Skipped,
)
from backstay.systems.traffic.queries import Call, CallCount
from backstay.systems.traffic.service import calls, count_calls

__all__ = [
    "Call",
    "CallCount",
    "Cause",
    "Following",
    "RequestDetail",
    "RequestSummary",
    "RouteUse",
    "Skipped",
    "calls",
    "count_calls",
]
