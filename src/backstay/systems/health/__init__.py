"""Health: liveness, readiness and start-up, with checks that every module contributes.

Promises: `/livez` touches no dependency; `/readyz` answers within the slowest check's
timeout, asks each part at most once a cache period, tells degraded from failed, and says
no from SIGTERM on; no answer holds a secret, a host or a path.
"""

from backstay.systems.health.contracts import CheckResult, Readiness
from backstay.systems.health.service import Monitor

__all__ = ["CheckResult", "Monitor", "Readiness"]
